/* SPDX-License-Identifier: Apache-2.0 */
/* kmsg.c - records of the kernel log: counted, kept as the reason, lost, and written by programs. */
#include "tests/unit/lib/collector_rig.h"

static int writer;

static void kernel_says(const char *record)
{
	assert_int_equal(write(writer, record, strlen(record)), strlen(record));
	tick();
}

/* A pipe gives a record a read as well, when each is read before the next is written. */
static void begin_kmsg(void)
{
	const char *path = guest_path("/dev/kmsg");

	assert_int_equal(path_mkdir("/dev"), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	begin("kmsg");
	writer = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(writer >= 0);
	tick();
}

TEST(each_is_counted_and_the_last_words_are_kept)
{
	begin_kmsg();
	expect("", "kernel.io_errors 0");
	kernel_says(
	        "3,100,5,-;I/O error, dev vda, sector 1\n SUBSYSTEM=block\n DEVICE=+block:vda\n");
	kernel_says("3,101,5,-;I/O error, dev vda, sector 2\n");
	kernel_says("6,102,5,-;eth0: link becomes ready\n");
	expect("", "kernel.io_errors 2");
	assert_string_equal(why("kernel.io_errors", ""), "I/O error, dev vda, sector 2");
	kernel_says("4,103,5,-;Out of memory: Killed process 8 (x)\n");
	assert_string_equal(why("kernel.oom_kills", ""), "Out of memory: Killed process 8 (x)");
	expect("", "kernel.log_lost 0");
	kernel_says("6,110,5,-;something\n");
	expect("", "kernel.log_lost 6");
	close(writer);
}

TEST(program_messages_in_the_kernel_log_are_ignored)
{
	static const char *const forged[] = { "11,1,5,-;I/O error, dev vda, sector 1\n",
		"30,2,5,-;systemd: BUG: soft lockup\n", ";I/O error, dev vda\n",
		"3;I/O error, dev x\n", "3,;I/O error, dev x\n", "3,x,5,-;I/O error, dev x\n",
		"-1,3,5,-;I/O error, dev x\n", "I/O error, dev x", "\n\n\n", "3,4,5,-",
		"\xff,\xff;\xff" };

	begin_kmsg();
	for (size_t i = 0; i < ARRAY_SIZE(forged); i++)
		kernel_says(forged[i]);
	expect("", "kernel.io_errors 0, kernel.soft_lockups 0");
	close(writer);
}

TEST(words_of_the_kernel_wake_the_agent)
{
	begin_kmsg();
	assert_true(runner.run[0].news.fd >= 0);
	assert_int_equal(runner.run[0].events, 1); /* EPOLLIN */
	close(writer);
}
