/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sockets.c - limited resources of the network stack (TCP memory, orphans, tracked connections,
 * ports), and its failures: listen queues that overflow, retransmitted segments.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "collectors/lib/collector.h"
#include "collectors/lib/procfile.h"
#include "collectors/lib/rate.h"
#include "collectors/network/ports.h"

enum { SOCKSTAT, SNMP, NETSTAT, TCP_MEM, MAX_ORPHANS, PORT_RANGE, TRACKED, TRACKED_MAX, FILES };

static const char *const paths[FILES] = { [SOCKSTAT] = "/proc/net/sockstat",
	[SNMP] = "/proc/net/snmp",
	[NETSTAT] = "/proc/net/netstat",
	[TCP_MEM] = "/proc/sys/net/ipv4/tcp_mem",
	[MAX_ORPHANS] = "/proc/sys/net/ipv4/tcp_max_orphans",
	[PORT_RANGE] = "/proc/sys/net/ipv4/ip_local_port_range",
	[TRACKED] = "/proc/sys/net/netfilter/nf_conntrack_count",
	[TRACKED_MAX] = "/proc/sys/net/netfilter/nf_conntrack_max" };

enum {
	MEMORY_USED,
	ORPHANS_USED,
	PORTS_USED,
	TRACKED_USED,
	IN_USE,
	TIME_WAIT,
	OVERFLOWS,
	DROPS,
	ABORTS,
	RETRANSMITTED,
	SERIES
};

static const char *const names[SERIES] = { "tcp.mem.used_ratio", "tcp.orphans.used_ratio",
	"tcp.ports.used_ratio", "net.conntrack.used_ratio", "tcp.sockets", "tcp.time_wait",
	"tcp.listen_overflows", "tcp.listen_drops", "tcp.memory_aborts",
	"tcp.retransmitted_ratio" };

static int fds[FILES] = { -1, -1, -1, -1, -1, -1, -1, -1 };
static struct series *series[SERIES];
static struct rate overflows, drops, aborts;
static double sent_before, retransmitted_before;

static void sockets_close(void)
{
	for (int i = 0; i < FILES; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
	ports_close();
}

static int sockets_open(const struct conf *cf, struct table *t)
{
	(void)cf;
	overflows = drops = aborts = (struct rate){ 0 };
	sent_before = retransmitted_before = NAN;
	if (table_series_all(t, "", names, series, SERIES) < 0)
		return -ENOSPC;
	for (int i = 0; i < FILES; i++)
		fds[i] = procfile_open(paths[i], O_RDONLY);
	return fds[SOCKSTAT] < 0 ? fds[SOCKSTAT] : 0;
}

static double read_socket_number(int fd)
{
	double v[3];

	procfile_numbers(fd, v);
	return v[0];
}

/*
 *	TcpExt: SyncookiesSent ListenOverflows ListenDrops
 *	TcpExt: 0 5 5
 *
 * Returns the column `name` of the second line that begins with `prefix`.
 */
static double find_column(const char *text, const char *prefix, const char *name)
{
	const char *heads = strstr(text, prefix), *values;
	size_t len = strlen(name);

	values = heads ? strstr(heads + strlen(prefix), prefix) : NULL;
	if (!values)
		return NAN;
	heads += strlen(prefix);
	values += strlen(prefix);
	while (*heads == ' ' && *values == ' ') {
		size_t n = strcspn(++heads, " \n");

		if (n == len && strncmp(heads, name, n) == 0)
			return procfile_digits(values + 1, NULL);
		heads += n;
		values++;
		values += strcspn(values, " \n");
	}
	return NAN;
}

static double socket_share(double used, double whole)
{
	return whole > 0 ? used / whole : NAN;
}

/*
 * Returns the used share of the ports for outgoing connections. The number of sockets is an upper
 * bound; only above half of the range are the sockets listed, since a server's connections share a
 * port.
 */
static double read_ports_used(double sockets)
{
	double range[3], low, high, n = sockets;

	procfile_numbers(fds[PORT_RANGE], range);
	low = range[0];
	high = range[1];
	if (!(high >= low) || low < 1 || high > 65535 || isnan(sockets))
		return NAN;
	if (sockets > (high - low + 1) / 2)
		n = ports_in_use((unsigned)low, (unsigned)high);
	return n / (high - low + 1);
}

/* Parses "TCP: inuse 1 orphan 0 tw 34 alloc 1 mem 435": sockets, and pages of memory. */
static void read_sockstat(const struct table *t)
{
	char text[1024] = "";
	const char *s;
	double in_use, waiting, pages[3];

	procfile_numbers(fds[TCP_MEM], pages);
	if (procfile_read(fds[SOCKSTAT], text, sizeof(text)) < 0)
		text[0] = '\0';
	s = strstr(text, "TCP:");
	s = s ? s : "";
	in_use = procfile_number(s, "inuse ");
	waiting = procfile_number(s, "tw ");
	series_set(series[IN_USE], t, in_use);
	series_set(series[TIME_WAIT], t, waiting);
	series_set(series[MEMORY_USED], t, socket_share(procfile_number(s, "mem "), pages[2]));
	series_set(series[ORPHANS_USED], t,
	        socket_share(procfile_number(s, "orphan "), read_socket_number(fds[MAX_ORPHANS])));
	series_set(series[PORTS_USED], t, read_ports_used(in_use + waiting));
}

static void read_segments(const struct table *t)
{
	const char *text = fds[SNMP] < 0 ? NULL : procfile_scratch(fds[SNMP]);
	double sent = text ? find_column(text, "Tcp:", "OutSegs") : NAN;
	double retransmitted = text ? find_column(text, "Tcp:", "RetransSegs") : NAN;
	double all = sent >= sent_before ? sent - sent_before : NAN;

	/* Too few segments for a meaningful ratio. */
	series_set(series[RETRANSMITTED], t,
	        all >= 20 && retransmitted >= retransmitted_before
	                ? fmin((retransmitted - retransmitted_before) / all, 1)
	        : all >= 0 ? 0
	                   : NAN);
	sent_before = sent;
	retransmitted_before = retransmitted;
}

static int sockets_read(struct table *t)
{
	const char *text;

	read_sockstat(t);
	read_segments(t);
	text = fds[NETSTAT] < 0 ? NULL : procfile_scratch(fds[NETSTAT]);
	text = text ? text : "";
	series_set(series[OVERFLOWS], t,
	        rate_of(&overflows, t, find_column(text, "TcpExt:", "ListenOverflows")));
	series_set(
	        series[DROPS], t, rate_of(&drops, t, find_column(text, "TcpExt:", "ListenDrops")));
	series_set(series[ABORTS], t,
	        rate_of(&aborts, t, find_column(text, "TcpExt:", "TCPAbortOnMemory")));
	series_set(series[TRACKED_USED], t,
	        socket_share(
	                read_socket_number(fds[TRACKED]), read_socket_number(fds[TRACKED_MAX])));
	return isnan(series[IN_USE]->value) ? -EBADMSG : 0;
}

const struct collector sockets_collector = {
	.name = "sockets",
	.open = sockets_open,
	.read = sockets_read,
	.close = sockets_close,
};
