/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user.h - who a user is, and which groups they have.
 *
 * glibc asks whatever nsswitch.conf names.  musl, in the static build, reads /etc/passwd and /etc/group and
 * no more: users of SSSD, LDAP or systemd-homed are then asked of the guest's own getent(1), if it has one.
 */
#ifndef AGENT_PROCESS_USER_H
#define AGENT_PROCESS_USER_H

#include <pwd.h>

enum {
	USER_GROUPS = 65536,       /* as many as Linux lets a process have */
	USER_PASSWD_MAX = 1 << 20, /* one record; glibc's own start is 1 KiB */
};

/*
 * The record of `name`, or our own when that is NULL; what it points to is in *ret_buf, the caller's to free.
 * 0, -ENOENT when there is no such user, or -errno.
 */
int user_find(const char *name, struct passwd *ret, char **ret_buf);

/* All groups of `name`, `gid` among them; *ret is the caller's to free.  How many, or -errno. */
int user_groups(const char *name, gid_t gid, gid_t **ret);

/* What getent(1) says, whatever libc we have: as the two above, -ENOENT also where there is none. */
int user_getent(const char *name, struct passwd *ret, char **ret_buf);
int user_getent_groups(const char *name, gid_t gid, gid_t **ret);

#endif
