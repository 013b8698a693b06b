/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.c - jumps of the clock, its synchronisation by NTP, and the kernel's taint state. A jump is
 * a difference between CLOCK_REALTIME and CLOCK_BOOTTIME over two readings that exceeds NTP's slew
 * rate (500 ppm) and the time of a reading.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/path.h"
#include "collectors/lib/collector.h"
#include "collectors/lib/procfile.h"

enum {
	JUMPS,
	JUMP,
	OFFSET,
	ERROR,
	UNSYNCHRONISED,
	SUSPENDED,
	UPTIME,
	REBOOT,
	ENTROPY,
	TAINTED,
	SERIES
};

static const char *const names[SERIES] = { "clock.jumps", "clock.jump_s", "clock.offset_ms",
	"clock.max_error_ms", "clock.unsynchronised", "guest.suspended_s", "guest.uptime_s",
	"guest.reboot_required", "guest.entropy", "kernel.tainted" };

static struct series *series[SERIES];
static int entropy_fd = -1, tainted_fd = -1;
/* wall clock minus boot clock at the last reading; boot clock then (0: none yet) */
static double wall_minus_boot_s, at_s, jumps;

static void clock_close(void)
{
	if (entropy_fd >= 0)
		close(entropy_fd);
	if (tainted_fd >= 0)
		close(tainted_fd);
	entropy_fd = tainted_fd = -1;
}

static int clock_open(const struct conf *cf, struct table *t)
{
	(void)cf;
	at_s = jumps = 0;
	if (table_series_all(t, "", names, series, SERIES) < 0)
		return -ENOSPC;
	entropy_fd = procfile_open("/proc/sys/kernel/random/entropy_avail", O_RDONLY);
	tainted_fd = procfile_open("/proc/sys/kernel/tainted", O_RDONLY);
	return 0;
}

static double read_clock_s(clockid_t id)
{
	struct timespec ts;

	return clock_gettime(id, &ts) < 0 ? NAN : (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/*
 * Reads the boot clock before and after, so that an interruption between the readings is not
 * counted as a jump.
 */
static void count_jumps(const struct table *t)
{
	double from_s = read_clock_s(CLOCK_BOOTTIME), wall_s = read_clock_s(CLOCK_REALTIME),
	       to_s = read_clock_s(CLOCK_BOOTTIME);
	double offset_s = wall_s - from_s, jump_s = offset_s - wall_minus_boot_s;
	double slack_s = 0.05 + 0.0005 * (from_s - at_s) + (to_s - from_s);

	if (at_s == 0 || fabs(jump_s) <= slack_s)
		jump_s = 0;
	jumps += jump_s != 0;
	wall_minus_boot_s = offset_s;
	at_s = from_s;
	series_set(series[JUMPS], t, jumps);
	series_set(series[JUMP], t, jump_s);
	series_set(series[UPTIME], t, from_s);
	series_set(series[SUSPENDED], t, fmax(from_s - read_clock_s(CLOCK_MONOTONIC), 0));
}

static void read_ntp(const struct table *t)
{
	struct timex tx = { 0 };
	int state = adjtimex(&tx);
	double unit_ms = tx.status & STA_NANO ? 1e-6 : 1e-3;
	bool known = state >= 0,
	     synchronised = known && state != TIME_ERROR && !(tx.status & STA_UNSYNC);

	series_set(series[UNSYNCHRONISED], t, known ? (double)!synchronised : NAN);
	/* The remaining slew has no meaning while no program synchronises the clock. */
	series_set(series[OFFSET], t, synchronised ? fabs((double)tx.offset * unit_ms) : NAN);
	series_set(series[ERROR], t, synchronised ? (double)tx.maxerror / 1000 : NAN);
}

static double number_of(int fd)
{
	char text[64];

	return fd >= 0 && procfile_read(fd, text, sizeof(text)) > 0 ? procfile_digits(text, NULL)
	                                                            : NAN;
}

static int clock_read(struct table *t)
{
	count_jumps(t);
	read_ntp(t);
	series_set(series[REBOOT], t,
	        path_exists("/run/reboot-required") || path_exists("/var/run/reboot-required"));
	series_set(series[ENTROPY], t, number_of(entropy_fd));
	series_set(series[TAINTED], t, number_of(tainted_fd));
	return 0;
}

const struct collector clock_collector = {
	.name = "clock",
	.open = clock_open,
	.read = clock_read,
	.close = clock_close,
};
