/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c - machine-wide tables, the time, and certificates that openssl has made. */
#include "tests/unit/lib/collector_rig.h"

#include <time.h>

/* A wall clock that can be set without harm. */
static double set_by_s;

static int wall_clock(clockid_t id, struct timespec *ret)
{
	int r = clock_gettime(id, ret);

	if (id == CLOCK_REALTIME)
		ret->tv_sec += (time_t)set_by_s;
	return r;
}

#define clock_gettime wall_clock
#include "collectors/system/clock.c"

TEST(kernel_resources_are_shares_of_their_limits)
{
	guest_put("/proc/sys/fs/file-nr", "1504\t4\t15000\n");
	guest_put("/proc/sys/fs/inode-nr", "5000\t200\n");
	guest_put("/proc/sys/fs/aio-nr", "10\n");
	guest_put("/proc/sys/fs/aio-max-nr", "40\n");
	begin("files");
	expect("", "file.open 1500, file.used_ratio 0.1, file.inodes 4800, aio.used_ratio 0.25");
	expect("", "pty.used_ratio unknown"); /* not in this kernel */
	overwrite("/proc/sys/fs/file-nr", "1504\t0\t0\n");
	tick_with("/proc/sys/fs/aio-nr", "");
	expect("", "file.used_ratio unknown, aio.used_ratio unknown");
}

TEST(a_clock_that_nobody_touches_does_not_jump)
{
	guest_put("/proc/sys/kernel/tainted", "4096\n");
	begin("clock");
	ticks(100);
	expect("", "clock.jumps 0, clock.jump_s 0, kernel.tainted 4096, guest.reboot_required 0");
	assert_true(value("guest.uptime_s") > 0);
	assert_true(value("guest.suspended_s") >= 0);
	guest_put("/run/reboot-required", "");
	tick();
	expect("", "guest.reboot_required 1");
}

TEST(a_clock_that_is_set_jumps_once)
{
	begin("clock");
	set_by_s = -3600;
	tick();
	expect("", "clock.jumps 1");
	assert_true(fabs(value("clock.jump_s") + 3600) < 0.1);
	tick();
	expect("", "clock.jumps 1, clock.jump_s 0");
	set_by_s = 0;
	tick();
	expect("", "clock.jumps 2");
}

/* A self-signed certificate of so many days, at a path below the guest. */
static void certificate(const char *path, int days, const char *form)
{
	if (system(fmt("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
	               "-subj /CN=x -keyout /dev/null -days %d -outform %s >> %s 2> /dev/null",
	            days, form, guest_path(path))) != 0)
		skip();
}

TEST(certificates_run_down_to_their_expiry)
{
	certificate("/chain.pem", 100, "PEM");
	certificate("/chain.pem", 10, "PEM");
	certificate("/one.der", 30, "DER");
	(void)snprintf(settings.certificates, sizeof(settings.certificates),
	        "/chain.pem, /one.der /later.pem");
	begin("certificate");
	assert_true(fabs(of("certificate.left_s", "/chain.pem") - 10 * 86400) < 60);
	assert_true(fabs(of("certificate.left_s", "/one.der") - 30 * 86400) < 60);
	assert_true(of("certificate.used_ratio", "/chain.pem") < 0.001);
	expect("/later.pem", "certificate.left_s unknown");
	assert_int_equal(runner.run[0].failures, 0); /* one that is not issued yet is waited for */
	certificate("/later.pem", 5, "PEM");
	tick();
	assert_true(fabs(of("certificate.left_s", "/later.pem") - 5 * 86400) < 60);
}

TEST(non_certificate_is_unknown_and_reported)
{
	static const char *const hostile[] = { "", "-----BEGIN CERTIFICATE-----\n",
		"\x30\x82\xff\xff",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" };

	(void)snprintf(settings.certificates, sizeof(settings.certificates), "/x");
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		guest_put("/x", hostile[i]);
		begin("certificate");
		expect("/x", "certificate.left_s unknown, certificate.used_ratio unknown");
		assert_int_equal(runner.run[0].error, -EBADMSG);
		runner_close(&runner);
	}
}
