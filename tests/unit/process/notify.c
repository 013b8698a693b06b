/* SPDX-License-Identifier: Apache-2.0 */
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include "agent/process/notify.c"

static int init = -1; /* systemd's end */
static char got[512];

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
	char name[64];

	(void)snprintf(name, sizeof(name), "@prehup-notify-%d", (int)getpid());
	listen_at(name);
	assert_int_equal(notify_open(), 0);
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
	char name[64];

	(void)snprintf(name, sizeof(name), "/tmp/prehup-notify-%d", (int)getpid());
	listen_at(name);
	assert_int_equal(notify_open(), 0);
	assert_int_equal(notify_ready(), 0);
	(void)unlink(name);
	assert_string_equal(told(), "READY=1");
}

TEST(an_init_that_was_replaced_is_told_too)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "@prehup-notify-%d", (int)getpid());
	listen_at(name);
	assert_int_equal(notify_open(), 0);
	close(init);
	assert_int_equal(notify_ready(), -ECONNREFUSED);
	listen_at(name);
	assert_int_equal(notify_ready(), 0);
	assert_string_equal(told(), "READY=1");
}

TEST(a_status_cannot_say_anything_else)
{
	char name[64], big[600];

	(void)snprintf(name, sizeof(name), "@prehup-notify-%d", (int)getpid());
	listen_at(name);
	assert_int_equal(notify_open(), 0);
	notify_status("%s", "ok\nMAINPID=1");
	assert_string_equal(told(), "STATUS=ok?MAINPID=1");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	notify_status("%s", big);
	assert_int_equal(strlen(told()), 7 + 255);
}

TEST(the_watchdog_is_fed_twice_in_its_time)
{
	char name[64], pid[16];

	(void)snprintf(name, sizeof(name), "@prehup-notify-%d", (int)getpid());
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	listen_at(name);
	setenv("WATCHDOG_USEC", "60000000", 1);
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(notify_open(), 0);
	assert_int_equal(notify_watchdog_ms(), 30000);
	assert_int_equal(notify_watchdog(), 0);
	assert_string_equal(told(), "WATCHDOG=1");
	/* One that is another's, and one that is no number. */
	setenv("NOTIFY_SOCKET", name, 1);
	setenv("WATCHDOG_USEC", "60000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(notify_open(), 0);
	assert_int_equal(notify_watchdog_ms(), 0);
	setenv("NOTIFY_SOCKET", name, 1);
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
	char name[200] = "/";

	setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
	assert_int_equal(notify_open(), -EAFNOSUPPORT);
	memset(name + 1, 'x', sizeof(name) - 2);
	setenv("NOTIFY_SOCKET", name, 1);
	assert_int_equal(notify_open(), -ENAMETOOLONG);
}

TEST(a_stalled_init_does_not_block_the_watchdog)
{
	char name[64];
	int r = 0;

	(void)snprintf(name, sizeof(name), "@prehup-notify-%d", (int)getpid());
	listen_at(name);
	setenv("WATCHDOG_USEC", "60000000", 1);
	assert_int_equal(notify_open(), 0);
	for (int i = 0; i < 100000 && r == 0; i++)
		r = notify_watchdog();
	assert_int_equal(r, -EAGAIN);
}
