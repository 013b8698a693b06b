/* SPDX-License-Identifier: Apache-2.0 */
/* poll.c - when a resource is asked again, and by which clock requests are signed. */
#include "tests/unit/test.h"

#include <stdlib.h>

#include "heat/poll_source.c"

static struct conf conf = { .interval_s = 60, .max_backoff_s = 3600 };
static struct polls polls = { .conf = &conf };

static struct poll_source source = { .owner = &polls };

static void a_good_answer_is_followed_by_about_the_interval_and_never_by_the_same(void **state)
{
	double first = pause_s(&source, 0), low = 1e9, high = 0;
	bool differs = false;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		double p = pause_s(&source, 0);

		differs |= p != first;
		low = fmin(low, p);
		high = fmax(high, p);
	}
	assert_true(differs);
	assert_true(low >= 54 && low < 56);
	assert_true(high <= 66 && high > 64);
}

static void failures_double_the_pause_up_to_its_bound_with_jitter(void **state)
{
	(void)state;
	for (unsigned n = 1; n < 40; n++) {
		double most = n < 8 ? 60.0 * (1 << (n - 1)) : 3600;

		source.failures = n;
		most = most < 3600 ? most : 3600;
		for (int i = 0; i < 100; i++) {
			double p = pause_s(&source, 0);

			assert_true(p >= most / 2 && p <= most);
		}
	}
	source.failures = 0;
}

static void what_the_server_asks_for_is_granted_within_bounds(void **state)
{
	(void)state;
	source.failures = 1;
	for (int i = 0; i < 100; i++) {
		assert_true(pause_s(&source, 300) >= 300);
		assert_true(pause_s(&source, 300) <= 360);
		assert_true(pause_s(&source, 1000000) <= 3600 * 1.2);
		assert_true(pause_s(&source, -5) >= 30);
	}
	source.failures = 0;
}

static void a_clock_that_is_off_by_more_than_a_minute_is_corrected_and_told_once(void **state)
{
	time_t now = time(NULL);

	(void)state;
	log_open(LOG_EMERG);
	polls.skew_s = 0;
	assert_false(poll_skewed(&polls, now + 30));
	assert_int_equal(polls.skew_s, 0);
	assert_true(poll_skewed(&polls, now + 1200));
	assert_in_range(polls.skew_s, 1198, 1202);
	assert_false(poll_skewed(&polls, now + 1210)); /* much the same: nothing new */
	assert_false(poll_skewed(&polls, 0));          /* no Date: nothing is known */
	assert_in_range(polls.skew_s, 1198, 1202);
	assert_true(poll_skewed(&polls, now));
	assert_int_equal(polls.skew_s, 0);
	assert_true(poll_skewed(&polls, now - 86400));
	assert_true(polls.skew_s < -86000);
	polls.skew_s = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		        a_good_answer_is_followed_by_about_the_interval_and_never_by_the_same),
		cmocka_unit_test(failures_double_the_pause_up_to_its_bound_with_jitter),
		cmocka_unit_test(what_the_server_asks_for_is_granted_within_bounds),
		cmocka_unit_test(
		        a_clock_that_is_off_by_more_than_a_minute_is_corrected_and_told_once),
	};

	return cmocka_run_group_tests_name("poll", tests, NULL, NULL);
}
