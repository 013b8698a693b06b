/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/predict/score_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "agent/base/paths.h"
#include "agent/base/system.h"
#include "agent/base/text.h"

const char score_state_file[] = PATH_STATE "/learnt";

static const char temporary[] = PATH_STATE "/learnt.new";

struct head {
	char magic[8];
	uint32_t shape; /* of the records: another build's may differ */
	uint32_t count, drives;
	char boot[BOOT_ID];
	struct horizons horizons;
};

struct record {
	char name[SERIES_NAME], instance[SERIES_INSTANCE];
	uint64_t at_ms, first_ms;
	double limit, baseline, baseline_s;
	struct exhaustion x;
};

struct saved_state {
	bool same_boot;
	struct horizons horizons;
	unsigned count, drives;
	struct drive_record drive[2 * DRIVE_RECORDS_MAX]; /* of this run and of earlier ones */
	struct record record[];
};

static const char magic[8] = "prehup3";
static const uint32_t shape = sizeof(struct record) * 1000 + sizeof(struct drive_record);

/* FNV-1a detects torn files; it does not protect against tampering. */
static uint64_t fnv1a_add(uint64_t so_far, const void *data, size_t len)
{
	const unsigned char *s = data;

	for (size_t i = 0; i < len; i++)
		so_far = (so_far ^ s[i]) * 0x100000001b3ULL;
	return so_far;
}

struct sink {
	int fd, error;
	uint64_t sum;
};

static void write_state(struct sink *s, const void *data, size_t len)
{
	s->sum = fnv1a_add(s->sum, data, len);
	if (s->error == 0 && write(s->fd, data, len) != (ssize_t)len)
		s->error = errno ? -errno : -EIO;
}

static bool has_state(const struct score *p)
{
	return p && p->bound && p->at_ms;
}

static void write_drive_record(struct sink *to, const struct drive_record *w, bool same_boot)
{
	struct drive_record r;

	memcpy(&r, w, sizeof(r)); /* including the padding, which was zeroed */
	r.generation = 0;
	if (!same_boot)
		r.at_ms = 0;
	write_state(to, &r, sizeof(r));
}

/* Writes the drives of this run, and those of earlier runs that were not read yet; returns their number. */
static uint32_t write_drive_records(struct sink *to, const struct scorer *sc)
{
	const struct saved_state *all = sc->saved;
	uint32_t n = 0;

	for (const struct drive_record *w = sc->drives.drive;
	        w < sc->drives.drive + DRIVE_RECORDS_MAX; w++) {
		if (!w->generation || !w->at_ms)
			continue;
		n++;
		if (to)
			write_drive_record(to, w, true);
	}
	for (unsigned i = 0; all && i < all->drives && n < 2 * DRIVE_RECORDS_MAX; i++) {
		if (drive_history_find(&sc->drives, &all->drive[i]))
			continue;
		n++;
		if (to)
			write_drive_record(to, &all->drive[i], all->same_boot);
	}
	return n;
}

static int write_state_file(
        int fd, const struct scorer *sc, const struct table *t, const char *boot)
{
	struct sink to = { .fd = fd };
	struct head h = { .shape = shape, .horizons = sc->horizons };
	uint64_t sum;

	memcpy(h.magic, magic, sizeof(magic));
	STR_COPY(h.boot, boot);
	for (unsigned i = 0; i < t->count; i++)
		h.count += has_state(score_of(sc, t, i));
	h.drives = write_drive_records(NULL, sc);
	errno = 0;
	write_state(&to, &h, sizeof(h));
	for (unsigned i = 0; i < t->count; i++) {
		const struct score *p = score_of(sc, t, i);
		struct record r;

		if (!has_state(p))
			continue;
		memset(&r, 0, sizeof(r)); /* including the padding */
		memcpy(r.name, p->name, sizeof(r.name));
		memcpy(r.instance, p->instance, sizeof(r.instance));
		r.at_ms = p->at_ms;
		r.first_ms = p->first_ms;
		r.limit = p->limit;
		r.baseline = p->verdict.baseline;
		r.baseline_s = p->baseline_s;
		r.x = sc->bound[p->bound - 1].x;
		write_state(&to, &r, sizeof(r));
	}
	(void)write_drive_records(&to, sc);
	sum = to.sum;
	write_state(&to, &sum, sizeof(sum));
	return to.error;
}

int score_state_save(const struct scorer *sc, const struct table *t, const char *boot)
{
	char from[PATH_MAX], to[PATH_MAX];
	int r = path_mkdir(PATH_STATE);
	auto_fd int fd = -1;

	if (r == 0)
		r = path_full(from, temporary);
	if (r == 0)
		r = path_full(to, score_state_file);
	if (r < 0)
		return r;
	(void)unlink(from);
	fd = path_open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fd;
	r = write_state_file(fd, sc, t, boot);
	if (r == 0 && rename(from, to) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(from);
	return r;
}

/* The file must have exactly the size that its header implies. */
static bool is_state_whole(const struct head *h, const char *text, size_t len)
{
	uint64_t check;

	memcpy(&check, text + len - sizeof(check), sizeof(check));
	return memcmp(h->magic, magic, sizeof(magic)) == 0 && h->shape == shape &&
	       h->count <= BOUNDS_MAX && h->drives <= 2 * DRIVE_RECORDS_MAX &&
	       len == sizeof(*h) + h->count * sizeof(struct record) +
	                       h->drives * sizeof(struct drive_record) + sizeof(check) &&
	       check == fnv1a_add(0, text, len - sizeof(check));
}

int score_state_load(struct scorer *sc, const char *boot)
{
	auto_free char *text = NULL;
	struct saved_state *all;
	struct head h;
	size_t len;
	int r = path_read(score_state_file,
	        sizeof(h) + BOUNDS_MAX * sizeof(struct record) +
	                2 * DRIVE_RECORDS_MAX * sizeof(struct drive_record) + sizeof(uint64_t),
	        &text, &len);

	if (r < 0)
		return r;
	if (len < sizeof(h) + sizeof(uint64_t))
		return -EBADMSG;
	memcpy(&h, text, sizeof(h));
	if (!is_state_whole(&h, text, len))
		return -EBADMSG;
	all = malloc(sizeof(*all) + h.count * sizeof(all->record[0]));
	if (!all)
		return -ENOMEM;
	h.boot[BOOT_ID - 1] = '\0';
	all->same_boot = *boot && strcmp(boot, h.boot) == 0;
	all->horizons = h.horizons;
	all->count = h.count;
	all->drives = h.drives;
	memcpy(all->record, text + sizeof(h), h.count * sizeof(all->record[0]));
	memcpy(all->drive, text + sizeof(h) + h.count * sizeof(all->record[0]),
	        h.drives * sizeof(all->drive[0]));
	for (unsigned i = 0; i < all->drives; i++)
		all->drive[i].instance[SERIES_INSTANCE - 1] = '\0';
	for (unsigned i = 0; i < all->count; i++) {
		all->record[i].name[SERIES_NAME - 1] = '\0';
		all->record[i].instance[SERIES_INSTANCE - 1] = '\0';
	}
	score_state_discard(sc);
	sc->saved = all;
	return (int)all->count;
}

void score_state_discard(struct scorer *sc)
{
	free(sc->saved);
	sc->saved = NULL;
}

static bool has_same_horizons(const struct horizons *a, const struct horizons *b)
{
	for (unsigned i = 0; i < a->count && i < HORIZONS; i++)
		if (a->s[i] != b->s[i])
			return false;
	return a->count == b->count;
}

void score_state_restore(struct scorer *sc, struct score *p)
{
	const struct saved_state *all = sc->saved;

	for (unsigned i = 0; all && i < all->count; i++) {
		const struct record *r = &all->record[i];

		if (strcmp(r->name, p->name) != 0 || strcmp(r->instance, p->instance) != 0)
			continue;
		p->verdict.baseline = r->baseline;
		p->baseline_s = r->baseline_s;
		p->limit = r->limit;
		if (!all->same_boot || !has_same_horizons(&all->horizons, &sc->horizons))
			return;
		p->at_ms = r->at_ms;
		p->first_ms = r->first_ms;
		sc->bound[p->bound - 1].x = r->x;
		return;
	}
}

struct drive_history_saved score_state_drives(const struct scorer *sc)
{
	const struct saved_state *all = sc->saved;

	return all ? (struct drive_history_saved){ all->drives, all->same_boot, all->drive }
	           : (struct drive_history_saved){ 0 };
}
