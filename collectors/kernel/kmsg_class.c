/* SPDX-License-Identifier: Apache-2.0 */
#include "collectors/kernel/kmsg_class.h"

#include <stddef.h>
#include <string.h>

#include "agent/base/text.h"
#include "collectors/kernel/kmsg_match.h"

/* clang-format off */
const char *const kmsg_metric[KMSG_CLASSES] = {
	[KMSG_OOM_KILL] = "kernel.oom_kills",
	[KMSG_CGROUP_OOM_KILL] = "kernel.cgroup_oom_kills",
	[KMSG_IO_ERROR] = "kernel.io_errors",
	[KMSG_IO_RESET] = "kernel.io_resets",
	[KMSG_SOFT_LOCKUP] = "kernel.soft_lockups",
	[KMSG_HARD_LOCKUP] = "kernel.hard_lockups",
	[KMSG_RCU_STALL] = "kernel.rcu_stalls",
	[KMSG_HUNG_TASK] = "kernel.hung_tasks",
	[KMSG_MACHINE_CHECK] = "kernel.machine_checks",
	[KMSG_MEMORY_ERROR] = "kernel.memory_errors",
	[KMSG_FS_ERROR] = "kernel.fs_errors",
	[KMSG_NMI] = "kernel.nmis",
	[KMSG_OOPS] = "kernel.oopses",
	[KMSG_WARNING] = "kernel.warnings",
	[KMSG_CALL_TRACE] = "kernel.call_traces",
	[KMSG_LINK_DOWN] = "kernel.link_downs",
	[KMSG_TABLE_FULL] = "kernel.tables_full",
	[KMSG_REFUSED] = "kernel.refusals",
	[KMSG_NO_PAGE] = "kernel.alloc_failures",
	[KMSG_SEGFAULT] = "kernel.segfaults",
	[KMSG_THROTTLED] = "kernel.throttled",
};

/*
 * The first pattern that matches decides.  The formats are those of Linux 4.18 to 6.18.  A local user
 * chooses command names, up to 15 bytes of any text, and some messages begin with one ("COMM[77] bad
 * frame in ..."): what must be matched is therefore longer than that, or goes on in a way in which no
 * such message does (tests/unit/collectors/kmsg_class.c tries them all).
 */
static const struct {
	enum kmsg_class class;
	const char *pattern;
} rules[] = {
	/* The path of a program stands in the message, as long as its user likes. */
	{ KMSG_OTHER, "process '" },

	{ KMSG_OOM_KILL, "Out of memory< (oom_kill_allocating_task)|>: <Kill|Killed> process %d (" },
	{ KMSG_CGROUP_OOM_KILL, "Memory cgroup out of memory: <Kill|Killed> process %d (" },
	{ KMSG_HUNG_TASK, "INFO: task %c:%d blocked <for|in I/O wait for> more than %d seconds" },
	{ KMSG_SOFT_LOCKUP, "<watchdog: |NMI watchdog: |>BUG: soft lockup - CPU#%d stuck for " },
	{ KMSG_HARD_LOCKUP, "<NMI watchdog: |watchdog: >Watchdog detected hard LOCKUP on cpu " },
	{ KMSG_HARD_LOCKUP, "watchdog: CPU%d: Watchdog detected hard LOCKUP on cpu " },
	{ KMSG_HARD_LOCKUP, "watchdog: CPU %d <self-detected|detected> hard LOCKUP " },
	{ KMSG_RCU_STALL, "<rcu: |>INFO: %w <self-detected stall on CPU|detected stalls on |detected expedited stalls on >" },
	{ KMSG_RCU_STALL, "<rcu: |>INFO: %w detected stall on CPU" },
	{ KMSG_SEGFAULT, "traps: %c[%d] <trap |general protection>" },
	{ KMSG_SEGFAULT, "%c[%d]: <segfault at |unhandled exception: >" },
	{ KMSG_NO_PAGE, "%c: page allocation failure: order:%d, mode:" },

	{ KMSG_OOPS, "kernel BUG at %w!" },
	{ KMSG_OOPS, "BUG: <kernel NULL pointer dereference|unable to handle |stack guard page was hit|TASK stack guard page was hit>" },
	{ KMSG_OOPS, "BUG: Bad page <state|map|cache> in process " },
	{ KMSG_OOPS, "BUG: <KASAN|KFENCE>: <slab-|stack-|use-after-free |out-of-bounds |global-|double-free |invalid |memory corruption|wild-|null-ptr|user-mem>" },
	{ KMSG_OOPS, "Oops: *%x [#%d] <PREEMPT|SMP>" },
	{ KMSG_OOPS, "<general protection fault|divide error|invalid opcode|stack segment|double fault>: %x [#%d]" },
	{ KMSG_OOPS, "general protection fault, <probably|maybe> for " },
	{ KMSG_OOPS, "Unable to handle kernel " },
	{ KMSG_OOPS, "Internal error: *[#%d]" },                /* arm64 */
	{ KMSG_OOPS, "Kernel panic - not syncing" },
	{ KMSG_WARNING, "WARNING: CPU: %d PID: %d at " },
	{ KMSG_WARNING, "WARNING: %w at *, CPU#%d" },           /* from 6.19 on */
	{ KMSG_WARNING, "WARNING: possible <circular|recursive|irq> lock" },
	{ KMSG_WARNING, "BUG: workqueue lockup - pool " },
	{ KMSG_WARNING, "BUG: Bad rss-counter state " },
	{ KMSG_WARNING, "BUG: <scheduling while atomic|sleeping function called from >" },
	{ KMSG_WARNING, "BUG: using %w() in preemptible " },
	{ KMSG_CALL_TRACE, "Call <T|t>race:$" },                /* small on arm64 */

	{ KMSG_FS_ERROR, "EXT4-fs error (device %w)<:| in> " },
	{ KMSG_FS_ERROR, "EXT4-fs (%w): <Remounting filesystem read-only|failed to convert unwritten extents|Delayed block allocation failed>" },
	{ KMSG_FS_ERROR, "Aborting journal on device %w" },
	{ KMSG_FS_ERROR, "JBD2: Error %d detected when updating journal superblock" },
	{ KMSG_FS_ERROR, "JBD2: <I/O error when |IO error reading |previous I/O error |Detected IO errors |journal checksum error>" },
	{ KMSG_OTHER, "XFS (%w): User initiated shutdown" },
	{ KMSG_FS_ERROR, "XFS (%w): <Metadata corruption detected|Metadata CRC error detected|Corruption |metadata I/O error|log I/O error|Internal error >" },
	{ KMSG_FS_ERROR, "XFS (%w): *hut<ting|> down" },
	{ KMSG_FS_ERROR, "BTRFS<:|> <error|critical> (device %w" },
	{ KMSG_FS_ERROR, "BTRFS <warning|info> (device %w): <csum failed|forced readonly>" },
	{ KMSG_FS_ERROR, "F2FS-fs (%w): <Inconsistent|inconsistent> " },
	{ KMSG_FS_ERROR, "FAT-fs (%w): <error, |Filesystem has been set read-only>" },

	{ KMSG_IO_RESET, "nvme %w: I/O <tag |>%d *timeout, <aborting|reset controller|disable controller|completion polled>" },
	{ KMSG_IO_RESET, "nvme %w: <resetting controller|controller is down; will reset>" },
	{ KMSG_IO_RESET, "ata%w: <hard|soft> resetting link" },
	{ KMSG_IO_RESET, "ata%w: failed command: " },
	{ KMSG_IO_RESET, "sd %w: [%w] tag#%d <FAILED|timing out command|ABORT>" },
	{ KMSG_IO_RESET, "<sd|scsi> %w: <Device|device> reset" },

	{ KMSG_MEMORY_ERROR, "EDAC MC%d: %d <CE|UE> * page:0x%x offset:0x" },
	{ KMSG_MEMORY_ERROR, "Memory failure: 0x%x: " },
	{ KMSG_THROTTLED, "<mce: |>CPU%d: <Core|Package> temperature above threshold" },
	{ KMSG_MACHINE_CHECK, "<mce: |>[Hardware Error]: " },
	{ KMSG_MACHINE_CHECK, "{%d}[Hardware Error]: " },
	{ KMSG_NMI, "Uhhuh. NMI received for unknown reason " },
	{ KMSG_NMI, "NMI: <PCI system error|IOCK error (debug>" },

	{ KMSG_TABLE_FULL, "nf_conntrack: <nf_conntrack: |>table full, dropping packet" },
	{ KMSG_TABLE_FULL, "<neighbour: |><arp_cache|ndisc_cache>: neighb<our|or> table overflow" },
	{ KMSG_TABLE_FULL, "VFS: file-max limit %d reached" },
	{ KMSG_TABLE_FULL, "TCP: <out of memory -- |too many orphaned sockets>" },
	{ KMSG_REFUSED, "cgroup: fork rejected by pids controller in " },
	{ KMSG_REFUSED, "TCP: *ossible SYN flooding on port " },

	{ KMSG_LINK_DOWN, "NETDEV WATCHDOG: %w (%w): transmit queue " },
	{ KMSG_LINK_DOWN, "%w %w %w: NETDEV WATCHDOG: CPU: " },
	{ KMSG_LINK_DOWN, "%w %w %w: <NIC |>Link is <Down|down>" },
	{ KMSG_LINK_DOWN, "%w %w %w: <NIC Link Down|Link down>" },
	{ KMSG_LINK_DOWN, "%w %w %w: %w: %w NIC Link is <Down|down>" },
	{ KMSG_LINK_DOWN, "%w: %w NIC Link is <Down|down>" },

	/*
	 * Last, because of the first two: floppies, optical drives and the like hold no data of the
	 * guest, or repeat the error of the device below; a refused request to discard or zero blocks
	 * loses none.
	 */
	{ KMSG_OTHER, "*<dev|device> <fd|sr|loop|nbd|ram|zram>%d," },
	{ KMSG_OTHER, "*:(<DISCARD|WRITE_ZEROES|SECURE_ERASE>)" },
	{ KMSG_IO_ERROR, "<blk_update_request: |print_req_error: |><I/O|critical medium|critical target|critical space allocation"
	                 "|protection|timeout|recoverable transport|transport|device offline> error, dev %w, sector " },
	{ KMSG_IO_ERROR, "Buffer I/O error on <dev|device> %w, logical block " },
	{ KMSG_IO_ERROR, "<sd|scsi> %w: rejecting I/O to offline device" },
	{ KMSG_IO_ERROR, "sd %w: [%w] rejecting I/O to offline device" },
	{ KMSG_IO_ERROR, "md/%w: Disk failure on %w, disabling device" },
};
/* clang-format on */

enum kmsg_class kmsg_classify(const char *message)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (kmsg_match(rules[i].pattern, message))
			return rules[i].class;
	return KMSG_OTHER;
}
