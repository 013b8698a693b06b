/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collector.h - the interface of a collector: a file that reads one part of the guest.
 *
 * To add one: write collectors/SUBJECT/NAME.c with a single non-static symbol, the struct below;
 * name it in collectors/runner.c; add its rows to metrics[] and run `make manual`.
 *
 * A collector reads the kernel and writes the table. It does not judge, log above debug, keep time,
 * or know the readers of the table. A call that may hang (a network mount, a disk's health) is made
 * by a child, see probe.h. The kernel's files are read directly and not through libproc2: its paths
 * are compiled in, so that it takes neither a sysroot nor recorded files, and it costs 1.05 to 1.4
 * times as much.
 */
#ifndef COLLECTORS_LIB_COLLECTOR_H
#define COLLECTORS_LIB_COLLECTOR_H

#include "agent/conf/conf.h"
#include "agent/data/table.h"

struct collector {
	const char *name; /* as in `collectors = memory load ...` */

	/*
	 * Opens files and creates series. Called before the first read and again after close(). May
	 * allocate. -ENOENT or -EOPNOTSUPP: the guest lacks the thing, and the collector is left
	 * out silently. -ENODATA: the settings select nothing, with the same result.
	 */
	int (*open)(const struct conf *cf, struct table *t);

	/*
	 * Takes one reading. May not allocate, and may block on the kernel's own files only. On
	 * failure sets unread values to NAN and returns -errno; the runner logs it once, and calls
	 * less often.
	 */
	int (*read)(struct table *t);

	/* Undoes open(), whole or half done. */
	void (*close)(void);

	/*
	 * Optional: an fd that turns readable (or POLLPRI) when there is news between ticks, such as
	 * a PSI trigger.  The runner then calls read() at once and lets the scorer have its say.
	 */
	int (*fd)(void);
	bool input; /* ... readable; else POLLPRI, which the kernel sets on its own files */
};

extern const struct collector *const collectors[]; /* NULL-terminated, collectors.c */

const struct collector *collector_find(const char *name, size_t len); /* NULL: none */

#endif
