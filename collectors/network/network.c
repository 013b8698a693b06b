/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network.c - traffic, errors, drops and carrier changes of the network interfaces.
 *
 * An interface is watched if it has a driver or an address; a host of containers has hundreds of
 * others, which are only counted. Counters are read from sysfs through descriptors kept open:
 * /proc/net/dev would cost the reading of all interfaces. Netlink reports changes of links and
 * addresses.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <math.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/base/path.h"
#include "agent/base/text.h"
#include "collectors/lib/collector.h"
#include "collectors/lib/procfile.h"
#include "collectors/lib/rate.h"

enum {
	NICS_MAX = 16,  /* further interfaces count as not watched */
	SCAN_EVERY = 6, /* ticks between scans without netlink */
};

enum { RX_BYTES, TX_BYTES, RX_ERRORS, TX_ERRORS, RX_DROPPED, TX_DROPPED, CHANGES, CARRIER, FILES };

static const char *const files[FILES] = { "statistics/rx_bytes", "statistics/tx_bytes",
	"statistics/rx_errors", "statistics/tx_errors", "statistics/rx_dropped",
	"statistics/tx_dropped", "carrier_changes", "carrier" };

enum { RX, TX, ERRORS, DROPS, CARRIER_CHANGES, UP, SERIES };

static const char *const names[SERIES] = { "net.rx_kib", "net.tx_kib", "net.errors", "net.drops",
	"net.carrier_changes", "net.up" };

static struct nic {
	char name[IFNAMSIZ]; /* "" = free */
	bool seen, had_carrier;
	int fd[FILES];
	struct series *series[SERIES];
	struct rate rate[DROPS + 1];
	double changed, changed_before;
} nics[NICS_MAX];

static int netlink_fd = -1, ioctl_fd = -1;
static unsigned turn, unwatched;
static struct series *count_series, *unwatched_series;
static char with_address6[64][IFNAMSIZ];
static unsigned with_address6_count;

static void release_nic(struct nic *n, bool gone)
{
	for (int i = 0; i < FILES; i++)
		if (n->fd[i] >= 0)
			close(n->fd[i]);
	for (int i = 0; gone && i < SERIES; i++)
		series_drop(n->series[i]);
	n->name[0] = '\0';
}

static void network_close(void)
{
	for (struct nic *n = nics; n < nics + NICS_MAX; n++)
		if (*n->name)
			release_nic(n, false);
	if (netlink_fd >= 0)
		close(netlink_fd);
	if (ioctl_fd >= 0)
		close(ioctl_fd);
	netlink_fd = ioctl_fd = -1;
}

/*
 * Subscribes to netlink notifications about links and addresses. Returns -1 if there are none; the
 * interfaces are then scanned regularly.
 */
static int listen_for_changes(void)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static int network_open(const struct conf *cf, struct table *t)
{
	(void)cf;
	turn = 0;
	count_series = table_series(t, "net.count", "");
	unwatched_series = table_series(t, "net.unwatched", "");
	if (!count_series || !unwatched_series)
		return -ENOSPC;
	if (!procfile_exists("/sys/class/net"))
		return -ENOENT;
	if (*path_kernel_root() == '\0') {
		netlink_fd = listen_for_changes();
		ioctl_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	}
	return 0;
}

/*
 * Reads the interfaces with an IPv6 address from lines such as "fe80000000000000... 02 40 20 80    
 * eth0"; link-local addresses (scope 20) do not count.
 */
static void read_address6(void)
{
	int fd = procfile_open("/proc/net/if_inet6", O_RDONLY);
	const char *s = fd < 0 ? NULL : procfile_scratch(fd);

	with_address6_count = 0;
	for (; s && *s && with_address6_count < 64; s += *s == '\n') {
		char scope[4] = "";

		/* clang-format off */
		if (sscanf(s, "%*32s %*2s %*2s %3s %*2s %15s", scope,
		           with_address6[with_address6_count]) == 2 && strcmp(scope, "20") != 0)
			with_address6_count++;
		/* clang-format on */
		s += strcspn(s, "\n");
	}
	if (fd >= 0)
		close(fd);
}

static bool has_nic_address(const char *name)
{
	struct ifreq r = { 0 };

	STR_COPY(r.ifr_name, name);
	if (ioctl_fd >= 0 && ioctl(ioctl_fd, SIOCGIFADDR, &r) == 0)
		return true;
	for (unsigned i = 0; i < with_address6_count; i++)
		if (strcmp(with_address6[i], name) == 0)
			return true;
	return false;
}

/*
 * Returns true for an interface that is being removed: it is still in sysfs when the notification
 * arrives, but has no index any more.
 */
static bool is_being_removed(const char *name)
{
	struct ifreq r = { 0 };

	STR_COPY(r.ifr_name, name);
	return ioctl_fd >= 0 && ioctl(ioctl_fd, SIOCGIFINDEX, &r) < 0 && errno == ENODEV;
}

static bool is_watched_nic(const char *name)
{
	char path[64];

	if (strcmp(name, "lo") == 0)
		return false;
	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/device", name);
	return procfile_exists(path) || has_nic_address(name);
}

static void open_nic(struct table *t, struct nic *n, const char *name)
{
	char path[96];

	memset(n, 0, sizeof(*n));
	if (table_series_all(t, name, names, n->series, SERIES) < 0)
		return;
	for (int i = 0; i < FILES; i++) {
		(void)snprintf(path, sizeof(path), "/sys/class/net/%s/%s", name, files[i]);
		n->fd[i] = procfile_open(path, O_RDONLY);
	}
	n->changed_before = NAN;
	n->seen = true;
	STR_COPY(n->name, name);
}

static bool visit_nic(const char *name, void *arg)
{
	struct nic *slot = NULL;

	if (strlen(name) >= IFNAMSIZ || is_being_removed(name))
		return true;
	if (!is_watched_nic(name)) {
		unwatched += strcmp(name, "lo") != 0;
		return true;
	}
	for (struct nic *n = nics; n < nics + NICS_MAX; n++) {
		if (strcmp(n->name, name) == 0) {
			n->seen = true;
			return true;
		}
		if (!*n->name && !slot)
			slot = n;
	}
	if (slot)
		open_nic(arg, slot, name);
	unwatched += !slot;
	return true;
}

/* A second pass follows if the first has freed a slot that another interface can use. */
static int rescan_nics(struct table *t)
{
	bool freed = true;
	int r = 0;

	read_address6();
	for (int i = 0; i < 2 && r == 0 && freed; i++) {
		for (struct nic *n = nics; n < nics + NICS_MAX; n++)
			n->seen = false;
		unwatched = 0;
		r = procfile_list("/sys/class/net", visit_nic, t);
		freed = false;
		for (struct nic *n = nics; n < nics + NICS_MAX && r == 0; n++) {
			if (!*n->name || n->seen)
				continue;
			release_nic(n, true);
			freed = true;
		}
	}
	return r;
}

/* Returns whether links or addresses have changed. A lost message (ENOBUFS) counts as a change. */
static bool has_link_change(void)
{
	char buf[8192];
	bool any = turn++ == 0;

	if (netlink_fd < 0)
		return any || turn % SCAN_EVERY == 0;
	for (int i = 0; i < 64; i++) {
		ssize_t n = recv(netlink_fd, buf, sizeof(buf), 0);

		if (n < 0 && errno != ENOBUFS)
			break;
		any = true;
	}
	return any;
}

static double read_interface_number(int fd)
{
	char text[32];

	return fd >= 0 && procfile_read(fd, text, sizeof(text)) > 0 ? procfile_digits(text, NULL)
	                                                            : NAN;
}

/*
 * Counts carrier changes after the link was up for the first time: bringing it up may take several
 * attempts.
 */
static void count_carrier_changes(struct nic *n, const double v[static FILES])
{
	double more = rate_more(&n->changed_before, v[CHANGES]);

	if (n->had_carrier)
		n->changed += more;
	n->had_carrier = n->had_carrier || v[CARRIER] == 1;
}

static void read_nic(struct nic *n, const struct table *t)
{
	double v[FILES];

	for (int i = 0; i < FILES; i++)
		v[i] = read_interface_number(n->fd[i]);
	series_set(n->series[RX], t, rate_of(&n->rate[RX], t, v[RX_BYTES]) / 1024);
	series_set(n->series[TX], t, rate_of(&n->rate[TX], t, v[TX_BYTES]) / 1024);
	series_set(n->series[ERRORS], t, rate_of(&n->rate[ERRORS], t, v[RX_ERRORS] + v[TX_ERRORS]));
	series_set(n->series[DROPS], t, rate_of(&n->rate[DROPS], t, v[RX_DROPPED] + v[TX_DROPPED]));
	count_carrier_changes(n, v);
	series_set(n->series[CARRIER_CHANGES], t, isnan(v[CHANGES]) ? NAN : n->changed);
	series_set(n->series[UP], t, v[CARRIER]); /* unknown while the interface is down */
}

static int network_read(struct table *t)
{
	int r = has_link_change() ? rescan_nics(t) : 0;
	unsigned n = 0;

	for (struct nic *k = nics; k < nics + NICS_MAX; k++) {
		if (!*k->name)
			continue;
		read_nic(k, t);
		n++;
	}
	series_set(count_series, t, n);
	series_set(unwatched_series, t, unwatched);
	return r;
}

static int network_fd(void)
{
	return netlink_fd;
}

const struct collector network_collector = {
	.name = "network",
	.open = network_open,
	.read = network_read,
	.close = network_close,
	.fd = network_fd,
	.input = true,
};
