/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/process/user.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/base/clean.h"

#ifdef __GLIBC__
enum { LIBC_ASKS_ALL = 1 };
#else
enum { LIBC_ASKS_ALL = 0 };
#endif

/* "No such user" has five error codes (getpwnam(3)); 0 without a record is the sixth. */
static int not_found(int e)
{
	return e == 0 || e == ENOENT || e == ESRCH || e == EBADF || e == EPERM ? -ENOENT : -e;
}

int user_find(const char *name, struct passwd *ret, char **ret_buf)
{
	for (size_t size = 1024; size <= USER_PASSWD_MAX; size *= 2) {
		auto_free char *buf = malloc(size);
		struct passwd *found = NULL;
		int e;

		if (!buf)
			return -ENOMEM;
		e = name ? getpwnam_r(name, ret, buf, size, &found)
		         : getpwuid_r(geteuid(), ret, buf, size, &found);
		if (found) {
			*ret_buf = buf;
			buf = NULL;
			return 0;
		}
		if (e == ERANGE)
			continue;
		e = not_found(e);
		return e == -ENOENT && name && !LIBC_ASKS_ALL ? user_getent(name, ret, ret_buf) : e;
	}
	return -ERANGE;
}

int user_groups(const char *name, gid_t gid, gid_t **ret)
{
	int asked = LIBC_ASKS_ALL ? -ENOENT : user_getent_groups(name, gid, ret);

	if (asked >= 0)
		return asked;
	for (int size = 32; size <= USER_GROUPS; size *= 2) {
		int n = size;
		gid_t *g = calloc((size_t)size, sizeof(*g));

		if (!g)
			return -ENOMEM;
		if (getgrouplist(name, gid, g, &n) >= 0) {
			*ret = g;
			return n;
		}
		free(g);
	}
	return -E2BIG;
}
