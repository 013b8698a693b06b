/* SPDX-License-Identifier: Apache-2.0 */
/* kmsg.c - the kernel's words, as kernels have said them, and as programs forge them. */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/collector_rig.h"

#include "collectors/kernel/kmsg_class.h"

TEST_WITH(words_of_real_kernels_are_told_apart, NULL, NULL)
{
	static const struct {
		enum kmsg_class class;
		const char *text;
	} said[] = {
		{ KMSG_OOM_KILL,
		        "Out of memory: Killed process 812 (tail) total-vm:211484kB, anon-rss:"
		        "207872kB, file-rss:384kB, shmem-rss:0kB, UID:0 pgtables:456kB "
		        "oom_score_adj:0" },
		{ KMSG_OOM_KILL, "Memory cgroup out of memory: Killed process 9 (I/O error, dev) "
		                 "total-vm:1kB" },
		{ KMSG_IO_ERROR, "I/O error, dev vda, sector 2048 op 0x0:(READ) flags 0x0 phys_seg "
		                 "1 prio class 2" },
		{ KMSG_IO_ERROR, "blk_update_request: I/O error, dev sda, sector 16 op 0x1:(WRITE) "
		                 "flags 0x800" },
		{ KMSG_IO_ERROR,
		        "Buffer I/O error on dev vdb, logical block 0, lost sync page write" },
		{ KMSG_IO_ERROR, "critical medium error, dev sdb, sector 1234 op 0x0:(READ)" },
		{ KMSG_IO_RESET, "nvme nvme0: I/O 12 QID 3 timeout, aborting" },
		{ KMSG_IO_RESET, "ata1: hard resetting link" },
		{ KMSG_SOFT_LOCKUP, "watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [sh:77]" },
		{ KMSG_HARD_LOCKUP, "NMI watchdog: Watchdog detected hard LOCKUP on cpu 1" },
		{ KMSG_HARD_LOCKUP, "watchdog: CPU1: Watchdog detected hard LOCKUP on cpu 1" },
		{ KMSG_RCU_STALL, "rcu: INFO: rcu_preempt self-detected stall on CPU" },
		{ KMSG_RCU_STALL, "rcu: INFO: rcu_sched detected stalls on CPUs/tasks:" },
		{ KMSG_HUNG_TASK, "INFO: task dd:301 blocked for more than 120 seconds." },
		{ KMSG_MACHINE_CHECK, "mce: [Hardware Error]: Machine check events logged" },
		{ KMSG_MEMORY_ERROR,
		        "EDAC MC0: 1 CE memory read error on CPU_SrcID#0_Ha#0_Chan#1_DIMM#0" },
		{ KMSG_MEMORY_ERROR,
		        "Memory failure: 0x12345: recovery action for dirty LRU page: Recovered" },
		{ KMSG_FS_ERROR, "EXT4-fs error (device vdb): ext4_lookup:1785: inode #2: comm ls: "
		                 "deleted inode" },
		{ KMSG_FS_ERROR, "EXT4-fs (vdb): Remounting filesystem read-only" },
		{ KMSG_FS_ERROR, "Aborting journal on device vdb-8." },
		{ KMSG_FS_ERROR,
		        "XFS (vda1): Metadata corruption detected at xfs_agi_verify+0x1/0x2" },
		{ KMSG_FS_ERROR, "XFS (vda1): metadata I/O error in \"xfs_trans_read_buf_map\" at "
		                 "daddr 0x2 len 1 error 5" },
		{ KMSG_FS_ERROR, "BTRFS error (device vdc): bdev /dev/vdc errs: wr 1, rd 0, flush "
		                 "0, corrupt 0, gen 0" },
		{ KMSG_NMI, "Uhhuh. NMI received for unknown reason 3d on CPU 0." },
		{ KMSG_OOPS, "BUG: kernel NULL pointer dereference, address: 0000000000000000" },
		{ KMSG_OOPS, "Oops: 0002 [#1] PREEMPT SMP NOPTI" },
		{ KMSG_WARNING, "WARNING: CPU: 0 PID: 1 at kernel/x.c:1 foo+0x1/0x2" },
		{ KMSG_CALL_TRACE, "Call Trace:" },
		{ KMSG_LINK_DOWN, "e1000: ens3 NIC Link is Down" },
		{ KMSG_LINK_DOWN, "vmxnet3 0000:03:00.0 ens160: NIC Link is Down" },
		{ KMSG_TABLE_FULL, "nf_conntrack: nf_conntrack: table full, dropping packet" },
		{ KMSG_TABLE_FULL, "VFS: file-max limit 100 reached" },
		{ KMSG_NO_PAGE,
		        "swapper/0: page allocation failure: order:4, mode:0xcc0(GFP_KERNEL)" },
		{ KMSG_SEGFAULT, "app[77]: segfault at 0 ip 0000000000401136 sp 00007ffd error 6 "
		                 "in app[401000+1000]" },
		{ KMSG_THROTTLED, "mce: CPU0: Core temperature above threshold, cpu clock "
		                  "throttled (total events = 1)" },
		{ KMSG_OTHER, "EXT4-fs (vda1): mounted filesystem with ordered data mode. Quota "
		              "mode: none." },
		{ KMSG_OTHER, "EXT4-fs (vda1): re-mounted 12ab ro. Quota mode: none." },
		{ KMSG_OTHER,
		        "e1000: eth0 NIC Link is Up 1000 Mbps Full Duplex, Flow Control: RX" },
		{ KMSG_OTHER, "nvme nvme0: 2/0/0 default/read/poll queues" },
		{ KMSG_OTHER, "sd 0:0:0:0: [sda] Attached SCSI disk" },
		{ KMSG_OTHER, "ata1: SATA link up 1.5 Gbps (SStatus 113 SControl 300)" },
		{ KMSG_OTHER, "XFS (vda1): Mounting V5 Filesystem" },
		{ KMSG_OTHER,
		        "BTRFS info (device vdc): using crc32c (crc32c-intel) checksum algorithm" },
		{ KMSG_OTHER, "rcu: Hierarchical SRCU implementation." },
		{ KMSG_OTHER, "NMI watchdog: Enabled. Permanently consumes one hw-PMU counter." },
		{ KMSG_OTHER, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(said); i++)
		if (kmsg_classify(said[i].text) != said[i].class)
			fail_msg("%s: %d", said[i].text, kmsg_classify(said[i].text));
}

static int writer;

static void kernel_says(const char *record)
{
	assert_int_equal(write(writer, record, strlen(record)), strlen(record));
	tick();
}

/* A pipe gives a record a read as well, when each is read before the next is written. */
static void begin_kmsg(void)
{
	char path[PATH_MAX];

	assert_int_equal(path_mkdir("/dev"), 0);
	assert_int_equal(path_full(path, "/dev/kmsg"), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	begin("kmsg");
	writer = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(writer >= 0);
	tick();
}

TEST(each_is_counted_and_the_last_words_are_kept)
{
	begin_kmsg();
	assert_near(value("kernel.io_errors"), 0);
	kernel_says(
	        "3,100,5,-;I/O error, dev vda, sector 1\n SUBSYSTEM=block\n DEVICE=+block:vda\n");
	kernel_says("3,101,5,-;I/O error, dev vda, sector 2\n");
	kernel_says("6,102,5,-;eth0: link becomes ready\n");
	assert_near(value("kernel.io_errors"), 2);
	assert_string_equal(why("kernel.io_errors", ""), "I/O error, dev vda, sector 2");
	kernel_says("4,103,5,-;Out of memory: Killed process 8 (x)\n");
	assert_string_equal(why("kernel.oom_kills", ""), "Out of memory: Killed process 8 (x)");
	assert_near(value("kernel.log_lost"), 0);
	kernel_says("6,110,5,-;something\n");
	assert_near(value("kernel.log_lost"), 6);
	close(writer);
}

TEST(program_messages_in_the_kernel_log_are_ignored)
{
	static const char *const forged[] = { "11,1,5,-;I/O error, dev vda, sector 1\n",
		"30,2,5,-;systemd: BUG: soft lockup\n", ";I/O error, dev vda\n",
		"3;I/O error, dev x\n", "3,;I/O error, dev x\n", "3,x,5,-;I/O error, dev x\n",
		"-1,3,5,-;I/O error, dev x\n", "I/O error, dev x", "\n\n\n", "3,4,5,-",
		"\xff,\xff;\xff" };

	begin_kmsg();
	for (size_t i = 0; i < ARRAY_SIZE(forged); i++)
		kernel_says(forged[i]);
	assert_near(value("kernel.io_errors"), 0);
	assert_near(value("kernel.soft_lockups"), 0);
	close(writer);
}

TEST(words_of_the_kernel_wake_the_agent)
{
	begin_kmsg();
	assert_true(runner.run[0].news.fd >= 0);
	assert_int_equal(runner.run[0].events, 1); /* EPOLLIN */
	close(writer);
}
