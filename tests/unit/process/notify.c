/* SPDX-License-Identifier: Apache-2.0 */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include "agent/process/notify.c"

static int init = -1; /* systemd's end */
static char got[512], abstract[64];

FIXTURE(setup)
{
	(void)snprintf(abstract, sizeof(abstract), "@prehup-notify-%d", (int)getpid());
	return 0;
}

FIXTURE(teardown)
{
	notify_close();
	if (init >= 0)
		close(init);
	init = -1;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return 0;
}

/* A socket as systemd has it; name with '@' for an abstract one. */
static void listen_at(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	size_t n = strlen(name);

	memcpy(at.sun_path, name, n);
	if (*name == '@')
		at.sun_path[0] = '\0';
	init = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(init, (struct sockaddr *)&at,
	                         (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)),
	        0);
	setenv("NOTIFY_SOCKET", name, 1);
}

static void open_at(const char *name)
{
	listen_at(name);
	assert_int_equal(notify_open(), 0);
}

static const char *told(void)
{
	ssize_t n = recv(init, got, sizeof(got) - 1, 0);

	got[n < 0 ? 0 : n] = '\0';
	return got;
}

TEST(elsewhere_than_under_systemd_it_is_silent)
{
	setenv("WATCHDOG_USEC", "60000000", 1);
	assert_int_equal(notify_open(), 0);
	assert_int_equal(notify_ready(), 0);
	assert_int_equal(notify_status("%d", 1), 0);
	assert_int_equal(notify_watchdog_ms(), 0);
}

TEST(notification_arrives)
{
	open_at(abstract);
	assert_int_equal(notify_ready(), 0);
	assert_string_equal(told(), "READY=1");
	assert_int_equal(notify_reloading(), 0);
	assert_ptr_equal(strstr(told(), "RELOADING=1\nMONOTONIC_USEC="), got);
	assert_int_equal(notify_stopping(), 0);
	assert_string_equal(told(), "STOPPING=1");
	assert_int_equal(notify_status("%u series", 7), 0);
	assert_string_equal(told(), "STATUS=7 series");
	assert_int_equal(notify_watchdog(), 0); /* not asked for */
	assert_string_equal(told(), "");
}

TEST(a_socket_with_a_path_will_do)
{
	const char *name = fmt("/tmp/prehup-notify-%d", (int)getpid());

	open_at(name);
	assert_int_equal(notify_ready(), 0);
	(void)unlink(name);
	assert_string_equal(told(), "READY=1");
}

TEST(an_init_that_was_replaced_is_told_too)
{
	open_at(abstract);
	close(init);
	assert_int_equal(notify_ready(), -ECONNREFUSED);
	listen_at(abstract);
	assert_int_equal(notify_ready(), 0);
	assert_string_equal(told(), "READY=1");
}

TEST(a_status_cannot_say_anything_else)
{
	char big[600];

	open_at(abstract);
	notify_status("%s", "ok\nMAINPID=1");
	assert_string_equal(told(), "STATUS=ok?MAINPID=1");
	notify_status("%s", fill_text(big, sizeof(big), 'x'));
	assert_int_equal(strlen(told()), 7 + 255);
}

TEST(the_watchdog_is_fed_twice_in_its_time)
{
	setenv("WATCHDOG_USEC", "60000000", 1);
	setenv("WATCHDOG_PID", fmt("%d", (int)getpid()), 1);
	open_at(abstract);
	assert_int_equal(notify_watchdog_ms(), 30000);
	assert_int_equal(notify_watchdog(), 0);
	assert_string_equal(told(), "WATCHDOG=1");
}

TEST(watchdog_of_others_or_without_number_is_off)
{
	setenv("WATCHDOG_USEC", "60000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	open_at(abstract);
	assert_int_equal(notify_watchdog_ms(), 0);
	setenv("NOTIFY_SOCKET", abstract, 1);
	setenv("WATCHDOG_USEC", "60s", 1);
	assert_int_equal(notify_open(), 0);
	assert_int_equal(notify_watchdog_ms(), 0);
}

TEST(children_do_not_inherit_it)
{
	setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
	setenv("WATCHDOG_USEC", "1", 1);
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(notify_open(), 0);
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_null(getenv("WATCHDOG_USEC"));
	assert_null(getenv("WATCHDOG_PID"));
	assert_int_equal(notify_ready(), -ENOENT); /* no receiver: the caller logs it */
}

TEST(odd_addresses_are_refused)
{
	char name[200];

	setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
	assert_int_equal(notify_open(), -EAFNOSUPPORT);
	setenv("NOTIFY_SOCKET", fill_text(name, sizeof(name), '/'), 1);
	assert_int_equal(notify_open(), -ENAMETOOLONG);
}

TEST(a_stalled_init_does_not_block_the_watchdog)
{
	int r = 0;

	setenv("WATCHDOG_USEC", "60000000", 1);
	open_at(abstract);
	for (int i = 0; i < 100000 && r == 0; i++)
		r = notify_watchdog();
	assert_int_equal(r, -EAGAIN);
}
