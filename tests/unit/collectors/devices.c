/* SPDX-License-Identifier: Apache-2.0 */
/* devices.c - devices that come and go, as the kernel tells it, and services with a limit. */
#include "tests/unit/lib/collector_rig.h"

#include "collectors/lib/uevent.h"
#include "collectors/system/platform.h"

TEST(kernel_uevents_are_parsed_and_others_rejected)
{
	static char disk[] =
	        "add@/devices/pci0000:00/0000:00:05.0/virtio2/block/vdb\0ACTION=add\0"
	        "DEVPATH=/devices/pci0000:00/0000:00:05.0/virtio2/block/vdb\0SUBSYSTEM=block\0"
	        "MAJOR=254\0MINOR=16\0DEVNAME=vdb\0DEVTYPE=disk\0DISKSEQ=9\0SEQNUM=1200";
	static char nic[] =
	        "remove@/devices/virtual/net/eth1\0ACTION=remove\0SUBSYSTEM=net\0INTERFACE=eth1";
	static char drive[] =
	        "change@/devices/pci0000:00/0000:00:08.0/nvme/nvme0\0ACTION=change\0"
	        "DEVPATH=/devices/pci0000:00/0000:00:08.0/nvme/nvme0\0SUBSYSTEM=nvme\0"
	        "NVME_AEN=0x020001\0MAJOR=246\0MINOR=0\0DEVNAME=nvme0\0SEQNUM=1201";
	static const struct {
		const char *text;
		size_t len;
	} hostile[] = { { "", 0 }, { "", 1 }, { "add", 4 }, { "add@x", 6 },
		{ "add@x\0ACTION=add", 16 }, { "add@x\0ACTION=\0SUBSYSTEM=block", 30 },
		{ "x\0ACTION=add\0SUBSYSTEM=net", 27 }, { "add@x\0\0\0\0\0\0", 12 } };
	struct uevent e;

	assert_true(uevent_parse(disk, sizeof(disk), &e));
	assert_string_equal(e.action, "add");
	assert_string_equal(e.subsystem, "block");
	assert_string_equal(e.type, "disk");
	assert_string_equal(e.name, "vdb");
	assert_true(uevent_parse(nic, sizeof(nic), &e));
	assert_string_equal(e.name, "eth1");
	assert_string_equal(e.type, "");
	assert_string_equal(e.nvme, "");
	assert_true(uevent_parse(drive, sizeof(drive), &e));
	assert_string_equal(e.name, "nvme0");
	assert_string_equal(e.nvme, "0x020001");
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		char copy[64];

		memcpy(copy, hostile[i].text, hostile[i].len);
		assert_false(uevent_parse(copy, hostile[i].len, &e));
	}
}

/* The kernel repeats an event on request: nothing changes by that. */
TEST(the_running_kernel_is_heard)
{
	int fd;

	assert_int_equal(path_set_root(""), 0);
	begin("devices");
	fd = open("/sys/class/net/lo/uevent", O_WRONLY | O_CLOEXEC);
	if (runner.run[0].state == RUN_ABSENT || fd < 0 || write(fd, "add", 3) != 3)
		skip();
	close(fd);
	tick();
	if (value("device.added") == 0)
		skip(); /* other network namespaces than the first get no events of real devices */
	expect("", "device.added 1, device.removed 0");
	assert_string_equal(why("device.added", ""), "net lo");
}

#define GROUP "/sys/fs/cgroup/system.slice/db.service/"

TEST(services_with_a_limit_are_watched)
{
	guest_put("/sys/fs/cgroup/cgroup.controllers", "cpu memory pids\n");
	guest_put(GROUP "memory.max", "1000\n");
	guest_put(GROUP "memory.current", "250\n");
	guest_put(GROUP "pids.max", "max\n");
	guest_put(GROUP "pids.current", "7\n");
	guest_put(GROUP "memory.events",
	        "low 0\nhigh 0\nmax 3\noom 2\noom_kill 2\noom_group_kill 0\n");
	guest_put(GROUP "cpu.stat", "usage_usec 5\nnr_throttled 1\nthrottled_usec 1000000\n");
	guest_put(GROUP "io.stat", "");
	guest_put("/sys/fs/cgroup/system.slice/free.service/memory.max", "max\n");
	guest_put("/sys/fs/cgroup/system.slice/notes/memory.max", "5\n");
	begin("cgroup");
	expect("db.service", "cgroup.memory.used_ratio 0.25, cgroup.pids.used_ratio unknown, "
	                     "cgroup.oom_kills 0");
	expect("free.service", "cgroup.memory.used_ratio absent");
	expect("notes", "cgroup.memory.used_ratio absent");
	overwrite(GROUP "memory.events", "oom 3\noom_kill 3\n");
	overwrite(GROUP "cpu.stat", "usage_usec 20000005\nthrottled_usec 6000000\n");
	overwrite(GROUP "io.stat", "254:0 rbytes=10240 wbytes=20480 rios=1 wios=2 dbytes=9 dios=9\n"
	                           "254:16 rbytes=0 wbytes=10240 rios=0 wios=1 dbytes=0 dios=0\n");
	tick_with(GROUP "memory.current", "junk\n");
	expect("db.service", "cgroup.oom_kills 1, cgroup.throttled_ratio 0.5, cgroup.cpu_ratio 2, "
	                     "cgroup.io_kib 4, cgroup.memory.used_ratio unknown");
	guest_put(GROUP "memory.max", "max\n");
	ticks(6);
	expect("db.service", "cgroup.oom_kills absent");
}

#define TASKS "/sys/fs/cgroup/system.slice/forks.service/"

/* systemd limits the tasks of each service: those that are far from it would take the room of others. */
TEST(service_with_task_limit_is_watched_from_half_of_it)
{
	guest_put("/sys/fs/cgroup/cgroup.controllers", "pids\n");
	guest_put(TASKS "memory.max", "max\n");
	guest_put(TASKS "cpu.max", "max 100000\n");
	guest_put(TASKS "pids.max", "100\n");
	guest_put(TASKS "pids.current", "49\n");
	begin("cgroup");
	expect("forks.service", "cgroup.pids.used_ratio absent");
	overwrite(TASKS "pids.current", "50\n");
	ticks(6);
	expect("forks.service", "cgroup.pids.used_ratio 0.5");
	overwrite(TASKS "pids.current", "40\n"); /* for a short time: learnt state stays */
	ticks(6);
	expect("forks.service", "cgroup.pids.used_ratio 0.4");
	overwrite(TASKS "pids.max", "max\n");
	ticks(6);
	expect("forks.service", "cgroup.pids.used_ratio absent");
}

static void put_limit(int i, const char *limit)
{
	guest_put(fmt("/sys/fs/cgroup/system.slice/s%d.service/memory.max", i), limit);
}

TEST(surplus_drives_take_no_slot_away)
{
	guest_put("/sys/fs/cgroup/cgroup.controllers", "memory\n");
	for (int i = 0; i < 48; i++)
		put_limit(i, i % 3 == 1 ? "1000\n" : "max\n");
	begin("cgroup");
	for (int i = 0; i < 48; i++)
		put_limit(i, "1000\n");
	ticks(6);
	for (int i = 1; i < 48; i += 3)
		expect(fmt("s%d.service", i), "cgroup.memory.used_ratio present");
}

TEST(guest_without_cgroup2_has_no_cgroup_collector)
{
	begin("cgroup");
	assert_true(runner.run[0].state == RUN_ABSENT);
}

TEST(guest_platform_is_read_from_its_firmware)
{
	struct platform p;

	platform_read(&p);
	assert_string_equal(p.hypervisor, "");
	assert_string_equal(p.uuid, "");
	guest_put("/sys/class/dmi/id/sys_vendor", "OpenStack Foundation\n");
	guest_put("/sys/class/dmi/id/product_name", "OpenStack Nova   \n");
	guest_put("/sys/class/dmi/id/product_uuid", "0A1B2C3D-0000-0000-0000-000000000001\n");
	platform_read(&p);
	assert_string_equal(p.hypervisor, "kvm");
	assert_string_equal(p.product, "OpenStack Nova");
	assert_string_equal(p.uuid, "0a1b2c3d-0000-0000-0000-000000000001");
	guest_put("/sys/bus/vmbus/devices/x", "");
	platform_read(&p);
	assert_string_equal(p.hypervisor, "hyperv");
	guest_put("/sys/hypervisor/type", "xen\n");
	platform_read(&p);
	assert_string_equal(p.hypervisor, "xen");
}
