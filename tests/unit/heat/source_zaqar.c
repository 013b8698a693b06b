/* SPDX-License-Identifier: Apache-2.0 */
/* source_zaqar.c - which of the claimed messages counts. */
#include "tests/unit/lib/test.h"

#include "heat/source/source_zaqar.c"

static struct poll_source source;

/* The `n` of the message that counts, when one of this age is claimed; -1: none does. */
static int taken(time_t date, int age, int n)
{
	json_auto_t *list = json_pack("[{si s{si}}]", "age", age, "body", "n", n);
	json_auto_t *best = NULL;

	source.rq.date = date;
	best = find_newest_message(&source, list);
	return best ? (int)json_integer_value(json_object_get(best, "n")) : -1;
}

TEST(older_document_is_skipped)
{
	source = (struct poll_source){ 0 };
	assert_int_equal(taken(1000, 5, 1), 1);
	assert_int_equal(taken(1060, 70, 0), -1); /* posted at 990; 995 was accepted */
	assert_int_equal(taken(1060, 30, 2), 2);
}

TEST(undated_server_skips_no_document)
{
	source = (struct poll_source){ 0 };
	assert_int_equal(taken(0, 5, 1), 1);
	assert_int_equal(taken(0, 30, 2), 2); /* claimed a minute later: it is the newer one */
	assert_int_equal(taken(1000, 30, 3), 3);
	assert_int_equal(taken(0, 50, 4), 4);
}
