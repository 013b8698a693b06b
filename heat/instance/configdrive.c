/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/instance/configdrive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "agent/base/paths.h"
#include "agent/base/text.h"

static const char label_link[] = "/dev/disk/by-label/config-2";
static const char mount_point[] = PATH_RUN "/config-drive";

enum { SECTORS_MAX = 2 * 1024 * 128 /* 128 MiB in sectors of 512: Nova's drives have 64 */ };

/* Returns true if the text, padded with blanks or NULs, is the label in upper or lower case. */
static bool is_drive_label(const char *s, size_t n)
{
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\0'))
		n--;
	return n == 8 && strncasecmp(s, "config-2", 8) == 0;
}

/* Checks the volume label of iso9660 (in sector 16) and of both kinds of FAT. */
static bool has_drive_label(const char *dev)
{
	auto_fd int fd = open(dev, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char iso[72], fat[512];

	if (fd < 0)
		return false;
	if (pread(fd, iso, sizeof(iso), 32768) == sizeof(iso) && memcmp(iso + 1, "CD001", 5) == 0)
		return is_drive_label(iso + 40, 32);
	if (pread(fd, fat, sizeof(fat), 0) != sizeof(fat) || (unsigned char)fat[510] != 0x55 ||
	        (unsigned char)fat[511] != 0xAA)
		return false;
	return (memcmp(fat + 54, "FAT", 3) == 0 && is_drive_label(fat + 43, 11)) ||
	       (memcmp(fat + 82, "FAT", 3) == 0 && is_drive_label(fat + 71, 11));
}

/* Returns true for a disk of /sys/class/block that is small and not built from other devices. */
static bool is_candidate_disk(const char *name)
{
	static const char *const never[] = { "loop", "ram", "zram", "dm-", "md", "nbd", "fd" };
	auto_free char *text = NULL;
	char path[PATH_MAX];
	auto_file FILE *f = NULL;
	unsigned long long sectors = 0;

	for (size_t i = 0; i < ARRAY_SIZE(never); i++)
		if (strncmp(name, never[i], strlen(never[i])) == 0)
			return false;
	(void)snprintf(path, sizeof(path), "/sys/class/block/%.200s/size", name);
	f = fopen(path, "re");
	return f && fscanf(f, "%llu", &sectors) == 1 && sectors > 0 && sectors <= SECTORS_MAX;
}

static bool find_drive_device(char ret[static PATH_MAX])
{
	struct dirent *e;
	bool found = false;
	DIR *d;

	if (realpath(label_link, ret))
		return true;
	d = opendir("/sys/class/block");
	while (d && !found && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' || !is_candidate_disk(e->d_name))
			continue;
		(void)snprintf(ret, PATH_MAX, "/dev/%s", e->d_name);
		found = has_drive_label(ret);
	}
	if (d)
		closedir(d);
	return found;
}

/*
 * Copies the folder where the device is mounted.  Returns false if it is not mounted.  A line of mountinfo:
 * 36 35 98:0 / /mnt/drive ro,noatime shared:1 - iso9660 /dev/sr0 ro
 */
static bool find_drive_mount(const char *dev, char ret[static PATH_MAX])
{
	auto_file FILE *f = fopen("/proc/self/mountinfo", "re");
	auto_free char *line = NULL;
	unsigned major, minor;
	char at[1024];
	size_t size = 0;
	struct stat st;

	if (!f || stat(dev, &st) < 0)
		return false;
	while (getline(&line, &size, f) > 0) {
		if (sscanf(line, "%*s %*s %u:%u %*s %1023s", &major, &minor, at) == 3 &&
		        makedev(major, minor) == st.st_rdev && !strchr(at, '\\')) {
			(void)snprintf(ret, PATH_MAX, "%s", at);
			return true;
		}
	}
	return false;
}

int configdrive_open(struct configdrive *ret)
{
	static const char *const types[] = { "iso9660", "vfat" };
	char dev[PATH_MAX];
	int r;

	*ret = (struct configdrive){ 0 };
	if (*path_root()) {
		r = path_full(ret->dir, "/config-drive");
		return r < 0 ? r : access(ret->dir, R_OK) < 0 ? -ENOENT : 0;
	}
	if (!find_drive_device(dev))
		return -ENOENT;
	if (find_drive_mount(dev, ret->dir))
		return 0;
	r = path_mkdir(mount_point);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (mount(dev, mount_point, types[i], MS_RDONLY | MS_NODEV | MS_NOSUID | MS_NOEXEC,
		            NULL) == 0) {
			STR_COPY(ret->dir, mount_point);
			ret->mounted = true;
			return 0;
		}
		r = -errno;
	}
	return r;
}

int configdrive_read(
        const struct configdrive *d, const char *name, size_t max, char **ret, size_t *ret_len)
{
	char path[PATH_MAX];
	struct stat st;
	auto_fd int fd = -1;
	ssize_t n;

	if (snprintf(path, sizeof(path), "%s/%s", d->dir, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > (off_t)max)
		return -EFBIG;
	*ret = malloc((size_t)st.st_size + 1);
	if (!*ret)
		return -ENOMEM;
	n = read(fd, *ret, (size_t)st.st_size);
	if (n < 0) {
		free(*ret);
		*ret = NULL;
		return -EIO;
	}
	(*ret)[n] = '\0';
	*ret_len = (size_t)n;
	return 0;
}

void configdrive_close(struct configdrive *d)
{
	if (d->mounted)
		(void)umount2(d->dir, MNT_DETACH);
	d->mounted = false;
}
