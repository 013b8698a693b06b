/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_path.h - bind(2) and connect(2) to a path below the sysroot, of any length; for
 * control.c and control_ask.c only.
 */
#ifndef AGENT_CONTROL_PATH_H
#define AGENT_CONTROL_PATH_H

#include <sys/socket.h>

/* 0 or -errno; -ENAMETOOLONG only for a last component of more than some 80 bytes. */
int control_path_call(
        int (*call)(int, const struct sockaddr *, socklen_t), int fd, const char *path);

#endif
