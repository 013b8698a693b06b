/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_internal.h - bind(2) and connect(2) to a path below the sysroot, of any length: the
 * control socket and a listener's.
 */
#ifndef AGENT_SERVE_CONTROL_INTERNAL_H
#define AGENT_SERVE_CONTROL_INTERNAL_H

#include <sys/socket.h>

/* 0 or -errno; -ENAMETOOLONG only for a last component of more than some 80 bytes. */
int control_path_call(
        int (*call)(int, const struct sockaddr *, socklen_t), int fd, const char *path);

/*
 * Removes a stale socket before bind(). Returns 0 or -errno: -EADDRINUSE if a process answers
 * there, -EEXIST if the path is not a socket.
 */
int control_path_clear(const char *path);

#endif
