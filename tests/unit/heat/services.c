/* SPDX-License-Identifier: Apache-2.0 */
/* services.c - C13: services that must run, with a service manager of the test's own. */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include "agent/base/log.h"
#include "heat/compat/services.h"
#include "tests/unit/lib/guest.h"
#include "tests/unit/lib/json.h"

static struct rig {
	struct loop loop;
	struct services services;
	struct conf conf;
	struct loop_timer patience;
	unsigned restarted;
	int rc;
	char who[256];
} g;

static void restarted(struct services *s, const char *resource, const char *name, int rc)
{
	(void)s;
	g.restarted++;
	g.rc = rc;
	(void)snprintf(g.who, sizeof(g.who), "%s/%s", resource, name);
}

static void stop_if_idle(struct loop *l)
{
	if (!g.services.busy)
		loop_stop(l);
}

ON_TIMER(out_of_patience)
{
	fail_msg("the service manager was waited for in vain");
}

/* `status` fails until the file `up` exists; `start` runs the given command. */
static void manager(const char *start)
{
	guest_put_program("/bin/systemctl",
	        fmt("#!/bin/sh\necho \"$@\" >> %s/asked\ncase $1 in\nstatus) test -e %s/up ;;\n"
	            "start) %s ;;\nesac\n",
	                guest_dir, guest_dir, start),
	        0755);
}

FIXTURE(setup)
{
	g = (struct rig){ .conf = { .interval_s = 10, .service_max_restarts = 2 } };
	log_open(LOG_EMERG);
	if (guest_open(state) < 0 || loop_open(&g.loop) < 0)
		return -1;
	services_open(&g.services, &g.loop);
	g.services.restarted = restarted;
	g.loop.prepare = stop_if_idle;
	return 0;
}

FIXTURE(teardown)
{
	services_close(&g.services);
	loop_close(&g.loop);
	return guest_close(state);
}

static void poll_once(const char *resource)
{
	json_auto_t *m =
	        json_of("{'config': {'services': {'systemd': {'web': {'ensureRunning': true}}}}}");

	services_check(&g.services, &g.conf, resource, m);
}

static void settle(void)
{
	g.patience.fired = out_of_patience;
	assert_int_equal(loop_timer_start(&g.loop, &g.patience, 10000, 0), 0);
	assert_int_equal(loop_run(&g.loop), 0);
	loop_timer_stop(&g.loop, &g.patience);
}

static void poll_and_settle(void)
{
	poll_once("S");
	settle();
}

static unsigned asked(const char *what)
{
	unsigned n = 0;

	for (const char *s = guest_text("/asked"); (s = strstr(s, what)) != NULL; s++)
		n++;
	return n;
}

TEST(running_service_is_left_alone)
{
	manager("true");
	guest_put("/up", "");
	poll_and_settle();
	assert_int_equal(asked("status web.service"), 1);
	assert_int_equal(asked("start"), 0);
	assert_int_equal(g.restarted, 0);
}

TEST(stopped_service_is_started_and_reported)
{
	manager("exit 5");
	poll_and_settle();
	assert_int_equal(asked("start web.service"), 1);
	assert_int_equal(g.restarted, 1);
	assert_int_equal(g.rc, 5);
	assert_string_equal(g.who, "S/web");
}

TEST(service_that_stops_repeatedly_is_paused)
{
	manager("true"); /* says that it has started, and is dead again */
	for (int i = 0; i < 6; i++)
		poll_and_settle();
	/* Twice at once, a third time with a pause behind it. */
	assert_int_equal(asked("start"), 3);
	assert_int_equal(asked("status"), 6);
	guest_put("/up", ""); /* somebody has mended it */
	poll_and_settle();
	assert_int_equal(path_remove("/up"), 0);
	poll_and_settle();
	assert_int_equal(asked("start"), 4);
}

TEST(a_second_resource_waits_for_its_turn)
{
	manager("true");
	poll_once("A");
	poll_once("B");
	poll_once("B");
	settle();
	assert_int_equal(g.restarted, 2);
	assert_string_equal(g.who, "B/web");
	assert_false(g.services.busy);
}

TEST(missing_service_manager_does_not_hang)
{
	poll_and_settle();
	assert_false(g.services.busy);
	assert_int_equal(g.restarted, 0);
}
