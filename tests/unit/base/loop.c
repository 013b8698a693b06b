/* SPDX-License-Identifier: Apache-2.0 */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>

#include "agent/base/loop.h"

static struct rig {
	struct loop loop;
	struct loop_timer timer, other;
	struct loop_signals signals;
	struct loop_child child;
	unsigned ticks;
	int status, signo;
} g;

FIXTURE(setup)
{
	g = (struct rig){ 0 };
	return loop_open(&g.loop);
}

FIXTURE(teardown)
{
	loop_timer_stop(&g.loop, &g.timer);
	loop_close(&g.loop);
	return 0;
}

static void run_loop(void)
{
	assert_int_equal(loop_run(&g.loop), 0);
}

static void start_timer(struct loop_timer *t, void (*fired)(struct loop_timer *, uint64_t),
        uint64_t after_ms, uint64_t every_ms)
{
	t->fired = fired;
	assert_int_equal(loop_timer_start(&g.loop, t, after_ms, every_ms), 0);
}

ON_TIMER(third_tick_stops)
{
	if (++g.ticks == 3)
		loop_stop(&g.loop);
}

TEST(a_timer_repeats)
{
	start_timer(&g.timer, third_tick_stops, 0, 5);
	run_loop();
	assert_int_equal(g.ticks, 3);
	loop_timer_stop(&g.loop, &g.timer);
	loop_timer_stop(&g.loop, &g.timer); /* twice does no harm */
	loop_close(&g.loop);
}

TEST(unstarted_timer_stops_without_closing_stdin)
{
	assert_true(fcntl(0, F_GETFD) >= 0);
	loop_timer_stop(&g.loop, &g.timer);
	loop_signals_stop(&g.loop, &g.signals);
	loop_child_stop(&g.loop, &g.child);
	assert_true(fcntl(0, F_GETFD) >= 0);
}

ON_TIMER(slow)
{
	if (g.ticks++ == 0)
		usleep(55000);
	else
		assert_in_range(missed, 3, 50);
	if (g.ticks == 2)
		loop_stop(&g.loop);
}

TEST(a_stalled_guest_is_told_what_it_missed)
{
	start_timer(&g.timer, slow, 0, 10);
	run_loop();
}

ON_TIMER(stop)
{
	g.ticks++;
	loop_stop(&g.loop);
}

ON_TIMER(must_not_fire)
{
	fail();
}

TEST(rearmed_timer_keeps_its_fd)
{
	int fd;

	start_timer(&g.other, must_not_fire, 0, 1);
	fd = g.other.io.fd;
	usleep(3000); /* it is due by now */
	start_timer(&g.other, must_not_fire, LOOP_NEVER, 1);
	assert_int_equal(g.other.io.fd, fd);
	start_timer(&g.timer, stop, 20, 0);
	run_loop();
	start_timer(&g.other, must_not_fire, 3600000, 0);
	start_timer(&g.timer, stop, 20, 0);
	run_loop(); /* a second run runs */
	assert_int_equal(g.ticks, 2);
	loop_timer_stop(&g.loop, &g.other);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

/* Both timers are due at once; whichever comes first removes the other. */
ON_TIMER(remove_other)
{
	loop_timer_stop(&g.loop, &g.other);
	memset(&g.other, 0xff, sizeof(g.other)); /* as if freed */
	loop_stop(&g.loop);
}

TEST(a_callback_may_remove_what_is_also_due)
{
	start_timer(&g.timer, remove_other, 0, 0);
	usleep(1000); /* first come, first served: other's turn is after it */
	start_timer(&g.other, NULL, 0, 0);
	usleep(2000);
	run_loop();
}

ON_TIMER(remove_itself)
{
	loop_timer_stop(&g.loop, t);
	memset(t, 0xff, sizeof(*t));
	loop_stop(&g.loop);
}

TEST(a_callback_may_remove_itself)
{
	start_timer(&g.timer, remove_itself, 0, 1);
	run_loop();
}

TEST(now_counts_from_boot_suspension_included)
{
	struct timespec ts;
	uint64_t before = loop_now(), boot;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	boot = (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
	assert_in_range(boot, before, loop_now());
}

static void caught(struct loop_signals *s, int signo)
{
	(void)s;
	g.signo = signo;
	loop_stop(&g.loop);
}

TEST(a_signal_is_an_event)
{
	sigset_t set;

	g.signals.caught = caught;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	assert_int_equal(loop_signals_start(&g.loop, &g.signals, &set), 0);
	assert_int_equal(
	        loop_signals_start(&g.loop, &g.signals, &set), 0); /* again, without a leak */
	raise(SIGUSR1);
	run_loop();
	assert_int_equal(g.signo, SIGUSR1);
	loop_signals_stop(&g.loop, &g.signals);
	loop_signals_stop(&g.loop, &g.signals);
}

static void gone(struct loop_child *c, int status)
{
	(void)c;
	g.status = status;
	loop_stop(&g.loop);
}

static pid_t sh(const char *command)
{
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, strdup(command), NULL };
	pid_t pid;

	assert_int_equal(posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, NULL), 0);
	free(argv[2]);
	return pid;
}

TEST(child_is_reaped_after_sigchld_was_ignored)
{
	g.child.exited = gone;
	loop_close(&g.loop);
	signal(SIGCHLD, SIG_IGN);
	assert_int_equal(loop_open(&g.loop), 0);
	assert_int_equal(loop_child_watch(&g.loop, &g.child, sh("exit 7")), 0);
	run_loop();
	assert_int_equal(g.status, W_EXITCODE(7, 0));
	assert_int_equal(waitpid(g.child.pid, NULL, WNOHANG), -1); /* nothing is left of it */
	loop_child_stop(&g.loop, &g.child);
}

TEST(a_child_that_another_reaped_does_not_spin_the_loop)
{
	pid_t pid = sh("read x");

	g.child.exited = gone;
	assert_int_equal(loop_child_watch(&g.loop, &g.child, pid), 0);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	run_loop();
	assert_int_equal(g.status, -1);
	assert_false(WIFEXITED(g.status));
	assert_false(WIFSIGNALED(g.status));
}
