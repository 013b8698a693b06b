/* SPDX-License-Identifier: Apache-2.0 */
/* pidfd.h - pidfd_open(2): in glibc since 2.36, absent in musl. */
#ifndef AGENT_BASE_PIDFD_H
#define AGENT_BASE_PIDFD_H

#if __has_include(<sys/pidfd.h>)
#include <sys/pidfd.h>
#else
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static inline int pidfd_open(pid_t pid, unsigned flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}
#endif

#endif
