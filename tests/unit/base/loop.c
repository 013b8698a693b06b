/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/lib/test.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/loop.h"

struct rig {
	struct loop loop;
	struct loop_timer timer, other;
	struct loop_signals signals;
	struct loop_child child;
	unsigned ticks;
	int status, signo;
};

static void third_tick_stops(struct loop_timer *t, uint64_t missed)
{
	struct rig *g = container_of(t, struct rig, timer);

	(void)missed;
	if (++g->ticks == 3)
		loop_stop(&g->loop);
}

TEST(a_timer_repeats)
{
	struct rig g = { .timer.fired = third_tick_stops };

	assert_int_equal(loop_open(&g.loop), 0);
	assert_int_equal(loop_timer_start(&g.loop, &g.timer, 0, 5), 0);
	assert_int_equal(loop_run(&g.loop), 0);
	assert_int_equal(g.ticks, 3);
	loop_timer_stop(&g.loop, &g.timer);
	loop_timer_stop(&g.loop, &g.timer); /* twice does no harm */
	loop_close(&g.loop);
	loop_close(&g.loop);
}

TEST(unstarted_timer_stops_without_closing_stdin)
{
	struct rig g = { 0 };

	assert_int_equal(loop_open(&g.loop), 0);
	assert_true(fcntl(0, F_GETFD) >= 0);
	loop_timer_stop(&g.loop, &g.timer);
	loop_signals_stop(&g.loop, &g.signals);
	loop_child_stop(&g.loop, &g.child);
	assert_true(fcntl(0, F_GETFD) >= 0);
	loop_close(&g.loop);
}

static void slow(struct loop_timer *t, uint64_t missed)
{
	struct rig *g = container_of(t, struct rig, timer);

	if (g->ticks++ == 0)
		usleep(55000);
	else
		assert_in_range(missed, 3, 50);
	if (g->ticks == 2)
		loop_stop(&g->loop);
}

TEST(a_stalled_guest_is_told_what_it_missed)
{
	struct rig g = { .timer.fired = slow };

	assert_int_equal(loop_open(&g.loop), 0);
	assert_int_equal(loop_timer_start(&g.loop, &g.timer, 0, 10), 0);
	assert_int_equal(loop_run(&g.loop), 0);
	loop_timer_stop(&g.loop, &g.timer);
	loop_close(&g.loop);
}

static void stop(struct loop_timer *t, uint64_t missed)
{
	struct rig *g = container_of(t, struct rig, timer);

	(void)missed;
	g->ticks++;
	loop_stop(&g->loop);
}

static void must_not_fire(struct loop_timer *t, uint64_t missed)
{
	(void)t;
	(void)missed;
	fail();
}

TEST(rearmed_timer_keeps_its_fd)
{
	struct rig g = { .timer.fired = stop, .other.fired = must_not_fire };
	int fd;

	assert_int_equal(loop_open(&g.loop), 0);
	assert_int_equal(loop_timer_start(&g.loop, &g.other, 0, 1), 0);
	fd = g.other.io.fd;
	usleep(3000); /* it is due by now */
	assert_int_equal(loop_timer_start(&g.loop, &g.other, LOOP_NEVER, 1), 0);
	assert_int_equal(g.other.io.fd, fd);
	assert_int_equal(loop_timer_start(&g.loop, &g.timer, 20, 0), 0);
	assert_int_equal(loop_run(&g.loop), 0);
	assert_int_equal(loop_timer_start(&g.loop, &g.other, 3600000, 0), 0);
	assert_int_equal(loop_timer_start(&g.loop, &g.timer, 20, 0), 0);
	assert_int_equal(loop_run(&g.loop), 0); /* a second run runs */
	assert_int_equal(g.ticks, 2);
	loop_timer_stop(&g.loop, &g.timer);
	loop_timer_stop(&g.loop, &g.other);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	loop_close(&g.loop);
}

/* Both timers are due at once; whichever comes first removes the other. */
static void remove_other(struct loop_timer *t, uint64_t missed)
{
	struct rig *g = container_of(t, struct rig, timer);

	(void)missed;
	loop_timer_stop(&g->loop, &g->other);
	memset(&g->other, 0xff, sizeof(g->other)); /* as if freed */
	loop_stop(&g->loop);
}

TEST(a_callback_may_remove_what_is_also_due)
{
	struct rig g = { .timer.fired = remove_other, .other.fired = NULL };

	assert_int_equal(loop_open(&g.loop), 0);
	assert_int_equal(loop_timer_start(&g.loop, &g.timer, 0, 0), 0);
	usleep(1000); /* first come, first served: other's turn is after it */
	assert_int_equal(loop_timer_start(&g.loop, &g.other, 0, 0), 0);
	usleep(2000);
	assert_int_equal(loop_run(&g.loop), 0);
	loop_timer_stop(&g.loop, &g.timer);
	loop_close(&g.loop);
}

static void remove_itself(struct loop_timer *t, uint64_t missed)
{
	struct rig *g = container_of(t, struct rig, timer);

	(void)missed;
	loop_timer_stop(&g->loop, t);
	memset(t, 0xff, sizeof(*t));
	loop_stop(&g->loop);
}

TEST(a_callback_may_remove_itself)
{
	struct rig g = { .timer.fired = remove_itself };

	assert_int_equal(loop_open(&g.loop), 0);
	assert_int_equal(loop_timer_start(&g.loop, &g.timer, 0, 1), 0);
	assert_int_equal(loop_run(&g.loop), 0);
	loop_close(&g.loop);
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
	struct rig *g = container_of(s, struct rig, signals);

	g->signo = signo;
	loop_stop(&g->loop);
}

TEST(a_signal_is_an_event)
{
	struct rig g = { .signals.caught = caught };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	assert_int_equal(loop_open(&g.loop), 0);
	assert_int_equal(loop_signals_start(&g.loop, &g.signals, &set), 0);
	assert_int_equal(
	        loop_signals_start(&g.loop, &g.signals, &set), 0); /* again, without a leak */
	raise(SIGUSR1);
	assert_int_equal(loop_run(&g.loop), 0);
	assert_int_equal(g.signo, SIGUSR1);
	loop_signals_stop(&g.loop, &g.signals);
	loop_signals_stop(&g.loop, &g.signals);
	loop_close(&g.loop);
}

static void gone(struct loop_child *c, int status)
{
	struct rig *g = container_of(c, struct rig, child);

	g->status = status;
	loop_stop(&g->loop);
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
	struct rig g = { .child.exited = gone };

	signal(SIGCHLD, SIG_IGN);
	assert_int_equal(loop_open(&g.loop), 0);
	assert_int_equal(loop_child_watch(&g.loop, &g.child, sh("exit 7")), 0);
	assert_int_equal(loop_run(&g.loop), 0);
	assert_true(WIFEXITED(g.status));
	assert_int_equal(WEXITSTATUS(g.status), 7);
	assert_int_equal(waitpid(g.child.pid, NULL, WNOHANG), -1); /* nothing is left of it */
	loop_child_stop(&g.loop, &g.child);
	loop_close(&g.loop);
}

TEST(a_child_that_another_reaped_does_not_spin_the_loop)
{
	struct rig g = { .child.exited = gone };
	pid_t pid = sh("read x");

	assert_int_equal(loop_open(&g.loop), 0);
	assert_int_equal(loop_child_watch(&g.loop, &g.child, pid), 0);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(loop_run(&g.loop), 0);
	assert_int_equal(g.status, -1);
	assert_false(WIFEXITED(g.status));
	assert_false(WIFSIGNALED(g.status));
	loop_close(&g.loop);
}
