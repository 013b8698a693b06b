/* SPDX-License-Identifier: Apache-2.0 */
/* kmsg_class.h - the class of a kernel message, by the format that printed it. */
#ifndef COLLECTORS_KERNEL_KMSG_CLASS_H
#define COLLECTORS_KERNEL_KMSG_CLASS_H

enum kmsg_class {
	KMSG_OOM_KILL,
	KMSG_CGROUP_OOM_KILL, /* by the limit of a cgroup: the machine has memory */
	KMSG_IO_ERROR,
	KMSG_IO_RESET,
	KMSG_SOFT_LOCKUP,
	KMSG_HARD_LOCKUP,
	KMSG_RCU_STALL,
	KMSG_HUNG_TASK,
	KMSG_MACHINE_CHECK,
	KMSG_MEMORY_ERROR,
	KMSG_FS_ERROR,
	KMSG_NMI,
	KMSG_OOPS,
	KMSG_WARNING,
	KMSG_CALL_TRACE,
	KMSG_LINK_DOWN,
	KMSG_TABLE_FULL,
	KMSG_REFUSED, /* by a limit that users and peers reach by right */
	KMSG_NO_PAGE,
	KMSG_SEGFAULT,
	KMSG_THROTTLED,
	KMSG_CLASSES,
	KMSG_OTHER = KMSG_CLASSES, /* no sign of a fault */
};

/* Returns the class of a message without its prefix (level, time). */
enum kmsg_class kmsg_classify(const char *message);

/* The metric that counts a class. */
extern const char *const kmsg_metric[KMSG_CLASSES];

#endif
