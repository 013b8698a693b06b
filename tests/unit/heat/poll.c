/* SPDX-License-Identifier: Apache-2.0 */
/* poll.c - by which clock requests are signed. */
#include "tests/unit/lib/test.h"

#include "heat/source/poll_source.c"

static struct polls polls;

TEST(clock_off_by_a_minute_is_corrected_and_logged)
{
	time_t now = time(NULL);

	log_open(LOG_EMERG);
	polls.skew_s = 0;
	assert_false(source_is_skewed(&polls, now + 30));
	assert_int_equal(polls.skew_s, 0);
	assert_true(source_is_skewed(&polls, now + 1200));
	assert_in_range(polls.skew_s, 1198, 1202);
	assert_false(source_is_skewed(&polls, now + 1210)); /* much the same: nothing new */
	assert_false(source_is_skewed(&polls, 0));          /* no Date: nothing is known */
	assert_in_range(polls.skew_s, 1198, 1202);
	assert_true(source_is_skewed(&polls, now));
	assert_int_equal(polls.skew_s, 0);
	assert_true(source_is_skewed(&polls, now - 86400));
	assert_true(polls.skew_s < -86000);
	polls.skew_s = 0;
}
