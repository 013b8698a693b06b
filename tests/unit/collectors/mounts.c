/* SPDX-License-Identifier: Apache-2.0 */
/* mounts.c - filesystems that turn read-only, find errors in themselves, or never answer. */
#include "tests/unit/lib/collector_rig.h"

#include <sys/mount.h>
#include <time.h>

#include "collectors/lib/probe.h"
#include "collectors/storage/fserrors.h"

static char at[PATH_MAX];

static bool mounted(const char *path, const char *kind, const char *options)
{
	assert_int_equal(path_mkdir(path), 0);
	(void)snprintf(at, sizeof(at), "%s", guest_path(path));
	return mount("none", at, kind, 0, options) == 0;
}

TEST(filesystem_turned_read_only_is_reported_and_kept)
{
	(void)snprintf(settings.filesystems, sizeof(settings.filesystems), "auto");
	if (!mounted("/data", "tmpfs", "size=1m"))
		skip();
	begin("filesystem");
	expect("/data", "fs.readonly 0");
	assert_int_equal(mount("none", at, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	tick();
	expect("/data", "fs.readonly 1");
	tick();
	assert_true(of("fs.used_ratio", "/data") >= 0);
	assert_int_equal(mount("none", at, NULL, MS_REMOUNT, NULL), 0);
	tick();
	expect("/data", "fs.readonly 0");
	assert_int_equal(umount(at), 0);
	tick();
	expect("/data", "fs.readonly absent");
}

TEST(filesystem_mounted_read_only_is_ok)
{
	(void)snprintf(settings.filesystems, sizeof(settings.filesystems), "/ro");
	if (!mounted("/ro", "tmpfs", "ro"))
		skip();
	begin("filesystem");
	expect("/ro", "fs.readonly 0");
	assert_int_equal(umount(at), 0);
}

TEST(errors_are_read_where_ext4_and_btrfs_keep_them)
{
	const struct mount ext4 = { .kind = "ext4",
		.source = "/dev/root",
		.major = 254,
		.minor = 1 },
	                   btrfs = { .kind = "btrfs", .source = "/dev/vdc" },
	                   xfs = { .kind = "xfs", .source = "/dev/vdd", .major = 254 };
	struct fserrors e;

	assert_false(fserrors_open(&e, &ext4));
	guest_put("/sys/dev/block/x", "");
	assert_int_equal(
	        symlink("../../devices/pci/block/vda/vda1", guest_path("/sys/dev/block/254:1")), 0);
	guest_put("/sys/fs/ext4/vda1/errors_count", "3\n");
	assert_true(fserrors_open(&e, &ext4));
	assert_near(fserrors_read(&e), 3);
	assert_false(fserrors_stops(&e));
	guest_put("/proc/fs/ext4/vda1/options", "rw\nerrors=continue\nnoerrors=remount-ro\n");
	assert_false(fserrors_stops(&e));
	overwrite("/proc/fs/ext4/vda1/options", "rw\nbsddf\nerrors=remount-ro\ncommit=5\n");
	assert_true(fserrors_stops(&e));
	fserrors_close(&e);
	guest_put("/sys/fs/btrfs/features/x", "");
	guest_put("/sys/fs/btrfs/0a-1b/devices/vdc", "");
	guest_put("/sys/fs/btrfs/0a-1b/devinfo/1/error_stats",
	        "write_errs 1\nread_errs 2\nflush_errs 0\ncorruption_errs 4\ngeneration_errs 0\n");
	assert_true(fserrors_open(&e, &btrfs));
	assert_near(fserrors_read(&e), 7);
	assert_false(fserrors_stops(&e));
	fserrors_close(&e);
	assert_false(fserrors_open(&e, &xfs));
	assert_false(fserrors_open(&e, NULL));
}

/* Ticks of 10 s in table time, a few ms in real time. */
static void wait_for(const char *name, const char *instance, double want)
{
	for (int i = 0; i < 1000 && !(of(name, instance) == want); i++) {
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
		tick();
	}
	assert_near(of(name, instance), want);
}

/* A user-space filesystem without an answer hangs its caller, like a dead NFS server. */
TEST(a_server_that_does_not_answer_hangs_nobody)
{
	int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	uint64_t from;

	(void)snprintf(settings.filesystems, sizeof(settings.filesystems), "/net");
	if (fuse < 0 ||
	        !mounted("/net", "fuse", fmt("fd=%d,rootmode=40000,user_id=0,group_id=0", fuse)))
		skip();
	from = loop_now();
	begin("filesystem netmount");
	wait_for("fs.stale", "/net", 1);
	expect("/net", "fs.used_ratio unknown");
	assert_true(loop_now() - from < 60000);
	close(fuse); /* the server is gone for good: asking it is an error, and over */
	ticks(20);
	expect("/net", "fs.stale 1");
	assert_int_equal(umount2(at, MNT_DETACH), 0);
	tick();
	expect("/net", "fs.stale absent");
}

static int answers(const void *arg, void *answer)
{
	memcpy(answer, arg, sizeof(int));
	return 0;
}

static int refuses(const void *arg, void *answer)
{
	(void)arg;
	(void)answer;
	return -EIO;
}

static int holds(const void *arg, void *answer)
{
	(void)arg;
	(void)answer;
	return fcntl(*(const int *)arg, F_GETFD) < 0 ? 0
	                                             : -1; /* has the descriptor of its parent? */
}

static enum probe_state result(struct probe *p, void *ret)
{
	enum probe_state s = PROBE_RUNS;

	for (int i = 0; i < 2000 && s == PROBE_RUNS; i++) {
		s = probe_look(p, 1000, 60000, ret, sizeof(int));
		if (s == PROBE_RUNS)
			nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	}
	return s;
}

TEST(probe_answers_fails_or_hangs_without_descriptors)
{
	struct probe p = { 0 };
	int seven = 7, got = 0, fd = open("/dev/null", O_RDONLY), high = fcntl(fd, F_DUPFD, 77);

	assert_int_equal(probe_look(&p, 0, 1, &got, sizeof(got)), PROBE_IDLE);
	assert_int_equal(probe_start(&p, 1000, answers, &seven, sizeof(int)), 0);
	assert_int_equal(probe_start(&p, 1000, answers, &seven, sizeof(int)), -EBUSY);
	assert_int_equal(result(&p, &got), PROBE_DONE);
	assert_int_equal(got, 7);
	assert_int_equal(probe_start(&p, 1000, refuses, &seven, sizeof(int)), 0);
	assert_int_equal(result(&p, &got), PROBE_FAILED);
	assert_int_equal(probe_start(&p, 1000, holds, &high, sizeof(int)), 0);
	assert_int_equal(result(&p, &got), PROBE_DONE);
	close(fd);
	close(high);
}
