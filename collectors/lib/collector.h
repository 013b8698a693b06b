/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collector.h - what a collector is: a file that reads one part of the guest.
 *
 * To add one: write collectors/NAME.c with a single non-static symbol, the struct below; name it in
 * collectors.c; add its rows to metrics[] and to the manual.
 *
 * A collector reads the kernel and writes the table.  It does not judge, log above debug, keep time,
 * or know who reads the table.  What may hang (a network mount, a disk that is asked about itself) is
 * done by a child, see probe.h.
 *
 * The kernel's files are read directly and not through libproc2: its paths are compiled in, so that
 * neither a sysroot nor recorded files could be given to it, and it costs 1.05 to 1.4 times as much.
 */
#ifndef COLLECTORS_LIB_COLLECTOR_H
#define COLLECTORS_LIB_COLLECTOR_H

#include "agent/conf/conf.h"
#include "agent/data/table.h"

struct collector {
	const char *name; /* as in `collectors = memory load ...` */

	/*
	 * Opens what it needs and makes its series.  Called once before the first read and again
	 * after close().  May allocate.  -ENOENT or -EOPNOTSUPP says that this guest lacks the
	 * thing: the collector is left out, without a fuss; so does -ENODATA, that no setting names
	 * anything to watch.
	 */
	int (*open)(const struct conf *cf, struct table *t);

	/*
	 * Takes one reading.  May not allocate, and may not block but on the kernel's own files.
	 * On failure sets what it could not read to NAN and returns -errno; the runner tells it once,
	 * and slows down.
	 */
	int (*read)(struct table *t);

	/* Undoes open(), whole or half done. */
	void (*close)(void);

	/*
	 * Optional: an fd that turns readable (or POLLPRI) when there is news between ticks, such as
	 * a PSI trigger.  The runner then calls read() at once and lets the scorer have its say.
	 */
	int (*fd)(void);
	bool input; /* ... readable; else POLLPRI, as the kernel tells of its own files */
};

extern const struct collector *const collectors[]; /* NULL-terminated, collectors.c */

const struct collector *collector_find(const char *name, size_t len); /* NULL: none */

#endif
