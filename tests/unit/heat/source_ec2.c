/* SPDX-License-Identifier: Apache-2.0 */
/* source_ec2.c - trees of the metadata service, and those that never end. */
#include "tests/unit/lib/test.h"

#include "heat/source/source_ec2.c"

static struct poll_source source;
static char failure[CFN_WHY];
static json_t *result;
static bool sent;

/* The functions of poll_source.c that a source ends with. */
void source_send(struct poll_source *s)
{
	(void)s;
	sent = true;
}

void source_failed(struct poll_source *s, const char *kind, const char *why, long after_s)
{
	(void)s;
	(void)kind;
	(void)after_s;
	(void)snprintf(failure, sizeof(failure), "%s", why);
}

void source_succeeded(struct poll_source *s, json_t *doc, json_t *files, const char *id)
{
	(void)s;
	(void)files;
	(void)id;
	result = doc;
}

void source_no_answer(struct poll_source *s)
{
	(void)s;
}

void source_finished(struct poll_source *s)
{
	(void)s;
}

/* Answers every request until the read ends; returns how many there were. */
static unsigned answer_all(const char *folder, const char *value, size_t len)
{
	unsigned n = 0;

	source = (struct poll_source){ 0 };
	result = NULL;
	failure[0] = '\0';
	poll_ec2_source(&source);
	for (; sent && n < 5000; n++) {
		const size_t end = strlen(source.url);
		const bool list = source.url[end - 1] == '/';

		sent = false;
		source.rq.status = 200;
		on_ec2_answer(&source.rq, list ? folder : value, list ? strlen(folder) : len);
	}
	return n;
}

TEST(tree_becomes_one_document)
{
	assert_int_equal(answer_all("a\nb", "text", 4), 3);
	assert_string_equal(json_string_value(json_object_get(result, "a")), "text");
	assert_string_equal(json_string_value(json_object_get(result, "b")), "text");
	assert_null(source.claimed);
	json_decref(result);
}

TEST(endless_tree_ends_at_its_bounds)
{
	static char large[600 << 10];

	memset(large, 'x', sizeof(large));
	assert_true(answer_all("value\na/\nb/", "text", 4) <= ANSWERS_MAX + 1);
	assert_non_null(strstr(failure, "more than"));
	assert_null(result);
	assert_null(source.claimed);
	assert_int_equal(answer_all("a\nb\nc", large, sizeof(large)), 3);
	assert_non_null(strstr(failure, "more than"));
	assert_null(source.files);
}
