/* SPDX-License-Identifier: Apache-2.0 */
/* network.c - interfaces, sockets and ports: recorded, hostile, and real ones. */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/collector_rig.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "collectors/network/ports.h"

static void put_nic(const char *name, bool physical, const char *rx, const char *errors)
{
	static const char *const zero[] = { "statistics/tx_bytes", "statistics/tx_errors",
		"statistics/rx_dropped", "statistics/tx_dropped" };
	char path[128];

	for (size_t i = 0; i < ARRAY_SIZE(zero); i++) {
		(void)snprintf(path, sizeof(path), "/sys/class/net/%s/%s", name, zero[i]);
		guest_put(path, "0\n");
	}
	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/rx_bytes", name);
	guest_put(path, rx);
	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/rx_errors", name);
	guest_put(path, errors);
	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/carrier_changes", name);
	guest_put(path, "2\n");
	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/carrier", name);
	guest_put(path, "1\n");
	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/device/x", name);
	if (physical)
		guest_put(path, "");
}

TEST(relevant_interfaces_are_watched_others_counted)
{
	put_nic("eth0", true, "1024\n", "0\n");
	put_nic("veth1", false, "0\n", "0\n");
	put_nic("br0", false, "0\n", "0\n");
	put_nic("lo", false, "0\n", "0\n");
	guest_put("/proc/net/if_inet6", "fe800000000000000000000000000001 03 40 20 80    veth1\n"
	                                "20010db8000000000000000000000001 04 40 00 80      br0\n");
	begin("network");
	assert_near(value("net.count"), 2);
	assert_near(value("net.unwatched"), 1);
	assert_near(of("net.up", "eth0"), 1);
	assert_near(of("net.carrier_changes", "eth0"), 0);
	assert_true(exists("net.up", "br0"));
	assert_false(exists("net.up", "veth1"));
	overwrite("/sys/class/net/eth0/statistics/rx_bytes", "103424\n");
	overwrite("/sys/class/net/eth0/statistics/rx_errors", "50\n");
	overwrite("/sys/class/net/eth0/carrier_changes", "4\n");
	overwrite("/sys/class/net/eth0/carrier", "");
	tick();
	assert_near(of("net.rx_kib", "eth0"), 10);
	assert_near(of("net.errors", "eth0"), 5);
	assert_near(of("net.drops", "eth0"), 0);
	assert_near(of("net.carrier_changes", "eth0"), 2);
	assert_true(isnan(of("net.up", "eth0")));
}

TEST(a_link_that_comes_up_at_first_has_not_failed)
{
	put_nic("eth0", true, "0\n", "0\n");
	overwrite("/sys/class/net/eth0/carrier", "0\n");
	begin("network");
	overwrite("/sys/class/net/eth0/carrier_changes", "5\n");
	overwrite("/sys/class/net/eth0/carrier", "1\n");
	tick();
	assert_near(of("net.carrier_changes", "eth0"), 0);
	overwrite("/sys/class/net/eth0/carrier_changes", "6\n");
	overwrite("/sys/class/net/eth0/carrier", "0\n");
	tick();
	assert_near(of("net.carrier_changes", "eth0"), 1);
}

TEST(interfaces_come_and_go)
{
	char name[16];

	put_nic("eth0", true, "0\n", "0\n");
	begin("network");
	for (int i = 1; i < 20; i++) {
		(void)snprintf(name, sizeof(name), "eth%d", i);
		put_nic(name, true, "0\n", "0\n");
	}
	for (int i = 0; i < 6; i++)
		tick();
	assert_near(value("net.count"), 16);
	assert_near(value("net.unwatched"), 4);
	{
		char from[PATH_MAX], to[PATH_MAX];

		assert_int_equal(path_full(from, "/sys/class/net/eth0"), 0);
		assert_int_equal(path_full(to, "/gone"), 0);
		assert_int_equal(rename(from, to), 0);
	}
	for (int i = 0; i < 6; i++)
		tick();
	assert_false(exists("net.up", "eth0"));
	assert_near(value("net.count"), 15 + 1); /* one that had no room has it now */
}

static void put_sockets(const char *sockstat, const char *snmp, const char *netstat)
{
	overwrite("/proc/net/sockstat", sockstat);
	overwrite("/proc/net/snmp", snmp);
	overwrite("/proc/net/netstat", netstat);
}

TEST(network_resources_are_shares_of_their_limits)
{
	guest_put("/proc/net/sockstat", "");
	guest_put("/proc/net/snmp", "");
	guest_put("/proc/net/netstat", "");
	guest_put("/proc/sys/net/ipv4/tcp_mem", "100\t200\t400\n");
	guest_put("/proc/sys/net/ipv4/tcp_max_orphans", "50\n");
	guest_put("/proc/sys/net/ipv4/ip_local_port_range", "30001\t30100\n");
	guest_put("/proc/sys/net/netfilter/nf_conntrack_count", "25\n");
	guest_put("/proc/sys/net/netfilter/nf_conntrack_max", "100\n");
	put_sockets("sockets: used 16\nTCP: inuse 10 orphan 5 tw 20 alloc 12 mem 100\nUDP: inuse 3 "
	            "mem 9\n",
	        "Ip: Forwarding X\nIp: 1 2\nTcp: RtoMin OutSegs RetransSegs\nTcp: 200 1000 10\n",
	        "TcpExt: A ListenOverflows ListenDrops TCPAbortOnMemory\nTcpExt: 9 5 6 7\n"
	        "IpExt: ListenOverflows\nIpExt: 77\n");
	begin("sockets");
	assert_near(value("tcp.mem.used_ratio"), 0.25);
	assert_near(value("tcp.orphans.used_ratio"), 0.1);
	assert_near(value("tcp.ports.used_ratio"), 0.3);
	assert_near(value("net.conntrack.used_ratio"), 0.25);
	assert_near(value("tcp.sockets"), 10);
	put_sockets("TCP: inuse 10 orphan 0 tw 0 alloc 0 mem 0\n",
	        "Tcp: RtoMin OutSegs RetransSegs\nTcp: 200 1100 30\n",
	        "TcpExt: A ListenOverflows ListenDrops TCPAbortOnMemory\nTcpExt: 9 25 6 7\n");
	tick();
	assert_near(value("tcp.listen_overflows"), 2);
	assert_near(value("tcp.listen_drops"), 0);
	assert_near(value("tcp.retransmitted_ratio"), 0.2);
}

TEST(tables_no_kernel_writes_make_no_number)
{
	static const char *const hostile[] = { "", "TCP:", "TcpExt:", "TcpExt: ListenOverflows\n",
		"TcpExt: ListenOverflows\nTcpExt:\n", "TcpExt: a ListenOverflows\nTcpExt: 1\n",
		"Tcp: OutSegs\nTcp: x\n", "TcpExt: TcpExt: TcpExt:", "\xff\xfe",
		"TCP: inuse -1 mem x\n" };

	guest_put("/proc/net/sockstat", "");
	guest_put("/proc/net/snmp", "");
	guest_put("/proc/net/netstat", "");
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		put_sockets(hostile[i], hostile[i], hostile[i]);
		begin("sockets");
		tick();
		assert_true(isnan(value("tcp.listen_overflows")));
		assert_true(isnan(value("tcp.mem.used_ratio")));
		assert_true(isnan(value("tcp.retransmitted_ratio")));
		assert_true(isnan(value("tcp.ports.used_ratio")));
		runner_close(&runner);
	}
}

TEST(a_port_that_is_taken_is_counted_once)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int a = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), b;
	socklen_t len = sizeof(at);
	unsigned port;

	assert_int_equal(bind(a, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(a, 5), 0);
	assert_int_equal(getsockname(a, (struct sockaddr *)&at, &len), 0);
	port = ntohs(at.sin_port);
	if (isnan(ports_in_use(port, port)))
		skip(); /* a kernel without sock_diag */
	assert_near(ports_in_use(port, port), 1);
	b = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(b, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_near(ports_in_use(port, port), 1); /* two connections' ends, one port */
	close(a);
	close(b);
	ports_close();
}
