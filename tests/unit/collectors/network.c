/* SPDX-License-Identifier: Apache-2.0 */
/* network.c - interfaces, sockets and ports: recorded, hostile, and real ones. */
#include "tests/unit/lib/collector_rig.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "collectors/network/ports.h"

static void put_nic(const char *name, bool physical, const char *rx)
{
	const struct {
		const char *file, *text;
	} files[] = { { "statistics/rx_bytes", rx }, { "statistics/tx_bytes", "0\n" },
		{ "statistics/rx_errors", "0\n" }, { "statistics/tx_errors", "0\n" },
		{ "statistics/rx_dropped", "0\n" }, { "statistics/tx_dropped", "0\n" },
		{ "carrier_changes", "2\n" }, { "carrier", "1\n" }, { "device/x", "" } };

	for (size_t i = 0; i < ARRAY_SIZE(files) - !physical; i++)
		guest_put(fmt("/sys/class/net/%s/%s", name, files[i].file), files[i].text);
}

TEST(relevant_interfaces_are_watched_others_counted)
{
	put_nic("eth0", true, "1024\n");
	put_nic("veth1", false, "0\n");
	put_nic("br0", false, "0\n");
	put_nic("lo", false, "0\n");
	guest_put("/proc/net/if_inet6", "fe800000000000000000000000000001 03 40 20 80    veth1\n"
	                                "20010db8000000000000000000000001 04 40 00 80      br0\n");
	begin("network");
	expect("", "net.count 2, net.unwatched 1, net.up[eth0] 1, net.carrier_changes[eth0] 0");
	expect("", "net.up[br0] present, net.up[veth1] absent");
	overwrite("/sys/class/net/eth0/statistics/rx_bytes", "103424\n");
	overwrite("/sys/class/net/eth0/statistics/rx_errors", "50\n");
	overwrite("/sys/class/net/eth0/carrier_changes", "4\n");
	tick_with("/sys/class/net/eth0/carrier", "");
	expect("eth0",
	        "net.rx_kib 10, net.errors 5, net.drops 0, net.carrier_changes 2, net.up unknown");
}

TEST(a_link_that_comes_up_at_first_has_not_failed)
{
	put_nic("eth0", true, "0\n");
	overwrite("/sys/class/net/eth0/carrier", "0\n");
	begin("network");
	overwrite("/sys/class/net/eth0/carrier_changes", "5\n");
	tick_with("/sys/class/net/eth0/carrier", "1\n");
	expect("eth0", "net.carrier_changes 0");
	overwrite("/sys/class/net/eth0/carrier_changes", "6\n");
	tick_with("/sys/class/net/eth0/carrier", "0\n");
	expect("eth0", "net.carrier_changes 1");
}

TEST(interfaces_come_and_go)
{
	put_nic("eth0", true, "0\n");
	begin("network");
	for (int i = 1; i < 20; i++)
		put_nic(fmt("eth%d", i), true, "0\n");
	ticks(6);
	expect("", "net.count 16, net.unwatched 4");
	assert_int_equal(rename(guest_path("/sys/class/net/eth0"), guest_path("/gone")), 0);
	ticks(6);
	expect("eth0", "net.up absent");
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
	expect("", "tcp.mem.used_ratio 0.25, tcp.orphans.used_ratio 0.1, tcp.ports.used_ratio 0.3, "
	           "net.conntrack.used_ratio 0.25, tcp.sockets 10");
	put_sockets("TCP: inuse 10 orphan 0 tw 0 alloc 0 mem 0\n",
	        "Tcp: RtoMin OutSegs RetransSegs\nTcp: 200 1100 30\n",
	        "TcpExt: A ListenOverflows ListenDrops TCPAbortOnMemory\nTcpExt: 9 25 6 7\n");
	tick();
	expect("", "tcp.listen_overflows 2, tcp.listen_drops 0, tcp.retransmitted_ratio 0.2");
}

TEST(tables_no_kernel_writes_make_no_number)
{
	static const char *const hostile[] = { "", "TCP:", "TcpExt:", "TcpExt: ListenOverflows\n",
		"TcpExt: ListenOverflows\nTcpExt:\n", "TcpExt: a ListenOverflows\nTcpExt: 1\n",
		"Tcp: OutSegs\nTcp: x\n", "TcpExt: TcpExt: TcpExt:", "\xff\xfe",
		"TCP: inuse -1 mem x\n" };

	guest_put("/proc/net/sockstat", "");
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		put_sockets(hostile[i], hostile[i], hostile[i]);
		begin("sockets");
		tick();
		expect("", "tcp.listen_overflows unknown, tcp.mem.used_ratio unknown, "
		           "tcp.retransmitted_ratio unknown, tcp.ports.used_ratio unknown");
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
