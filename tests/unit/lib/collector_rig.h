/* SPDX-License-Identifier: Apache-2.0 */
/* collector_rig.h - collectors on a folder that stands for the kernel's, and ticks of 10 s. */
#ifndef TESTS_UNIT_LIB_COLLECTOR_RIG_H
#define TESTS_UNIT_LIB_COLLECTOR_RIG_H

#ifndef TEST_SETUP
#define TEST_SETUP setup
#endif
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include <fcntl.h>

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

static inline void ticks(int n)
{
	for (int i = 0; i < n; i++)
		tick();
}

/* Has the next tick find this text in a file. */
static inline void tick_with(const char *path, const char *text)
{
	overwrite(path, text);
	tick();
}

static inline void begin(const char *names)
{
	(void)snprintf(settings.collectors, sizeof(settings.collectors), "%s", names);
	runner_open(&runner, &loop, &table, &settings);
	tick();
}

/* Returns a series that is there; unlike table_series(), creates none. */
static inline const struct series *series_of(const char *name, const char *instance)
{
	for (unsigned i = 0; i < table.count; i++) {
		const struct series *s = &table.series[i];

		if (s->generation && strcmp(s->name, name) == 0 &&
		        strcmp(s->instance, instance) == 0)
			return s;
	}
	return NULL;
}

/* Returns its value; NAN: unknown, or no such series. */
static inline double of(const char *name, const char *instance)
{
	const struct series *s = series_of(name, instance);

	return s ? s->value : NAN;
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
	return series_of(name, instance) != NULL;
}

/*
 * Checks series of one instance: "name value, name value, ..." with a number, "unknown" (NAN, or no such series),
 * "present" or "absent"; name[other] is of another instance.
 */
#define expect(instance, list) expect_from(__LINE__, instance, list)
static inline void expect_from(int line, const char *instance, const char *list)
{
	char name[64], want[32], other[64];
	int len = 0;

	do {
		const char *of_it = instance;
		bool known, met;

		assert_int_equal(sscanf(list, " %63[^ ,[]%n", name, &len), 1);
		list += len;
		if (sscanf(list, "[%63[^]]]%n", other, &len) == 1) {
			of_it = other;
			list += len;
		}
		assert_int_equal(sscanf(list, " %31[^ ,]%n", want, &len), 1);
		list += len;
		known = exists(name, of_it);
		if (strcmp(want, "unknown") == 0)
			met = isnan(of(name, of_it));
		else if (strcmp(want, "present") == 0 || strcmp(want, "absent") == 0)
			met = known == (*want == 'p');
		else
			met = fabs(of(name, of_it) - strtod(want, NULL)) < 1e-9;
		if (!met)
			fail_msg("line %d: %s[%s] is %s%g, not %s", line, name, of_it,
			        known ? "" : "absent, ", of(name, of_it), want);
	} while (*list++);
}

#endif
