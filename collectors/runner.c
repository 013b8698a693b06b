/* SPDX-License-Identifier: Apache-2.0 */
#include "collectors/runner.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "agent/base/backoff.h"
#include "agent/base/log.h"

extern const struct collector certificate_collector, cgroup_collector, clock_collector,
        cpu_collector, devices_collector, disk_collector, files_collector, filesystem_collector,
        kmsg_collector, load_collector, memory_collector, netmount_collector, network_collector,
        paging_collector, pressure_collector, process_collector, smart_collector, sockets_collector,
        tasks_collector, watched_collector;

const struct collector *const collectors[] = { &memory_collector, &filesystem_collector,
	&pressure_collector, &load_collector, &process_collector, &cpu_collector, &paging_collector,
	&disk_collector, &kmsg_collector, &files_collector, &clock_collector,
	&certificate_collector, &netmount_collector, &network_collector, &sockets_collector,
	&tasks_collector, &watched_collector, &devices_collector, &cgroup_collector,
	&smart_collector, NULL };

const struct collector *collector_find(const char *name, size_t len)
{
	for (const struct collector *const *c = collectors; *c; c++)
		if (strlen((*c)->name) == len && strncmp((*c)->name, name, len) == 0)
			return *c;
	return NULL;
}

enum {
	SLOWEST_TICKS = 64, /* each failure halves the reading rate, down to this */
	SLOW_MS = 100, /* a reading takes microseconds; a longer one has waited for something */
};

/* Returns the number of voluntary context switches: how often this thread has slept or waited. */
static long count_waits(void)
{
	struct rusage u;

	return getrusage(RUSAGE_THREAD, &u) < 0 ? 0 : u.ru_nvcsw;
}

/*
 * Readings also take long on a guest with busy CPUs, where they are needed most; so only a reading
 * that waited counts as slow.
 */
static bool is_slow_read(struct runner *r, uint64_t took)
{
	long before = r->waits;

	if (took <= SLOW_MS)
		return false;
	r->waits = count_waits();
	return r->waits > before;
}

static void read_collector(struct run *u)
{
	uint64_t from = loop_now(), took;
	int r = u->c->read(u->owner->table);

	took = loop_now() - from;
	if (is_slow_read(u->owner, took)) {
		if (u->slow++ == 0)
			log_warn("%s: a reading took %llu ms; read less often", u->c->name,
			        (unsigned long long)took);
	} else if (u->slow) {
		log_info("%s: reads fast again", u->c->name);
		u->slow = 0;
	}
	if (r < 0 && u->failures++ == 0)
		log_warn("%s: cannot read: %s", u->c->name, strerror(-r));
	if (r < 0)
		u->error = r;
	if (r == 0 && u->failures) {
		log_info("%s: reads again after %u failures", u->c->name, u->failures);
		u->failures = 0;
	}
	u->wait = (unsigned)backoff_s(
	        1, SLOWEST_TICKS, (u->failures > u->slow ? u->failures : u->slow) + 1);
}

static void handle_fd_ready(struct loop_fd *w, uint32_t events)
{
	struct run *u = container_of(w, struct run, news);

	/* The kernel removed its trigger; a read would only report that events were lost. */
	if ((events & EPOLLERR) && !u->c->input) {
		loop_del(u->owner->loop, w);
		w->fd = -1;
	}
	if (++u->news_count == NEWS_MAX && u->news.fd >= 0)
		(void)loop_mod(u->owner->loop, w, 0);
	table_tick(u->owner->table, loop_now());
	u->owner->waits = count_waits();
	read_collector(u);
	if (u->owner->opened == u->owner->count)
		u->owner->news(u->owner); /* until all are open, the table is incomplete */
}

void runner_begin(struct runner *r, struct loop *l, struct table *t, const struct conf *cf)
{
	r->loop = l;
	r->table = t;
	r->count = r->opened = 0;
	for (const char *s = cf->collectors; *s;) {
		size_t n = strcspn(s, " ,");
		const struct collector *c = collector_find(s, n);

		if (c && r->count < RUNNER_MAX)
			r->run[r->count++] = (struct run){
				.c = c, .owner = r, .news = { .fd = -1, .ready = handle_fd_ready }
			};
		else if (n)
			log_warn("%.*s: %s", (int)n, s,
			        c ? "too many collectors" : "no such collector");
		s += n + (s[n] != '\0');
	}
}

bool runner_next(struct runner *r, const struct conf *cf)
{
	struct run *u = &r->run[r->opened];
	int e;

	if (r->opened == r->count)
		return false;
	r->opened++;
	e = u->c->open(cf, r->table);
	if (e < 0) {
		u->c->close();
		u->state =
		        e == -ENOENT || e == -EOPNOTSUPP || e == -ENODATA ? RUN_ABSENT : RUN_BROKEN;
		u->error = e;
		if (e == -ENODATA)
			log_debug("%s: nothing is configured", u->c->name);
		else if (u->state == RUN_ABSENT)
			log_info("%s: not on this guest", u->c->name);
		else
			(void)log_fail(e, "%s: cannot open", u->c->name);
		return true;
	}
	u->state = RUN_OPEN;
	if (u->c->fd)
		u->news.fd = u->c->fd();
	u->events = u->c->input ? EPOLLIN : EPOLLPRI;
	if (u->news.fd >= 0 && loop_add(r->loop, &u->news, u->events) < 0)
		u->news.fd = -1; /* without events it is still read at every tick */
	return true;
}

void runner_open(struct runner *r, struct loop *l, struct table *t, const struct conf *cf)
{
	runner_begin(r, l, t, cf);
	while (runner_next(r, cf))
		;
}

void runner_tick(struct runner *r)
{
	r->waits = count_waits();
	for (struct run *u = r->run; u < r->run + r->count; u++) {
		if (u->state != RUN_OPEN)
			continue;
		if (u->news_count >= NEWS_MAX && u->news.fd >= 0)
			(void)loop_mod(r->loop, &u->news, u->events);
		u->news_count = 0;
		if (u->wait > 1)
			u->wait--;
		else
			read_collector(u);
	}
}

static const char *run_state_name(const struct run *u)
{
	static const char *const unread[] = {
		[RUN_WAITS] = "starting", [RUN_ABSENT] = "absent", [RUN_BROKEN] = "failing"
	};

	if (u->state != RUN_OPEN)
		return unread[u->state];
	return u->failures ? "failing" : u->slow ? "slow" : "running";
}

json_t *runner_status(const struct runner *r)
{
	json_t *list = json_array();

	for (const struct run *u = r->run; u < r->run + r->count; u++) {
		bool fails = u->failures > 0 || u->state == RUN_BROKEN;

		(void)json_array_append_new(list,
		        json_pack("{ss ss sI so}", "name", u->c->name, "state", run_state_name(u),
		                "failures", (json_int_t)u->failures, "last_error",
		                fails ? json_string(strerror(-u->error)) : json_null()));
	}
	return list;
}

void runner_close(struct runner *r)
{
	for (struct run *u = r->run; u < r->run + r->count; u++) {
		if (u->news.fd >= 0)
			loop_del(r->loop, &u->news);
		if (u->state == RUN_OPEN)
			u->c->close();
	}
	r->count = r->opened = 0;
}
