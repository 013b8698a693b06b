/* SPDX-License-Identifier: Apache-2.0 */
#include "collectors/kernel/kmsg_class.h"

#include <stddef.h>
#include <string.h>

#include "agent/base/text.h"

/* clang-format off */
const char *const kmsg_metric[KMSG_CLASSES] = {
	[KMSG_OOM_KILL] = "kernel.oom_kills",
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
	[KMSG_NO_PAGE] = "kernel.alloc_failures",
	[KMSG_SEGFAULT] = "kernel.segfaults",
	[KMSG_THROTTLED] = "kernel.throttled",
};

/*
 * The first match counts, so messages that quote a program's name (any text) come first. The words
 * are from Linux 4.19 to 6.18; `also` must follow `words` (NULL: nothing).
 */
static const struct {
	enum kmsg_class class;
	const char *words, *also;
} rules[] = {
	{ KMSG_OOM_KILL, "Killed process ", NULL },             /* mm/oom_kill.c, with or without a cgroup */
	{ KMSG_HUNG_TASK, "INFO: task ", " blocked for more than " },
	{ KMSG_HUNG_TASK, "INFO: task ", " blocked in I/O wait for more than " },
	{ KMSG_SOFT_LOCKUP, "BUG: soft lockup", NULL },
	{ KMSG_HARD_LOCKUP, "detected hard LOCKUP", NULL },
	{ KMSG_RCU_STALL, "rcu", "detected stall" },
	{ KMSG_RCU_STALL, "rcu", "self-detected stall" },
	{ KMSG_RCU_STALL, "rcu", "detected expedited stall" },
	{ KMSG_SEGFAULT, ": segfault at ", NULL },
	{ KMSG_SEGFAULT, "traps: ", " trap " },
	{ KMSG_SEGFAULT, "traps: ", " general protection" },
	{ KMSG_NO_PAGE, "page allocation failure", NULL },
	{ KMSG_OOPS, "kernel BUG at ", NULL },
	{ KMSG_OOPS, "BUG: ", NULL },
	{ KMSG_OOPS, "Oops: ", NULL },
	{ KMSG_OOPS, "Unable to handle kernel ", NULL },
	{ KMSG_OOPS, "general protection fault", NULL },
	{ KMSG_OOPS, "Internal error: ", "[#" },                /* arm64's Oops */
	{ KMSG_OOPS, "Kernel panic", NULL },
	{ KMSG_WARNING, "WARNING: CPU: ", NULL },
	{ KMSG_WARNING, "WARNING: possible ", NULL },           /* lockdep */
	{ KMSG_CALL_TRACE, "Call Trace:", NULL },
	{ KMSG_CALL_TRACE, "Call trace:", NULL },               /* arm64 */
	{ KMSG_FS_ERROR, "EXT4-fs error", NULL },
	{ KMSG_FS_ERROR, "EXT4-fs (", "emounting filesystem read-only" },
	{ KMSG_FS_ERROR, "EXT4-fs (", "failed to convert unwritten extents" },
	{ KMSG_FS_ERROR, "EXT4-fs (", "Delayed block allocation failed" },
	{ KMSG_FS_ERROR, "JBD2: ", "rror" },
	{ KMSG_FS_ERROR, "Aborting journal", NULL },
	{ KMSG_FS_ERROR, "XFS (", "orruption" },
	{ KMSG_FS_ERROR, "XFS (", "metadata I/O error" },
	{ KMSG_FS_ERROR, "XFS (", "Internal error" },
	{ KMSG_FS_ERROR, "XFS (", "hut down" },
	{ KMSG_FS_ERROR, "XFS (", "hutting down" },
	{ KMSG_FS_ERROR, "BTRFS", "error (device" },
	{ KMSG_FS_ERROR, "BTRFS", "critical (device" },
	{ KMSG_FS_ERROR, "BTRFS", "csum failed" },
	{ KMSG_FS_ERROR, "BTRFS", "forced readonly" },
	{ KMSG_FS_ERROR, "F2FS-fs (", "nconsisten" },
	{ KMSG_FS_ERROR, "FAT-fs (", "rror" },
	{ KMSG_IO_RESET, "nvme ", "timeout" },
	{ KMSG_IO_RESET, "nvme ", "resetting controller" },
	{ KMSG_IO_RESET, "nvme ", "controller is down" },
	{ KMSG_IO_RESET, "ata", "resetting link" },
	{ KMSG_IO_RESET, "ata", "failed command" },
	{ KMSG_IO_RESET, "sd ", "evice reset" },
	{ KMSG_IO_RESET, "sd ", "tag#", },
	{ KMSG_IO_RESET, "scsi ", "rejecting I/O to offline device" },
	{ KMSG_IO_ERROR, "I/O error, dev ", NULL },
	{ KMSG_IO_ERROR, "Buffer I/O error on dev", NULL },
	{ KMSG_IO_ERROR, "critical medium error, dev ", NULL },
	{ KMSG_IO_ERROR, "critical target error, dev ", NULL },
	{ KMSG_IO_ERROR, "critical space allocation error, dev ", NULL },
	{ KMSG_IO_ERROR, "protection error, dev ", NULL },
	{ KMSG_IO_ERROR, "timeout error, dev ", NULL },
	{ KMSG_IO_ERROR, "transport error, dev ", NULL },
	{ KMSG_IO_ERROR, "lost async page write", NULL },
	{ KMSG_IO_ERROR, "rejecting I/O to offline device", NULL },
	{ KMSG_IO_ERROR, "md/raid", "Disk failure on" },
	{ KMSG_MEMORY_ERROR, "EDAC ", " CE " },
	{ KMSG_MEMORY_ERROR, "EDAC ", " UE " },
	{ KMSG_MEMORY_ERROR, "Memory failure: ", NULL },
	{ KMSG_THROTTLED, "temperature above threshold", NULL },
	{ KMSG_MACHINE_CHECK, "[Hardware Error]", NULL },
	{ KMSG_MACHINE_CHECK, "Machine check events logged", NULL },
	{ KMSG_NMI, "NMI received for unknown reason", NULL },
	{ KMSG_NMI, "NMI: ", "error" },
	{ KMSG_TABLE_FULL, "table full, dropping packet", NULL },  /* conntrack */
	{ KMSG_TABLE_FULL, "neighbor table overflow", NULL },
	{ KMSG_TABLE_FULL, "neighbour table overflow", NULL },
	{ KMSG_TABLE_FULL, "VFS: file-max limit", NULL },
	{ KMSG_TABLE_FULL, "TCP: out of memory", NULL },
	{ KMSG_TABLE_FULL, "TCP: too many orphaned sockets", NULL },
	{ KMSG_TABLE_FULL, "fork rejected by pids controller", NULL },
	{ KMSG_TABLE_FULL, "Possible SYN flooding", NULL },
	{ KMSG_LINK_DOWN, "ink is down", NULL },
	{ KMSG_LINK_DOWN, "ink is Down", NULL },
	{ KMSG_LINK_DOWN, "NIC Link Down", NULL },
	{ KMSG_LINK_DOWN, "NETDEV WATCHDOG", NULL },
};
/* clang-format on */

enum kmsg_class kmsg_classify(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		const char *s = strstr(text, rules[i].words);

		if (s && (!rules[i].also || strstr(s + strlen(rules[i].words), rules[i].also)))
			return rules[i].class;
	}
	return KMSG_OTHER;
}
