/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collector.h - the interface of a collector: a file that reads one part of the guest.
 *
 * To add one: write collectors/SUBJECT/NAME.c with a single non-static symbol, the struct below;
 * name it in collectors/runner.c; add its rows to metrics[] and run `make manual`.
 *
 * A collector reads the kernel and writes the table. It does not judge, log above debug, keep time,
 * or know the readers of the table. A call that may hang (on a network mount, or reading a drive's
 * SMART data) runs in a child process, see probe.h. Kernel files are read directly, not through
 * libproc2: libproc2 has its paths compiled in, so it supports neither a sysroot nor recorded
 * files, and it takes 1.05 to 1.4 times as long.
 */
#ifndef COLLECTORS_LIB_COLLECTOR_H
#define COLLECTORS_LIB_COLLECTOR_H

#include "agent/conf/conf.h"
#include "agent/data/table.h"

struct collector {
	const char *name; /* as in `collectors = memory load ...` */

	/*
	 * Opens files and creates series. Called before the first read and again after close(). May
	 * allocate. -ENOENT or -EOPNOTSUPP: the guest does not have this resource; the collector is
	 * skipped silently. -ENODATA: the settings select nothing, with the same result.
	 */
	int (*open)(const struct conf *cf, struct table *t);

	/*
	 * Takes one reading. Must not allocate, and may block only on the kernel's own files. On
	 * failure it sets unread values to NAN and returns -errno; the runner logs the error once
	 * and calls read() less often.
	 */
	int (*read)(struct table *t);

	/* Releases everything that open() acquired, even if open() failed half-way. */
	void (*close)(void);

	/*
	 * Optional: an fd that becomes readable (or reports POLLPRI) when an event occurs between
	 * ticks, such as a PSI trigger. The runner then calls read() and the scorer at once.
	 */
	int (*fd)(void);
	/* fd() waits for POLLIN; false: for POLLPRI, which the kernel sets on its own files */
	bool input;
};

extern const struct collector *const collectors[]; /* NULL-terminated, collectors.c */

const struct collector *collector_find(const char *name, size_t len); /* NULL: not found */

#endif
