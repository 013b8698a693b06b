/* SPDX-License-Identifier: Apache-2.0 */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "agent/serve/control.c"
#include "agent/serve/control_client.c"

#include "agent/base/path.h"

enum { BIG = 1 << 20 };

/* The daemon is a forked child, which answers as it is asked to; the tests are its clients. */
struct server {
	struct loop loop;
	struct control control;
	struct loop_timer timer;
	struct control_peer *later;
	pid_t pid;
};

static struct server s;
static char dir[] = "/tmp/prehup-control.XXXXXX";
static char path[64];
static char *answer;
static size_t answer_len;

static void later(struct loop_timer *t, uint64_t missed)
{
	(void)t;
	(void)missed;
	control_answer(s.later, "at last\n", 8);
}

static void asked(struct control_peer *p, const char *line)
{
	static char big[BIG];

	if (strcmp(line, "hello") == 0) {
		control_answer(p, "hi\n", 3);
	} else if (strcmp(line, "big") == 0) {
		memset(big, 'x', sizeof(big));
		control_answer(p, big, sizeof(big));
	} else if (strcmp(line, "later") == 0) {
		s.later = p;
		s.timer.fired = later;
		(void)loop_timer_start(&s.loop, &s.timer, 300, 0);
	} else if (strcmp(line, "nothing") == 0) {
		control_answer(p, "", 0);
	} else if (strcmp(line, "quit") == 0) {
		loop_stop(&s.loop);
	} else if (strcmp(line, "wait") != 0) {
		control_answer(p, line, strlen(line));
	}
}

/* A daemon at `path`; its fds are its own. */
static void serve(void)
{
	int ready[2], r = -1;

	assert_int_equal(pipe(ready), 0);
	s.pid = fork();
	if (s.pid == 0) {
		alarm(60);
		r = loop_open(&s.loop);
		if (r == 0)
			r = control_open(&s.control, &s.loop, path, asked);
		(void)!write(ready[1], &r, sizeof(r));
		if (r == 0)
			r = loop_run(&s.loop);
		loop_timer_stop(&s.loop, &s.timer);
		control_close(&s.control);
		control_close(&s.control); /* twice does no harm */
		loop_close(&s.loop);
		_exit(r == 0 ? 0 : 1);
	}
	assert_int_equal(read(ready[0], &r, sizeof(r)), sizeof(r));
	close(ready[0]);
	close(ready[1]);
	assert_int_equal(r, 0);
}

FIXTURE(setup)
{
	(void)snprintf(path, sizeof(path), "%s/control", dir);
	control_protocol.limit_ms = CONTROL_SILENCE_MS;
	answer = NULL;
	s = (struct server){ 0 };
	return 0;
}

FIXTURE(teardown)
{
	free(answer);
	if (s.pid > 0) {
		kill(s.pid, SIGKILL);
		waitpid(s.pid, NULL, 0);
	}
	(void)path_remove(path);
	return 0;
}

static int ask(const char *line, int timeout_ms)
{
	free(answer);
	answer = NULL;
	return control_ask(path, line, timeout_ms, &answer, &answer_len);
}

static int dial(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(unix_socket_call(connect, fd, path), 0);
	return fd;
}

/* Whether the daemon hangs up on fd within so many ms. */
static bool hung_up(int fd, int ms)
{
	uint64_t until = loop_now() + (uint64_t)ms;
	char c;

	return await_control_fd(fd, POLLIN, until) == 0 && recv(fd, &c, 1, MSG_DONTWAIT) <= 0;
}

TEST(a_question_has_its_answer)
{
	serve();
	assert_int_equal(ask("hello", 5000), 0);
	assert_string_equal(answer, "hi\n");
	assert_int_equal(answer_len, 3);
	assert_int_equal(ask("hook run with spaces", 5000), 0);
	assert_string_equal(answer, "hook run with spaces");
}

TEST(an_answer_may_come_later_and_be_large)
{
	uint64_t from;

	serve();
	from = loop_now();
	assert_int_equal(ask("later", 5000), 0);
	assert_string_equal(answer, "at last\n");
	assert_true(loop_now() - from >= 290);
	assert_int_equal(ask("big", 5000), 0);
	assert_int_equal(answer_len, BIG);
	assert_int_equal(strspn(answer, "x"), BIG);
}

TEST(waiting_peer_has_unlimited_time)
{
	control_protocol.limit_ms = 100;
	serve();
	assert_int_equal(ask("later", 5000), 0);
	assert_string_equal(answer, "at last\n");
}

TEST(socket_is_private_and_removed_at_the_end)
{
	struct stat st;
	int status;

	umask(0);
	serve();
	umask(022);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(ask("quit", 5000), -ECONNRESET);
	assert_int_equal(waitpid(s.pid, &status, 0), s.pid);
	s.pid = 0;
	assert_int_equal(status, 0);
	assert_int_equal(lstat(path, &st), -1);
}

TEST(no_daemon_is_reported_to_the_client)
{
	assert_int_equal(ask("hello", 5000), -ENOENT);
	serve();
	kill(s.pid, SIGKILL);
	waitpid(s.pid, NULL, 0);
	s.pid = 0;
	assert_int_equal(ask("hello", 5000), -ECONNREFUSED);
	serve(); /* in the place of the one that was killed */
	assert_int_equal(ask("hello", 5000), 0);
}

TEST(a_second_daemon_does_not_take_the_first_ones_place)
{
	serve();
	assert_int_equal(loop_open(&s.loop), 0);
	assert_int_equal(control_open(&s.control, &s.loop, path, asked), -EADDRINUSE);
	loop_close(&s.loop);
	assert_int_equal(ask("hello", 5000), 0); /* and did not remove its socket */
}

TEST(foreign_peer_is_disconnected_whatever_the_mode)
{
	pid_t pid;
	int status;

	if (geteuid() != 0)
		skip();
	serve();
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(chmod(dir, 0755), 0);
	pid = fork();
	if (pid == 0) {
		if (setgid(65534) || setuid(65534))
			_exit(2);
		_exit(ask("hello", 5000) == -ECONNRESET ? 0 : 3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(chmod(path, 0600), 0);
	pid = fork();
	if (pid == 0) {
		if (setgid(65534) || setuid(65534))
			_exit(2);
		_exit(ask("hello", 5000) == -EACCES ? 0 : 3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

TEST(a_line_without_an_end_is_hung_up_on)
{
	static char text[2 * CONTROL_LINE];
	int fd;

	serve();
	memset(text, 'x', sizeof(text));
	fd = dial();
	assert_int_equal(send(fd, text, CONTROL_LINE, MSG_NOSIGNAL), CONTROL_LINE);
	assert_true(hung_up(fd, 3000));
	close(fd);
	/* The longest that has one is a question. */
	text[CONTROL_LINE - 1] = '\0';
	assert_int_equal(ask(text, 5000), 0);
	assert_int_equal(answer_len, CONTROL_LINE - 1);
	text[CONTROL_LINE - 1] = 'x';
	text[CONTROL_LINE] = '\0';
	assert_int_equal(ask(text, 5000), -EINVAL);
	assert_int_equal(ask("two\nlines", 5000), -EINVAL);
	assert_int_equal(ask("", 5000), -EINVAL);
}

TEST(a_nul_in_a_question_is_hung_up_on)
{
	int fd;

	serve();
	fd = dial();
	assert_int_equal(send(fd, "he\0llo\n", 7, MSG_NOSIGNAL), 7);
	assert_true(hung_up(fd, 3000));
	close(fd);
}

TEST(the_silent_are_hung_up_on_and_make_room)
{
	int fd[CONTROL_PEERS];

	control_protocol.limit_ms = 500;
	serve();
	for (int i = 0; i < CONTROL_PEERS; i++)
		fd[i] = dial();
	assert_int_equal(send(fd[0], "hel", 3, MSG_NOSIGNAL), 3);
	assert_int_equal(ask("hello", 5000), 0); /* in the place of the oldest */
	for (int i = 0; i < CONTROL_PEERS; i++) {
		assert_true(hung_up(fd[i], 3000));
		close(fd[i]);
	}
	assert_int_equal(ask("hello", 5000), 0);
}

TEST(vanished_waiting_peer_is_answered_into_the_void)
{
	int fd;

	serve();
	fd = dial();
	assert_int_equal(send(fd, "later\n", 6, MSG_NOSIGNAL), 6);
	usleep(50000);
	close(fd);
	/* Its place is not another's until the answer came: that would be for somebody else. */
	assert_int_equal(ask("wait", 600), -ETIMEDOUT);
	assert_int_equal(ask("later", 5000), 0);
	assert_string_equal(answer, "at last\n");
}

TEST(a_client_does_not_wait_for_ever)
{
	uint64_t from;

	serve();
	from = loop_now();
	assert_int_equal(ask("wait", 200), -ETIMEDOUT);
	assert_in_range(loop_now() - from, 190, 2000);
	assert_int_equal(ask("nothing", 5000), -ECONNRESET);
}

FIXTURE(make_dir)
{
	return mkdtemp(dir) ? 0 : -1;
}

FIXTURE(remove_dir)
{
	return rmdir(dir);
}

TEST_GROUP(make_dir, remove_dir);
