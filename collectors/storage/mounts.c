/* SPDX-License-Identifier: Apache-2.0 */
#include "collectors/storage/mounts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/path.h"

/*
 * Types that live on a disk or in memory and can fill up. This is a list of known types, because
 * others might hang (a dead NFS server, a stuck FUSE daemon) or have no space (proc).
 */
static const char *const kinds[] = { "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "jfs",
	"reiserfs", "nilfs2", "bcachefs", "zfs", "vfat", "exfat", "ntfs3", "tmpfs", "ubifs",
	"jffs2", NULL };

/* Types with a server that may not answer. */
static const char *const network_kinds[] = { "nfs", "nfs4", "cifs", "smb3", "ceph", "glusterfs",
	"fuse.glusterfs", "fuse.sshfs", "fuse.ceph", "fuse.s3fs", "fuse.rclone", "fuse", "9p",
	"virtiofs", "afs", "lustre", NULL };

/* Mount points of the system itself; users do not fill these tmpfs mounts. */
static const char *const system_mounts[] = { "/dev", "/sys", "/proc", "/run/credentials",
	"/run/user", "/run/lock", NULL };

static bool is_in_list(const char *const *list, const char *s, size_t n)
{
	for (; *list; list++)
		if (strlen(*list) == n && strncmp(*list, s, n) == 0)
			return true;
	return false;
}

static bool is_system_mount(const char *path)
{
	for (const char *const *p = system_mounts; *p; p++) {
		size_t n = strlen(*p);

		if (strncmp(path, *p, n) == 0 && (path[n] == '\0' || path[n] == '/'))
			return true;
	}
	return false;
}

/* Decodes the kernel's octal escapes of blank, tab, line feed and backslash ("\040"). */
static bool unescape_mount(char *ret, size_t size, const char *s, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++, len++) {
		if (len + 1 >= size)
			return false;
		ret[len] = s[i];
		if (s[i] == '\\' && n - i >= 4) {
			int v = (s[i + 1] - '0') * 64 + (s[i + 2] - '0') * 8 + (s[i + 3] - '0');

			if (v > 0 && v < 256) {
				ret[len] = (char)v;
				i += 3;
			}
		}
	}
	ret[len] = '\0';
	return len > 0;
}

/* Advances *s over the next word; returns its length, 0 at the end. */
static size_t next_mount_word(const char **s, const char **ret)
{
	size_t n;

	*s += strspn(*s, " ");
	n = strcspn(*s, " \n");
	*ret = *s;
	*s += n;
	return n;
}

/* Removes the sysroot; false: the mount is outside of it. */
static bool strip_root(char *path)
{
	const char *root = path_root();
	size_t n = strlen(root);

	if (n == 0)
		return true;
	if (strncmp(path, root, n) != 0 || (path[n] != '/' && path[n] != '\0'))
		return false;
	memmove(path, path + n, strlen(path + n) + 1);
	if (!*path)
		memcpy(path, "/", 2);
	return true;
}

/*
 *	36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
 *	id parent dev root path options [tags] - kind source super-options
 */
static bool parse_mount_line(const char *line, struct mount *ret)
{
	const char *s = line, *w, *path, *options, *root, *kind, *source;
	size_t n, path_len, root_len, kind_len, source_len;

	(void)next_mount_word(&s, &w);
	(void)next_mount_word(&s, &w);
	n = next_mount_word(&s, &w);
	if (n == 0 || sscanf(w, "%u:%u", &ret->major, &ret->minor) != 2)
		return false;
	root_len = next_mount_word(&s, &root);
	path_len = next_mount_word(&s, &path);
	n = next_mount_word(&s, &options);
	ret->readonly = n < 2 || strncmp(options, "rw", 2) != 0;
	do
		n = next_mount_word(&s, &w);
	while (n > 0 && !(n == 1 && *w == '-'));
	kind_len = next_mount_word(&s, &kind);
	ret->network = is_in_list(network_kinds, kind, kind_len);
	if (!ret->network && !is_in_list(kinds, kind, kind_len))
		return false;
	if (root_len != 1 && !ret->network && !(kind_len == 5 && strncmp(kind, "btrfs", 5) == 0))
		return false; /* bind mount of a subdirectory */
	source_len = next_mount_word(&s, &source);
	n = next_mount_word(&s, &options);
	/* Since 6.15 ext4 keeps "rw" and adds emergency_ro after it has stopped writing. */
	ret->readonly = ret->readonly || n < 2 || strncmp(options, "rw", 2) != 0 ||
	                memmem(options, n, "emergency_ro", 12);
	(void)snprintf(ret->kind, sizeof(ret->kind), "%.*s", (int)kind_len, kind);
	if (!unescape_mount(ret->source, sizeof(ret->source), source, source_len))
		ret->source[0] = '\0';
	return unescape_mount(ret->path, sizeof(ret->path), path, path_len) &&
	       !is_system_mount(ret->path) && strip_root(ret->path);
}

static bool is_local(const struct mount *m)
{
	return !m->network && !m->readonly;
}

static bool is_readonly(const struct mount *m)
{
	return !m->network && m->readonly;
}

static bool is_network(const struct mount *m)
{
	return m->network;
}

bool mount_parse(const char *line, struct mount *ret)
{
	return parse_mount_line(line, ret) && is_local(ret);
}

static bool is_device_listed(const struct mount *list, int n, const struct mount *m)
{
	for (int i = 0; i < n; i++)
		if ((list[i].major == m->major && list[i].minor == m->minor) ||
		        strcmp(list[i].path, m->path) == 0)
			return true;
	return false;
}

static int read_mountinfo(
        int fd, struct mount ret[static MOUNTS_MAX], bool (*wanted)(const struct mount *))
{
	char buf[8192];
	size_t have = 0;
	int n = 0;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	for (;;) {
		ssize_t got = read(fd, buf + have, sizeof(buf) - 1 - have);
		char *line = buf, *end;

		if (got < 0)
			return -errno;
		if (got == 0)
			return n;
		have += (size_t)got;
		buf[have] = '\0';
		while ((end = memchr(line, '\n', have - (size_t)(line - buf))) != NULL) {
			struct mount m;

			*end = '\0';
			if (n < MOUNTS_MAX && parse_mount_line(line, &m) && wanted(&m) &&
			        !is_device_listed(ret, n, &m))
				ret[n++] = m;
			line = end + 1;
		}
		have -= (size_t)(line - buf);
		memmove(buf, line, have);
		if (have == sizeof(buf) - 1)
			/* a line of 8 KiB is skipped: its path is too long to be watched */
			have = 0;
	}
}

int mounts_read(int fd, struct mount ret[static MOUNTS_MAX])
{
	return read_mountinfo(fd, ret, is_local);
}

int mounts_read_readonly(int fd, struct mount ret[static MOUNTS_MAX])
{
	return read_mountinfo(fd, ret, is_readonly);
}

int mounts_read_network(int fd, struct mount ret[static MOUNTS_MAX])
{
	return read_mountinfo(fd, ret, is_network);
}
