/* SPDX-License-Identifier: Apache-2.0 */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include <signal.h>

#include "agent/base/clean.h"
#include "agent/base/log.c"

/* stderr is a file, a pipe or a socket during a test; the original is kept here. */
static int real_stderr, fd = -1;
static char dir[] = "/tmp/prehup-log.XXXXXX";
static char got[2 * LOG_FILE_MAX];

FIXTURE(setup)
{
	real_stderr = dup(STDERR_FILENO);
	lost = 0;
	return 0;
}

FIXTURE(teardown)
{
	(void)log_to_file(NULL);
	unsetenv("JOURNAL_STREAM");
	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	close(fd);
	fd = -1;
	return 0;
}

/* Makes stderr one end of a pipe or socket pair: the other one, `fd`, does not block. */
static void capture(bool socket)
{
	int fds[2];

	assert_int_equal(socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, fds) : pipe(fds), 0);
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	close(fd);
	fd = fds[0];
	fcntl(fd, F_SETFL, O_NONBLOCK);
	log_open(LOG_INFO);
}

static const char *seen(void)
{
	ssize_t n = read(fd, got, sizeof(got) - 1);

	got[n < 0 ? 0 : n] = '\0';
	return got;
}

TEST(a_message_is_a_line_and_debug_is_left_out)
{
	capture(false);
	log_info("disk %s: %d", "vda", 7);
	log_debug("not this");
	assert_string_equal(seen(), "disk vda: 7\n");
	log_open(LOG_DEBUG);
	log_debug("but now");
	assert_string_equal(seen(), "but now\n");
}

TEST(a_failure_ends_in_its_reason_and_is_returned)
{
	capture(false);
	assert_int_equal(log_fail(-ENOENT, "cannot open %s", "x"), -ENOENT);
	assert_string_equal(seen(), "cannot open x: No such file or directory\n");
}

TEST(errno_is_the_callers_before_and_after)
{
	capture(false);
	errno = EACCES;
	log_err("%m");
	assert_int_equal(errno, EACCES);
	assert_string_equal(seen(), "Permission denied\n");
}

TEST(the_journal_has_levels_and_only_the_journal)
{
	struct stat st;

	capture(true);
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	setenv("JOURNAL_STREAM",
	        fmt("%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino), 1);
	log_open(LOG_INFO);
	log_warn("odd");
	assert_string_equal(seen(), "<4>odd\n");
	setenv("JOURNAL_STREAM", "1:2", 1); /* that of somebody above us */
	log_open(LOG_INFO);
	log_warn("odd");
	assert_string_equal(seen(), "odd\n");
}

TEST(message_never_makes_a_second_line)
{
	capture(false);
	log_warn("a%sb", "\n<0>forged\r\x1b[2J\x7f\t");
	assert_string_equal(seen(), "a?<0>forged??[2J??b\n");
}

TEST(text_stays_and_what_is_not_text_does_not)
{
	static const char *const cases[][2] = {
		{ "Grüße, 世界 😀", "Grüße, 世界 😀" },
		{ "\xff\xfe", "??" },
		{ "cut \xe4\xb8", "cut ??" },
		{ "cut \xf0", "cut ?" },
		{ "\xc0\xaf", "??" },           /* '/', made too long */
		{ "\xe0\x80\xaf", "???" },      /* the same */
		{ "\xed\xa0\x80", "???" },      /* a surrogate */
		{ "\xf4\x90\x80\x80", "????" }, /* beyond Unicode */
		{ "\xf5\x80\x80\x80", "????" },
		{ "\xc2\x9b"
		  "31m",
		        "?31m" }, /* C1: a terminal's other escape */
		{ "a\xe2\x80\xa8"
		  "b",
		        "a?b" }, /* a line separator */
		{ "a\xe2\x80\xae"
		  "b",
		        "a?b" }, /* from right to left */
		{ "", "" },
	};
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		(void)snprintf(text, sizeof(text), "%s", cases[i][0]);
		log_clean(text);
		assert_string_equal(text, cases[i][1]);
	}
}

TEST(a_long_line_is_cut_and_says_so)
{
	static char text[3 * LOG_LINE];
	size_t n;

	capture(false);
	log_err("%s", fill_text(text, sizeof(text), 'x'));
	n = strlen(seen());
	assert_int_equal(n, LOG_LINE);
	assert_string_equal(got + n - 5, "x...\n");
	text[LOG_LINE - 1] = '\0';
	log_err("%s", text); /* just fits */
	assert_string_equal(seen() + LOG_LINE - 3, "xx\n");
	/* The reason does not fit in any more. */
	(void)log_fail(-ENOENT, "%s", text);
	assert_string_equal(seen() + LOG_LINE - 5, "x...\n");
}

TEST(stalled_reader_does_not_block_and_loss_is_logged)
{
	for (int socket = 0; socket < 2; socket++) {
		char *note;

		capture(socket);
		for (int i = 0; i < 100000 && !lost; i++)
			log_info("some line of a usual length, many times over");
		assert_int_equal(lost, 1);
		log_info("lost too");
		while (*seen())
			;
		log_info("back");
		(void)seen();
		note = strstr(got, "log: 2 lines lost\n");
		assert_ptr_equal(strstr(got, "back\n"), got);
		assert_non_null(note);
		assert_int_equal(lost, 0);
	}
}

TEST(a_reader_that_is_gone_does_not_kill)
{
	capture(true);
	close(fd);
	log_info("to nobody");
	assert_int_equal(lost, 1);
	lost = 0;
	capture(false);
	close(fd);
	log_info("to nobody");
	assert_int_equal(lost, 1);
}

TEST(closed_standard_fds_are_opened)
{
	int in = dup(0), next;

	close(0);
	close(STDERR_FILENO);
	log_open(LOG_INFO);
	next = open("/dev/null", O_RDONLY);
	assert_true(next > 2);
	close(next);
	dup2(in, 0);
	close(in);
}

static const char *content(const char *path)
{
	auto_file FILE *f = fopen(path, "re");
	size_t n = f ? fread(got, 1, sizeof(got) - 1, f) : 0;

	got[n] = '\0';
	return got;
}

TEST(a_file_has_the_lines_that_cfn_hup_wrote)
{
	const char *path = fmt("%s/cfn-hup.log", dir);
	struct stat st;
	int y, mo, d, h, mi, s, ms, end = 0;

	assert_int_equal(log_to_file(path), 0);
	log_warn("Skipping invalid service type\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(sscanf(content(path), "WARNING [%4d-%2d-%2d %2d:%2d:%2d,%3d] %n", &y, &mo,
	                         &d, &h, &mi, &s, &ms, &end),
	        7);
	assert_int_equal(end, strlen("WARNING [2024-02-29 13:45:59,007] "));
	assert_string_equal(got + end, "Skipping invalid service type?\n");
	log_notice("info is all that Python has");
	log_err("e");
	assert_non_null(strstr(content(path), "\nINFO ["));
	assert_non_null(strstr(got, "\nERROR ["));
}

TEST(a_file_is_bounded_and_one_old_one_kept)
{
	const char *path = fmt("%s/full.log", dir), *old = fmt("%s.1", path);
	struct stat st;

	assert_int_equal(log_to_file(path), 0);
	for (int i = 0; i < 30000; i++)
		log_info("line %d of many, so that the file is full more than once", i);
	assert_int_equal(stat(path, &st), 0);
	assert_in_range(st.st_size, 1, LOG_FILE_MAX);
	assert_int_equal(stat(old, &st), 0);
	assert_in_range(st.st_size, LOG_FILE_MAX - 200, LOG_FILE_MAX);
	assert_non_null(strstr(content(path), "line 29999 of"));
	/* The next run goes on where this one ended. */
	assert_int_equal(log_to_file(path), 0);
	log_info("another run");
	assert_non_null(strstr(content(path), "line 29999 of"));
	assert_non_null(strstr(got, "another run\n"));
	unlink(path);
	unlink(old);
}

TEST(log_path_that_is_no_file_is_refused)
{
	assert_int_equal(log_to_file(fmt("%s/none/x.log", dir)), -ENOENT);
	assert_int_equal(log_to_file("/dev/null"), -EINVAL);
}

TEST(a_file_that_fails_leaves_stderr)
{
	capture(false);
	file = open("/dev/full", O_WRONLY);
	assert_true(file >= 0);
	log_info("here then");
	assert_string_equal(seen(), "here then\n");
	log_info("and from now on");
	assert_string_equal(seen(), "and from now on\n");
}

FIXTURE(make_dir)
{
	signal(SIGPIPE, SIG_DFL);
	return mkdtemp(dir) ? 0 : -1;
}

FIXTURE(remove_dir)
{
	(void)unlink(fmt("%s/cfn-hup.log", dir));
	return rmdir(dir);
}

TEST_GROUP(make_dir, remove_dir);
