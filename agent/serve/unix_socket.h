/* SPDX-License-Identifier: Apache-2.0 */
/* unix_socket.h - unix sockets at paths below the sysroot, of any length. */
#ifndef AGENT_SERVE_UNIX_SOCKET_H
#define AGENT_SERVE_UNIX_SOCKET_H

#include <sys/socket.h>

/*
 * Calls bind(2) or connect(2) with the address of path. Returns 0 or -errno; -ENAMETOOLONG only if
 * the last component has more than some 80 bytes.
 */
int unix_socket_call(
        int (*call)(int, const struct sockaddr *, socklen_t), int fd, const char *path);

/*
 * Removes a stale socket before bind(). Returns 0 or -errno: -EADDRINUSE if a process answers
 * there, -EEXIST if the path is not a socket.
 */
int unix_socket_clear(const char *path);

#endif
