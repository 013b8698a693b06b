/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/data/table.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void table_tick(struct table *t, uint64_t now_ms)
{
	t->now_ms = now_ms;
}

/* Returns the catalogue's entry for a name, or one that is derived from the name. */
static struct metric find_metric(const char *name)
{
	static const char bounded[] = ".used_ratio";
	size_t n = strlen(name), m = sizeof(bounded) - 1;

	for (const struct metric *k = metrics; k->name; k++)
		if (strcmp(k->name, name) == 0)
			return *k;
	if (n > m && strcmp(name + n - m, bounded) == 0)
		return (struct metric){ .kind = METRIC_BOUNDED, .fails_at = 1 };
	return (struct metric){ .kind = METRIC_GAUGE, .fails_at = NAN };
}

/* Truncates a name to the length that a series stores, the same for finding and creating. */
static void copy_name(char *ret, size_t size, const char *name)
{
	memset(ret, 0, size);
	(void)snprintf(ret, size, "%s", name);
}

struct series *table_series(struct table *t, const char *name, const char *instance)
{
	char n[SERIES_NAME], i[SERIES_INSTANCE];
	struct series *s, *slot = NULL;
	struct metric k;

	copy_name(n, sizeof(n), name);
	copy_name(i, sizeof(i), instance);
	for (s = t->series; s < t->series + t->count; s++) {
		if (s->generation == 0)
			slot = slot ? slot : s;
		else if (strcmp(s->name, n) == 0 && strcmp(s->instance, i) == 0) {
			s->epoch = t->epoch;
			return s;
		}
	}
	if (!slot) {
		if (t->count == SERIES_MAX) {
			t->refused++;
			return NULL;
		}
		slot = &t->series[t->count++];
	}
	k = find_metric(n);
	*slot = (struct series){ .value = NAN,
		.fails_at = k.fails_at,
		.limit = NAN,
		.kind = k.kind,
		.soft = k.kind == METRIC_SOFT,
		.epoch = t->epoch,
		.generation = ++t->generations };
	memcpy(slot->name, n, sizeof(n));
	memcpy(slot->instance, i, sizeof(i));
	return slot;
}

int table_series_all(struct table *t, const char *instance, const char *const *names,
        struct series **ret, unsigned n)
{
	int r = 0;

	for (unsigned i = 0; i < n; i++) {
		ret[i] = table_series(t, names[i], instance);
		r = ret[i] ? r : -ENOSPC;
	}
	return r;
}

static struct note *find_note(struct table *t, const struct series *s)
{
	for (struct note *n = t->note; n < t->note + NOTES_MAX; n++)
		if (n->generation == s->generation)
			return n;
	return NULL;
}

void table_note(struct table *t, const struct series *s, const char *text)
{
	struct note *n = find_note(t, s);
	size_t len = 0;

	if (!n)
		n = &t->note[t->note_next++ % NOTES_MAX];
	n->generation = s->generation;
	for (; len < sizeof(n->text) - 1 && text[len]; len++)
		n->text[len] = text[len] < ' ' || text[len] > '~' ? '?' : text[len];
	n->text[len] = '\0';
}

const char *table_why(const struct table *t, const struct series *s)
{
	for (const struct note *n = t->note; s->generation && n < t->note + NOTES_MAX; n++)
		if (n->generation == s->generation)
			return n->text;
	return "";
}

void series_drop(struct series *s)
{
	*s = (struct series){ .value = NAN };
}

void table_mark(struct table *t)
{
	t->epoch++;
}

void table_sweep(struct table *t)
{
	for (struct series *s = t->series; s < t->series + t->count; s++)
		if (s->generation && s->epoch != t->epoch)
			series_drop(s);
}
