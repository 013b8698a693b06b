/* SPDX-License-Identifier: Apache-2.0 */
/* collector_rig.h - collectors on a folder that stands for the kernel's, and ticks of 10 s. */
#ifndef TESTS_UNIT_LIB_COLLECTOR_RIG_H
#define TESTS_UNIT_LIB_COLLECTOR_RIG_H

#include "tests/unit/lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "collectors/runner.h"
#include "tests/unit/lib/guest.h"

static struct table table;
static struct runner runner;
static struct loop loop;
static struct conf settings;

static inline int setup(void **state)
{
	memset(&table, 0, sizeof(table));
	memset(&runner, 0, sizeof(runner));
	memset(&settings, 0, sizeof(settings));
	log_open(LOG_EMERG);
	if (guest_open(state) < 0)
		return -1;
	guest_put("/proc/loadavg", ""); /* the folder has a kernel's files */
	return path_set_root(guest_dir) < 0 ? -1 : loop_open(&loop);
}

static inline int teardown(void **state)
{
	runner_close(&runner);
	loop_close(&loop);
	return guest_close(state);
}

/* Writes in place, like the kernel; guest_put() makes another file, which is not the open one. */
static inline void overwrite(const char *path, const char *text)
{
	int fd = path_open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static inline void tick(void)
{
	table_tick(&table, table.now_ms + 10000);
	runner_tick(&runner);
}

static inline void begin(const char *names)
{
	(void)snprintf(settings.collectors, sizeof(settings.collectors), "%s", names);
	runner_open(&runner, &loop, &table, &settings);
	tick();
}

/* Of a series that is there; NAN: unknown, or no such series. */
static inline double of(const char *name, const char *instance)
{
	for (unsigned i = 0; i < table.count; i++) {
		const struct series *s = &table.series[i];

		if (s->generation && strcmp(s->name, name) == 0 &&
		        strcmp(s->instance, instance) == 0)
			return s->value;
	}
	return NAN;
}

static inline double value(const char *name)
{
	return of(name, "");
}

static inline const char *why(const char *name, const char *instance)
{
	return table_why(&table, table_series(&table, name, instance));
}

static inline bool exists(const char *name, const char *instance)
{
	for (unsigned i = 0; i < table.count; i++)
		if (table.series[i].generation && strcmp(table.series[i].name, name) == 0 &&
		        strcmp(table.series[i].instance, instance) == 0)
			return true;
	return false;
}

#endif
