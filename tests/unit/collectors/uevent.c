/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uevent.c - devices that are added and removed, from the running kernel and from a recorded udevd;
 * in a network namespace, so that no other process gets the events.
 */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/lib/uevent.h"
#include "tests/unit/lib/test.h"

enum { UDEVD_GROUP = 2, MESSAGE_MAX = 8192 };

static bool alone;
static struct uevents news;
static char buf[MESSAGE_MAX], recorded[MESSAGE_MAX];
static size_t recorded_len;
static struct uevent e;

FIXTURE(setup)
{
	int fd = open(FIXTURES "/udevd-veth", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, recorded, MESSAGE_MAX);

	assert_true(n > 40);
	close(fd);
	recorded_len = (size_t)n;
	news = (struct uevents){ .fd = -1 };
	return 0;
}

FIXTURE(teardown)
{
	uevents_close(&news);
	if (alone)
		(void)unlink("/run/udev/control");
	return 0;
}

/* Reads the next event into `e`. */
static int read_event(void)
{
	return uevents_read(&news, buf, sizeof(buf), &e);
}

static void listen_to_udevd(void)
{
	int fd;

	if (!alone)
		skip();
	assert_true(mkdir("/run/udev", 0755) == 0 || errno == EEXIST);
	fd = open("/run/udev/control", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	if (uevents_open(&news) < 0 || !news.monitor)
		skip();
}

/* A real device of the kernel's: as long as it is open. */
static int plug(const char *name)
{
	struct ifreq r = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	(void)snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &r) < 0)
		skip();
	return fd;
}

/* Other subsystems' are passed over. */
static int next_of(const char *subsystem)
{
	int r;

	do
		r = read_event();
	while (r == 1 && strcmp(e.subsystem, subsystem) != 0);
	return r;
}

static void send_as_udevd(const void *message, size_t n)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_groups = UDEVD_GROUP };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	assert_true(fd >= 0);
	(void)sendto(fd, message, n, 0, (struct sockaddr *)&to, sizeof(to));
	close(fd);
}

TEST(the_kernel_is_heard_where_no_udevd_runs)
{
	int device;

	if (!alone || uevents_open(&news) < 0)
		skip();
	assert_int_equal(read_event(), 0);
	device = plug("tap7");
	assert_int_equal(next_of("net"), 1);
	assert_string_equal(e.action, "add");
	assert_string_equal(e.name, "tap7");
	assert_string_equal(e.type, "");
	assert_string_equal(e.nvme, "");
	assert_string_equal(e.serial, "");
	close(device);
	assert_int_equal(next_of("net"), 1);
	assert_string_equal(e.action, "remove");
	assert_string_equal(e.name, "tap7");
	assert_int_equal(next_of("net"), 0);
	uevents_close(&news);
	assert_int_equal(news.fd, -1);
}

/* What libudev is for: events after the rules, and not twice. */
TEST(udevd_is_heard_where_it_runs_and_the_kernel_is_not)
{
	listen_to_udevd();
	close(plug("tap8"));
	assert_int_equal(read_event(), 0);
	send_as_udevd(recorded, recorded_len);
	assert_int_equal(read_event(), 1);
	assert_string_equal(e.action, "add");
	assert_string_equal(e.subsystem, "net");
	assert_string_equal(e.name, "veth1");
	assert_string_equal(e.serial, "");
	send_as_udevd(recorded, recorded_len);
	assert_int_equal(uevents_read(&news, buf, sizeof("add") + 1, &e), 1);
	assert_string_equal(e.subsystem, ""); /* there is no room for it */
}

/* The kernel's filter checks the header only; our reader checks the rest. */
TEST(malformed_message_is_skipped)
{
	char spoilt[MESSAGE_MAX];

	listen_to_udevd();
	for (size_t cut = 0; cut < recorded_len; cut++) {
		send_as_udevd(recorded, cut);
		if (read_event() == 1)
			assert_true(strlen(e.name) < recorded_len);
	}
	for (size_t i = 0; i < recorded_len; i++) {
		memcpy(spoilt, recorded, recorded_len);
		spoilt[i] = (char)(spoilt[i] ^ 0xff);
		send_as_udevd(spoilt, recorded_len);
		if (read_event() == 1)
			assert_true(strlen(e.name) < recorded_len);
	}
	while (read_event() != 0)
		continue;
	send_as_udevd(recorded, recorded_len);
	assert_int_equal(read_event(), 1);
	assert_string_equal(e.name, "veth1");
}

TEST(lost_events_are_reported_and_others_are_read)
{
	int r, lost = 0, taken = 0;

	listen_to_udevd();
	for (int i = 0; i < 5000; i++)
		send_as_udevd(recorded, recorded_len);
	while ((r = read_event()) != 0) {
		assert_true(r == 1 || r == -ENOBUFS);
		lost += r < 0;
		taken += r == 1;
	}
	assert_int_equal(lost, 1);
	assert_true(taken > 100);
}

FIXTURE(enter_namespaces)
{
	alone = unshare(CLONE_NEWNET | CLONE_NEWNS) == 0 &&
	        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	        mount("none", "/run", "tmpfs", 0, NULL) == 0;
	return 0;
}

TEST_GROUP(enter_namespaces, NULL);
