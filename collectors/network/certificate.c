/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certificate.c - expiry of the certificates that the settings name.
 *
 * A file is read (and memory allocated) only when stat() shows that it has changed. Of several
 * certificates in a file (a chain) the first to expire counts.
 */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "collectors/lib/collector.h"
#include "collectors/network/x509.h"

enum {
	CERTIFICATES_MAX = 16,
	FILE_SIZE_MAX = 1 << 20,
};

static struct certificate {
	char path[256];
	struct stat seen; /* st_ino 0: not read yet */
	int error;        /* of the last reading */
	double from_s, to_s;
	struct series *left, *used;
} certificates[CERTIFICATES_MAX];

static unsigned count;

static void certificate_close(void)
{
	count = 0;
}

static int certificate_open(const struct conf *cf, struct table *t)
{
	const char *s = cf->certificates;

	count = 0;
	while (*s) {
		struct certificate *c = &certificates[count];
		size_t n = strcspn(s, " ,");

		if (n >= sizeof(c->path))
			return -ENAMETOOLONG;
		if (n && count == CERTIFICATES_MAX)
			return -E2BIG;
		if (n) {
			*c = (struct certificate){ .from_s = NAN, .to_s = NAN };
			memcpy(c->path, s, n);
			c->left = table_series(t, "certificate.left_s", c->path);
			c->used = table_series(t, "certificate.used_ratio", c->path);
			if (!c->left || !c->used)
				return -ENOSPC;
			count++;
		}
		s += n + (s[n] != '\0');
	}
	return count ? 0 : -ENODATA;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int refresh_certificate(struct certificate *c)
{
	auto_free char *data = NULL;
	struct stat st;
	size_t len;
	int r = path_stat(c->path, &st);

	if (r < 0) {
		c->seen.st_ino = 0;
		c->from_s = c->to_s = NAN;
		return r == -ENOENT ? 0 : r; /* may not be issued yet */
	}
	if (is_same_file(&st, &c->seen))
		return c->error;
	c->seen = st;
	c->from_s = c->to_s = NAN;
	c->error = path_read(c->path, FILE_SIZE_MAX, &data, &len);
	if (c->error == 0)
		c->error = x509_earliest(data, len, &c->from_s, &c->to_s);
	return c->error;
}

static int certificate_read(struct table *t)
{
	double now_s = (double)time(NULL);
	int r = 0;

	for (struct certificate *c = certificates; c < certificates + count; c++) {
		int e = refresh_certificate(c);

		r = e < 0 ? e : r;
		series_set(c->left, t, c->to_s - now_s);
		series_set(c->used, t,
		        c->to_s > c->from_s ? fmax((now_s - c->from_s) / (c->to_s - c->from_s), 0)
		                            : NAN);
	}
	return r;
}

const struct collector certificate_collector = {
	.name = "certificate",
	.open = certificate_open,
	.read = certificate_read,
	.close = certificate_close,
};
