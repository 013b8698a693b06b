/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/lib/test.h"

#include <getopt.h>
#include <stdio.h>

#include "agent/cli/options.h"

static struct {
	bool verbose;
	const char *dir, *proxy;
	double count;
	int mode;
} value;

static const struct option_entry entries[] = {
	{ 'c', "config", "DIR", "the folder", .text = &value.dir },
	{ 'v', "verbose", NULL, "log more", .flag = &value.verbose },
	{ 0, "count", "N", "so many", .number = &value.count, .min = 1, .max = 100, .whole = true },
	{ 0, "json", NULL, "as JSON", .choice = &value.mode, .value = 'j' },
	{ 0, "scores", NULL, "as CSV", .choice = &value.mode, .value = 's' },
	{ 0, "http-proxy", "URL", NULL, .text = &value.proxy, .unset_if_empty = true },
	{ 0, "https-proxy", "URL", NULL, .text = &value.proxy, .unset_if_empty = true },
	{ 0 },
};

/* Parses `line`, words separated by blanks; *ret_out is the text on stdout and stderr. */
static int parse_line(const char *operand, const char *line, char *ret_out, size_t size)
{
	const struct options o = {
		.program = "prehup x",
		.entry = entries,
		.operand = operand,
		.missing_status = operand && strcmp(operand, "INPUT") == 0 ? 1 : 0,
		.notes = "A note.\n",
	};
	char words[200], *argv[12] = { (char *)(uintptr_t) "x" };
	FILE *f = tmpfile();
	int argc = 1, r, out = dup(1), err = dup(2);
	size_t n;

	assert_non_null(f);
	STR_COPY(words, line);
	for (char *w = strtok(words, " "); w; w = strtok(NULL, " "))
		argv[argc++] = w;
	memset(&value, 0, sizeof(value));
	optind = 0;
	fflush(stdout);
	dup2(fileno(f), 1);
	dup2(fileno(f), 2);
	r = options_parse(argc, argv, &o);
	fflush(stdout);
	dup2(out, 1);
	dup2(err, 2);
	close(out);
	close(err);
	rewind(f);
	n = fread(ret_out, 1, size - 1, f);
	ret_out[n] = '\0';
	fclose(f);
	return r;
}

TEST(options_are_stored_by_letter_name_and_prefix)
{
	char out[2000];

	assert_int_equal(parse_line(NULL, "-c /a -v --count 7", out, sizeof(out)), -1);
	assert_string_equal(value.dir, "/a");
	assert_true(value.verbose);
	assert_true(value.count == 7);
	assert_int_equal(parse_line(NULL, "--conf=/b", out, sizeof(out)), -1);
	assert_string_equal(value.dir, "/b");
	assert_int_equal(parse_line(NULL, "--json --scores", out, sizeof(out)), -1);
	assert_int_equal(value.mode, 's');
	assert_int_equal(parse_line("FILE", "file --json", out, sizeof(out)), -1);
	assert_int_equal(value.mode, 'j');
	assert_string_equal(out, "");
}

TEST(abbreviation_of_aliases_is_not_ambiguous)
{
	char out[2000];

	assert_int_equal(parse_line(NULL, "--http u", out, sizeof(out)), -1);
	assert_string_equal(value.proxy, "u");
	assert_int_equal(parse_line(NULL, "--https-proxy v --http-proxy=", out, sizeof(out)), -1);
	assert_null(value.proxy);
	assert_int_equal(parse_line(NULL, "--config=", out, sizeof(out)), -1);
	assert_string_equal(value.dir, "");
}

TEST(operand_is_optional_in_brackets)
{
	static const struct {
		const char *operand, *line;
		int status;
	} cases[] = { { "[URL]", "", -1 }, { "[URL]", "u", -1 }, { "[URL]", "u v", OPTIONS_USAGE },
		{ "INPUT", "-v", 1 }, { "INPUT", "a b", OPTIONS_USAGE } };
	char out[2000];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(parse_line(cases[i].operand, cases[i].line, out, sizeof(out)),
		        cases[i].status);
}

TEST(usage_error_is_one_line_with_program_and_cause)
{
	static const struct {
		const char *operand, *line, *cause;
	} cases[] = {
		{ NULL, "--nonsense", "nonsense" },
		{ NULL, "-x", "x" },
		{ NULL, "-c", "c" },
		{ NULL, "more", "unexpected argument \"more\"" },
		{ NULL, "http://h/?Signature=secret", "h/?Signature=*" },
		{ NULL, "--count 0", "--count: \"0\" is not a whole number from 1 to 100" },
		{ NULL, "--count 1.5", "--count: \"1.5\" is not a whole number from 1 to 100" },
		{ NULL, "--count 1x", "\"1x\"" },
		{ NULL, "--count nan", "\"nan\"" },
		{ "FILE", "", "FILE is missing" },
		{ "FILE", "a b", "unexpected argument \"b\"" },
	};
	char out[2000];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(parse_line(cases[i].operand, cases[i].line, out, sizeof(out)),
		        OPTIONS_USAGE);
		assert_memory_equal(out, "prehup x: ", 10);
		assert_non_null(strstr(out, cases[i].cause));
		assert_ptr_equal(strchr(out, '\n'), out + strlen(out) - 1);
	}
}

TEST(help_is_printed_from_the_table)
{
	char out[2000];

	assert_int_equal(parse_line("FILE", "--help", out, sizeof(out)), 0);
	assert_string_equal(out, "usage: prehup x [OPTION]... FILE\n"
	                         "  -c, --config DIR  the folder\n"
	                         "  -v, --verbose     log more\n"
	                         "  --count N         so many\n"
	                         "  --json            as JSON\n"
	                         "  --scores          as CSV\n"
	                         "  -h, --help        print this help\n"
	                         "  --version         print the version\n"
	                         "A note.\n");
	assert_int_equal(parse_line(NULL, "--version", out, sizeof(out)), 0);
	assert_string_equal(out, "prehup " VERSION "\n");
}
