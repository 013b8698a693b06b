/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test.h - cmocka with the headers that it needs, and tests that register themselves.
 *
 * A test program is one .c file that includes this header once.  TEST(name) defines a test; main() below runs
 * them in the order of their definition.  A file that defines TEST_SETUP or TEST_TEARDOWN before its first test
 * has each of its tests run between those two; TEST_WITH(name, setup, teardown) is for a test with others.
 * TEST_GROUP(setup, teardown) runs once around all tests.
 */
#ifndef TESTS_UNIT_LIB_TEST_H
#define TESTS_UNIT_LIB_TEST_H

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/base/text.h"

#define assert_near(a, b) assert_true(fabs((a) - (b)) < 1e-9)

enum {
	TESTS_MAX = 128,
	TEST_TIMEOUT_S = 120, /* a program that hangs fails */
};

static struct {
	struct CMUnitTest test[TESTS_MAX];
	size_t count;
	CMFixtureFunction setup, teardown;
} test_group;

static inline void test_add(
        const char *name, CMUnitTestFunction f, CMFixtureFunction setup, CMFixtureFunction teardown)
{
	if (test_group.count == TESTS_MAX)
		abort();
	test_group.test[test_group.count++] = (struct CMUnitTest){
		.name = name, .test_func = f, .setup_func = setup, .teardown_func = teardown
	};
}

/* Returns formatted text, which the 64th later call overwrites. */
__attribute__((format(printf, 1, 2))) static inline const char *fmt(const char *format, ...)
{
	static char text[64][8192];
	static unsigned next;
	char *ret = text[next++ % 64];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(ret, sizeof(text[0]), format, ap);
	va_end(ap);
	return ret;
}

/* Fills `text` with one character and ends it. */
static inline char *fill_text(char *text, size_t size, char c)
{
	memset(text, c, size - 1);
	text[size - 1] = '\0';
	return text;
}

/* A callback of a loop_timer. */
#define ON_TIMER(f)                                                                                \
	static void f(__attribute__((unused)) struct loop_timer *t,                                \
	        __attribute__((unused)) uint64_t missed)

/* A setup or teardown: returns 0, or -1 when it failed. */
#define FIXTURE(f) static int f(__attribute__((unused)) void **state)

#define TEST_WITH(f, setup, teardown)                                                              \
	static void f(void **);                                                                    \
	__attribute__((constructor)) static void register_##f(void)                                \
	{                                                                                          \
		test_add(#f, f, setup, teardown);                                                  \
	}                                                                                          \
	static void f(__attribute__((unused)) void **state)

#define TEST(f) TEST_WITH(f, TEST_SETUP, TEST_TEARDOWN)

#define TEST_GROUP(group_setup, group_teardown)                                                    \
	__attribute__((constructor)) static void register_group(void)                              \
	{                                                                                          \
		test_group.setup = group_setup;                                                    \
		test_group.teardown = group_teardown;                                              \
	}                                                                                          \
	struct test_group_end /* so that a semicolon follows */

#ifndef TEST_SETUP
#define TEST_SETUP NULL
#endif
#ifndef TEST_TEARDOWN
#define TEST_TEARDOWN NULL
#endif

int main(void)
{
	alarm(TEST_TIMEOUT_S);
	return _cmocka_run_group_tests(program_invocation_short_name, test_group.test,
	        test_group.count, test_group.setup, test_group.teardown);
}

#endif
