/* SPDX-License-Identifier: Apache-2.0 */
/* kmsg_class.h - classifies a kernel message by its text. */
#ifndef COLLECTORS_KERNEL_KMSG_CLASS_H
#define COLLECTORS_KERNEL_KMSG_CLASS_H

enum kmsg_class {
	KMSG_OOM_KILL,
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
	KMSG_NO_PAGE,
	KMSG_SEGFAULT,
	KMSG_THROTTLED,
	KMSG_CLASSES,
	KMSG_OTHER = KMSG_CLASSES, /* harmless */
};

/* `text`: the message without its prefix (level, time). */
enum kmsg_class kmsg_classify(const char *text);

/* The metric that counts a class. */
extern const char *const kmsg_metric[KMSG_CLASSES];

#endif
