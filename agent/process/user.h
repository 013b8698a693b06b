/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user.h - looks up users and their groups.
 *
 * glibc uses the sources of nsswitch.conf.  musl, in the static build, reads only /etc/passwd and /etc/group: users of
 * SSSD, LDAP or systemd-homed are then looked up by the guest's getent(1), if it has one.
 */
#ifndef AGENT_PROCESS_USER_H
#define AGENT_PROCESS_USER_H

#include <pwd.h>

enum {
	USER_GROUPS = 65536,       /* as many as Linux lets a process have */
	USER_PASSWD_MAX = 1 << 20, /* one record; glibc's own start is 1 KiB */
};

/*
 * Finds the record of `name`, or of the current user if it is NULL. Its strings are in *ret_buf,
 * which the caller frees. Returns 0, -ENOENT if there is no such user, or -errno.
 */
int user_find(const char *name, struct passwd *ret, char **ret_buf);

/* Returns the number of groups of `name`, including `gid`, or -errno.  The caller frees *ret. */
int user_groups(const char *name, gid_t gid, gid_t **ret);

/* The same, looked up by getent(1); -ENOENT also if there is no getent(1). */
int user_getent(const char *name, struct passwd *ret, char **ret_buf);
int user_getent_groups(const char *name, gid_t gid, gid_t **ret);

#endif
