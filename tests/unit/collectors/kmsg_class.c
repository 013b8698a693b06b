/* SPDX-License-Identifier: Apache-2.0 */
/* kmsg_class.c - kernel messages of real kernels, and texts that users and devices put into others. */
#include "tests/unit/lib/test.h"

#include <stdio.h>

#include "collectors/kernel/kmsg_class.c" /* for its patterns */

TEST(messages_of_real_kernels_have_their_class)
{
	static const struct {
		enum kmsg_class class;
		const char *text;
	} messages[] = {
		{ KMSG_OOM_KILL,
		        "Out of memory: Killed process 812 (tail) total-vm:211484kB, anon-rss:"
		        "207872kB, file-rss:384kB, shmem-rss:0kB, UID:0 pgtables:456kB "
		        "oom_score_adj:0" },
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
		        "EDAC MC0: 1 CE memory read error on CPU_SrcID#0_Ha#0_Chan#1_DIMM#0 "
		        "(channel:1 slot:0 page:0x10 offset:0x0 grain:32 syndrome:0x0)" },
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
		{ KMSG_CGROUP_OOM_KILL,
		        "Memory cgroup out of memory: Killed process 9 (I/O error, dev) "
		        "total-vm:1kB" },
		{ KMSG_OOM_KILL,
		        "Out of memory: Kill process 812 (tail) score 930 or sacrifice child" },
		{ KMSG_OTHER, "Killed process 812 (tail) total-vm:211484kB, anon-rss:1kB" },
		{ KMSG_IO_ERROR, "print_req_error: I/O error, dev sda, sector 16" },
		{ KMSG_IO_ERROR, "I/O error, dev nvme0c0n1, sector 8 op 0x0:(READ) flags 0x4000 "
		                 "phys_seg 1" },
		{ KMSG_IO_ERROR,
		        "device offline error, dev sdc, sector 8 op 0x1:(WRITE) flags 0x0" },
		{ KMSG_IO_ERROR, "sd 2:0:0:0: rejecting I/O to offline device" },
		{ KMSG_IO_ERROR, "md/raid1:md0: Disk failure on sdb1, disabling device." },
		{ KMSG_IO_RESET,
		        "nvme nvme0: I/O tag 12 (100c) opcode 0x1 (I/O Cmd) QID 1 timeout, "
		        "aborting req_op:WRITE(1) size:4096" },
		{ KMSG_IO_RESET, "ata1.00: failed command: READ FPDMA QUEUED" },
		{ KMSG_IO_RESET, "sd 0:0:0:0: [sda] tag#0 FAILED Result: hostbyte=DID_OK "
		                 "driverbyte=DRIVER_OK cmd_age=0s" },
		{ KMSG_OTHER,
		        "sd 0:0:0:0: [sda] tag#0 CDB: Read(10) 28 00 00 00 00 00 00 00 08 00" },
		{ KMSG_HUNG_TASK, "INFO: task kworker/u4:1:301 blocked in I/O wait for more than "
		                  "120 seconds." },
		{ KMSG_FS_ERROR,
		        "EXT4-fs error (device vdb) in ext4_reserve_inode_write:5764: IO failure" },
		{ KMSG_FS_ERROR, "JBD2: Detected IO errors while flushing file data on vdb-8" },
		{ KMSG_FS_ERROR,
		        "XFS (vda1): Log I/O Error (0x2) detected at xlog_x (fs/xfs/x.c:1378).  "
		        "Shutting down filesystem." },
		{ KMSG_FS_ERROR,
		        "XFS (dm-0): Filesystem has been shut down due to log error (0x2)." },
		{ KMSG_OTHER, "XFS (vdb): User initiated shutdown received." },
		{ KMSG_OTHER, "XFS (vdb): Unmounting Filesystem 0f8a" },
		{ KMSG_FS_ERROR, "BTRFS: error (device vdc) in btrfs_commit_transaction:2501: "
		                 "errno=-5 IO failure" },
		{ KMSG_FS_ERROR,
		        "BTRFS critical (device vdc: state E): corrupt leaf: root=1 block=2" },
		{ KMSG_FS_ERROR,
		        "FAT-fs (vda15): error, fat_get_cluster: invalid cluster chain (i_pos 0)" },
		{ KMSG_OTHER, "FAT-fs (vda15): Volume was not properly unmounted. Some data may be "
		              "corrupt. "
		              "Please run fsck." },
		{ KMSG_OOPS, "BUG: unable to handle page fault for address: ffffc90000000000" },
		{ KMSG_OOPS, "Oops: Oops: 0002 [#1] PREEMPT SMP NOPTI" },
		{ KMSG_OOPS, "Oops: general protection fault, probably for non-canonical address "
		             "0xdead000000000100: 0000 [#1] SMP PTI" },
		{ KMSG_OOPS, "general protection fault, probably for non-canonical address "
		             "0xdead000000000100: 0000 [#1] SMP PTI" },
		{ KMSG_OOPS, "invalid opcode: 0000 [#1] SMP PTI" },
		{ KMSG_OOPS, "kernel BUG at mm/slub.c:379!" },
		{ KMSG_OOPS, "Internal error: Oops: 0000000096000004 [#1] SMP" },
		{ KMSG_OOPS,
		        "Unable to handle kernel NULL pointer dereference at virtual address 0" },
		{ KMSG_OOPS, "Kernel panic - not syncing: Fatal exception" },
		{ KMSG_OOPS, "BUG: Bad page state in process stress  pfn:12345" },
		{ KMSG_OOPS, "BUG: KFENCE: use-after-free read in foo+0x1/0x2" },
		{ KMSG_WARNING, "WARNING: kernel/x.c:1 at foo+0x1/0x2, CPU#0: sh/77" },
		{ KMSG_WARNING, "BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck "
		                "for 34s!" },
		{ KMSG_WARNING,
		        "BUG: Bad rss-counter state mm:00000000abcd type:MM_ANONPAGES val:2" },
		{ KMSG_CALL_TRACE, "Call trace:" },
		{ KMSG_MACHINE_CHECK, "{1}[Hardware Error]: Hardware error from APEI Generic "
		                      "Hardware Error Source: 0" },
		{ KMSG_TABLE_FULL, "neighbour: arp_cache: neighbor table overflow!" },
		{ KMSG_TABLE_FULL, "TCP: out of memory -- consider tuning tcp_mem" },
		{ KMSG_REFUSED, "TCP: request_sock_TCP: Possible SYN flooding on port 0.0.0.0:80. "
		                "Sending cookies." },
		{ KMSG_REFUSED,
		        "cgroup: fork rejected by pids controller in /user.slice/user-1000.slice" },
		{ KMSG_LINK_DOWN, "NETDEV WATCHDOG: eth0 (e1000): transmit queue 0 timed out" },
		{ KMSG_LINK_DOWN, "e1000 0000:00:03.0 ens3: NETDEV WATCHDOG: CPU: 0: transmit "
		                  "queue 0 timed out 5 ms" },
		{ KMSG_SEGFAULT, "traps: app[77] trap invalid opcode ip:401136 sp:7ffd error:0 in "
		                 "app[401000+1000]" },
		{ KMSG_SEGFAULT, "Oops: [77]: unhandled exception: DABT (lower EL), ESR "
		                 "0x92000046, level 2" },

		/* Devices without data of the guest, and requests that lose none. */
		{ KMSG_OTHER, "I/O error, dev fd0, sector 0 op 0x0:(READ) flags 0x0 phys_seg 1 "
		              "prio class 2" },
		{ KMSG_OTHER, "print_req_error: I/O error, dev fd0, sector 0" },
		{ KMSG_OTHER, "Buffer I/O error on dev fd0, logical block 0, async page read" },
		{ KMSG_OTHER,
		        "I/O error, dev sr0, sector 1048 op 0x0:(READ) flags 0x80700 phys_seg 1" },
		{ KMSG_OTHER,
		        "I/O error, dev loop3, sector 0 op 0x0:(READ) flags 0x80700 phys_seg 1" },
		{ KMSG_OTHER, "critical target error, dev sdb, sector 2048 op 0x3:(DISCARD) flags "
		              "0x800" },
		{ KMSG_OTHER, "operation not supported error, dev vdb, sector 0 op "
		              "0x9:(WRITE_ZEROES) flags 0x8" },
		{ KMSG_OTHER, "docker0: port 1(veth12ab) entered disabled state" },

		/* Names and texts that users and devices choose. */
		{ KMSG_OTHER,
		        "I/O error, dev [77] bad frame in rt_sigreturn frame:0 ip:1 sp:8 orax:f" },
		{ KMSG_OTHER, "x86/split lock detection: #AC: Kernel panic/77 took a split_lock "
		              "trap at address: 0x1" },
		{ KMSG_OTHER, "warning: `I/O error, dev ' uses deprecated v2 capabilities in a way "
		              "that may be insecure" },
		{ KMSG_OTHER, "usb 1-1: Product: Kernel panic - not syncing" },
		{ KMSG_OTHER, "scsi 2:0:0:0: Direct-Access     I/O error , dev sda, sector  1 PQ: "
		              "0 ANSI: 5" },
		{ KMSG_OTHER, "tmpfs: Unknown parameter 'I/O error, dev vda, sector 1'" },
		{ KMSG_OTHER, "process '/tmp/x: page allocation failure: order:1, mode:0x1' "
		              "started with executable stack" },
		{ KMSG_OTHER, "audit: type=1701 audit(1.1:1): auid=1 uid=1 pid=1 comm=\"Kernel "
		              "panic\" exe=\"/x\" sig=11" },
		{ KMSG_OTHER, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(messages); i++)
		if (kmsg_classify(messages[i].text) != messages[i].class)
			fail_msg("%s: %d", messages[i].text, kmsg_classify(messages[i].text));
}

/* What the kernel prints behind the name of a program that gives it cause to. */
static const char *const behind_comm[] = {
	"[77] bad frame in rt_sigreturn frame:0 ip:1 sp:8 orax:f",
	"[77]: unhandled exception: DABT (lower EL), ESR 0x92000046",
	"[77]: segfault at 0 ip 0 sp 0", "[77] vsyscall attempted with vsyscall=none ip:0",
	": page allocation failure: order:1, mode:0x1", ": potentially unexpected fatal signal 11.",
	"/77: potentially unexpected fatal signal 11.",
	"/77 reached RLIMIT_SIGPENDING, dropping signal 11",
	"(77): Attempt to set a LOCK_MAND lock via flock(2).",
	" (77) used greatest stack depth: 10 bytes left", " (77): drop_caches: 3",
	" invoked oom-killer: gfp_mask=0x1", ": attempt to access beyond end of device",
	" (pid 77) is setting deprecated v1 encryption policy"
};

static void try_as_comm(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(behind_comm); i++) {
		char line[256];
		enum kmsg_class class;

		(void)snprintf(line, sizeof(line), "%.15s%s", text, behind_comm[i]);
		class = kmsg_classify(line);
		if (class != KMSG_OTHER && class != KMSG_SEGFAULT && class != KMSG_NO_PAGE)
			fail_msg("%s: %d", line, class);
	}
}

/* Writes every shortest text that the pattern matches, and tries each part of it as a command name. */
static void expand(const char *pattern, char *text, size_t n)
{
	static const char *const least[] = { ['d'] = "1", ['x'] = "0", ['w'] = "a", ['c'] = "" };

	for (; *pattern && *pattern != '$'; pattern++) {
		assert_true(n < 200);
		if (*pattern == '%')
			n += (size_t)sprintf(text + n, "%s", least[(unsigned char)*++pattern]);
		else if (*pattern == '<')
			break;
		else if (*pattern != '*')
			text[n++] = *pattern;
	}
	text[n] = '\0';
	if (*pattern == '<') {
		const char *end = strchr(pattern, '>');

		assert_non_null(end);
		for (const char *a = pattern + 1; a <= end; a += strcspn(a, "|>") + 1) {
			size_t length = strcspn(a, "|>");

			memcpy(text + n, a, length);
			expand(end + 1, text, n + length);
		}
		return;
	}
	for (size_t i = 0; i < n; i++)
		try_as_comm(text + i);
}

TEST(no_command_name_passes_for_a_message)
{
	char text[512];

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		assert_int_equal(kmsg_classify(""), KMSG_OTHER);
		expand(rules[i].pattern, text, 0);
	}
}

TEST(patterns_match_what_they_describe)
{
	static const struct {
		const char *pattern, *message;
		bool matches;
	} cases[] = {
		{ "a %d b", "a 12 b and more", true },
		{ "a %d b", "a  b", false },
		{ "a %d b", "xa 1 b", false },
		{ "dev %w, ", "dev mmcblk0p1, x", true },
		{ "dev %w, ", "dev a b, x", false },
		{ "%w: x", "0:0:0:0: x", true },
		{ "%w: x", "a b: x", false },
		{ "%c[%d]: y", "a b[1]: y", true },
		{ "%c[%d]: y", "1234567890123456[1]: y", false },
		{ "%c[%d]: y", "\\xc3\\xa4\\xc3\\xa4\\xc3\\xa4[1]: y", true },
		{ "<|x>y", "y", true },
		{ "<|x>y", "xy", true },
		{ "<|x>y", "zy", false },
		{ "<ab|abc>d", "abcd", true },
		{ "a*z", "a to z", true },
		{ "a*z", "a to y", false },
		{ "end$", "end", true },
		{ "end$", "ending", false },
		{ "%", "%", false },
		{ "", "", true },
		{ "a", "", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (kmsg_match(cases[i].pattern, cases[i].message) != cases[i].matches)
			fail_msg("%s: %s", cases[i].pattern, cases[i].message);
}
