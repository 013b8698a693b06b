/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/data/table.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
const struct metric metrics[] = {
	{ "mem.used_ratio", "ratio", METRIC_BOUNDED, 1, "memory that is not available (MemAvailable), of MemTotal" },
	{ "swap.used_ratio", "ratio", METRIC_SOFT, 1, "swap in use, of all swap; unknown without swap" },
	{ "mem.available_kib", "KiB", METRIC_GAUGE, NAN, "memory that programs may still have, without swapping" },
	{ "mem.cached_kib", "KiB", METRIC_GAUGE, NAN, "cache of files" },
	{ "mem.slab_reclaimable_kib", "KiB", METRIC_GAUGE, NAN, "kernel objects that can be given back" },
	{ "mem.slab_unreclaimable_kib", "KiB", METRIC_GAUGE, NAN, "kernel objects that cannot: a kernel leak shows here" },
	{ "mem.page_tables_kib", "KiB", METRIC_GAUGE, NAN, "page tables" },
	{ "mem.committed_ratio", "ratio", METRIC_GAUGE, NAN, "memory promised to programs, of the commit limit" },
	{ "mem.commit.used_ratio", "ratio", METRIC_BOUNDED, 1, "the same where the kernel enforces it (vm.overcommit_memory 2); else unknown" },
	{ "mem.hugepages.used_ratio", "ratio", METRIC_SOFT, 1, "preallocated huge pages in use" },
	{ "mem.balloon_kib", "KiB", METRIC_GAUGE, NAN, "memory that the host has taken through a balloon" },
	{ "mem.fragmented_ratio", "ratio", METRIC_GAUGE, NAN, "free memory in blocks of less than 8 pages" },
	{ "mem.major_faults", "1/s", METRIC_GAUGE, NAN, "page faults that had to read from disk" },
	{ "mem.direct_reclaim_kib", "KiB/s", METRIC_GAUGE, NAN, "memory that programs had to look through for room themselves" },
	{ "mem.compact_failed", "1/s", METRIC_GAUGE, NAN, "compactions that made no large block" },
	{ "swap.in_kib", "KiB/s", METRIC_GAUGE, NAN, "read back from swap" },
	{ "swap.out_kib", "KiB/s", METRIC_GAUGE, NAN, "written to swap" },
	{ "kernel.oom_kills", "1", METRIC_FAULT_COUNTER, NAN, "processes killed for want of memory" },
	{ "fs.used_ratio", "ratio", METRIC_BOUNDED, 1, "space in use, of what an unprivileged user may fill" },
	{ "fs.inodes.used_ratio", "ratio", METRIC_BOUNDED, 1, "inodes in use, of all" },
	{ "psi.cpu.some", "ratio", METRIC_GAUGE, NAN, "share of the last 10 s in which a task waited for a CPU" },
	{ "psi.cpu.full", "ratio", METRIC_GAUGE, NAN, "share of the last 10 s in which all tasks waited for a CPU (in a cgroup with a quota)" },
	{ "psi.io.some", "ratio", METRIC_GAUGE, NAN, "share of the last 10 s in which a task waited for I/O" },
	{ "psi.io.full", "ratio", METRIC_GAUGE, NAN, "share of the last 10 s in which all tasks waited for I/O" },
	{ "psi.memory.some", "ratio", METRIC_GAUGE, NAN, "share of the last 10 s in which a task waited for memory" },
	{ "psi.memory.full", "ratio", METRIC_BOUNDED, 0.8, "share of the last 10 s in which all tasks waited for memory" },
	{ "cpu.busy_ratio", "ratio", METRIC_GAUGE, NAN, "share of all CPUs that was used since the last reading" },
	{ "cpu.user_ratio", "ratio", METRIC_GAUGE, NAN, "share of all CPUs that programs used" },
	{ "cpu.system_ratio", "ratio", METRIC_GAUGE, NAN, "share of all CPUs that the kernel used for programs" },
	{ "cpu.iowait_ratio", "ratio", METRIC_GAUGE, NAN, "share of all CPUs that idled while I/O was waited for" },
	{ "cpu.steal_ratio", "ratio", METRIC_GAUGE, NAN, "share of all CPUs that the host took for others: a noisy neighbour" },
	{ "cpu.irq_ratio", "ratio", METRIC_GAUGE, NAN, "share of all CPUs that interrupts used, soft ones included" },
	{ "cpu.hottest_ratio", "ratio", METRIC_GAUGE, NAN, "share of the busiest single CPU that was used" },
	{ "cpu.count", "1", METRIC_GAUGE, NAN, "CPUs online" },
	{ "cpu.runnable", "1", METRIC_GAUGE, NAN, "threads that run or wait for a CPU" },
	{ "cpu.switches", "1/s", METRIC_GAUGE, NAN, "context switches" },
	{ "cpu.interrupts", "1/s", METRIC_GAUGE, NAN, "interrupts" },
	{ "proc.forks", "1/s", METRIC_GAUGE, NAN, "processes and threads begun" },
	{ "load.1m", "1", METRIC_GAUGE, NAN, "load average over one minute" },
	{ "proc.count", "1", METRIC_GAUGE, NAN, "processes" },
	{ "proc.threads", "1", METRIC_GAUGE, NAN, "threads, the kernel's own included" },
	{ "proc.used_ratio", "ratio", METRIC_BOUNDED, 1, "threads, of the lower of kernel.pid_max and kernel.threads-max" },
	{ "disk.count", "1", METRIC_GAUGE, NAN, "disks and RAIDs that are watched" },
	{ "disk.unwatched", "1", METRIC_GAUGE, NAN, "block devices that are not: loops, partitions, mappings, and what goes beyond 64" },
	{ "disk.read_kib", "KiB/s", METRIC_GAUGE, NAN, "read" },
	{ "disk.write_kib", "KiB/s", METRIC_GAUGE, NAN, "written" },
	{ "disk.iops", "1/s", METRIC_GAUGE, NAN, "reads and writes done" },
	{ "disk.latency_ms", "ms", METRIC_GAUGE, NAN, "what one took on average; unknown when there was none" },
	{ "disk.busy_ratio", "ratio", METRIC_GAUGE, NAN, "share of the time in which it had something to do" },
	{ "disk.queue", "1", METRIC_GAUGE, NAN, "requests at the disk on average" },
	{ "disk.stuck_s", "s", METRIC_GAUGE, NAN, "for how long none of the I/O in flight has been done" },
	{ "disk.stuck", "1", METRIC_FAULT_FLAG, NAN, "it hangs: I/O in flight, and none done for 30 s" },
	{ "disk.timeouts", "1", METRIC_FAULT_COUNTER, NAN, "SCSI commands that timed out" },
	{ "disk.degraded", "1", METRIC_FAULT_FLAG, NAN, "a RAID that lacks a disk" },
	{ "kernel.io_errors", "1", METRIC_FAULT_COUNTER, NAN, "I/O errors in the kernel's log" },
	{ "kernel.io_resets", "1", METRIC_FAULT_COUNTER, NAN, "disks and their controllers that timed out or were reset" },
	{ "kernel.soft_lockups", "1", METRIC_FAULT_COUNTER, NAN, "CPUs that were stuck in the kernel for 20 s and more" },
	{ "kernel.hard_lockups", "1", METRIC_FAULT_COUNTER, NAN, "CPUs that no longer took interrupts" },
	{ "kernel.rcu_stalls", "1", METRIC_FAULT_COUNTER, NAN, "CPUs that held up the kernel's housekeeping" },
	{ "kernel.hung_tasks", "1", METRIC_FAULT_COUNTER, NAN, "tasks that were blocked for 120 s and more" },
	{ "kernel.machine_checks", "1", METRIC_FAULT_COUNTER, NAN, "hardware errors that the CPU reported" },
	{ "kernel.memory_errors", "1", METRIC_FAULT_COUNTER, NAN, "memory that was corrected, or could not be" },
	{ "kernel.fs_errors", "1", METRIC_FAULT_COUNTER, NAN, "errors that ext4, XFS, btrfs and others found in themselves" },
	{ "kernel.nmis", "1", METRIC_FAULT_COUNTER, NAN, "interrupts that nobody could explain" },
	{ "kernel.oopses", "1", METRIC_FAULT_COUNTER, NAN, "faults in the kernel itself" },
	{ "kernel.warnings", "1", METRIC_GAUGE, NAN, "warnings of the kernel about itself, since the agent began to look" },
	{ "kernel.call_traces", "1", METRIC_GAUGE, NAN, "call traces in the kernel's log, since the agent began to look" },
	{ "kernel.link_downs", "1", METRIC_FAULT_COUNTER, NAN, "network links that went down" },
	{ "kernel.tables_full", "1", METRIC_FAULT_COUNTER, NAN, "refused by the kernel for a table that was full: conntrack, neighbours, files, pids, TCP memory" },
	{ "kernel.alloc_failures", "1", METRIC_FAULT_COUNTER, NAN, "memory that the kernel itself did not get" },
	{ "kernel.segfaults", "1", METRIC_GAUGE, NAN, "programs that crashed, since the agent began to look" },
	{ "kernel.throttled", "1", METRIC_GAUGE, NAN, "CPUs slowed down for heat, since the agent began to look" },
	{ "kernel.log_lost", "1", METRIC_GAUGE, NAN, "lines of the kernel's log overwritten before they were read" },
	{ "file.open", "1", METRIC_GAUGE, NAN, "open files, machine-wide" },
	{ "file.used_ratio", "ratio", METRIC_BOUNDED, 1, "open files, of fs.file-max" },
	{ "file.inodes", "1", METRIC_GAUGE, NAN, "inodes that the kernel has in use" },
	{ "aio.used_ratio", "ratio", METRIC_BOUNDED, 1, "asynchronous I/O requests, of fs.aio-max-nr" },
	{ "pty.used_ratio", "ratio", METRIC_BOUNDED, 1, "pseudo terminals, of kernel.pty.max" },
	{ "clock.jumps", "1", METRIC_FAULT_COUNTER, NAN, "times that the clock was set" },
	{ "clock.jump_s", "s", METRIC_GAUGE, NAN, "by how much it was, since the last reading" },
	{ "clock.offset_ms", "ms", METRIC_GAUGE, NAN, "what NTP has left to correct; unknown while nobody keeps the clock" },
	{ "clock.max_error_ms", "ms", METRIC_GAUGE, NAN, "how wrong the clock may be; unknown while nobody keeps it" },
	{ "clock.unsynchronised", "1", METRIC_GAUGE, NAN, "1 while nobody keeps the clock" },
	{ "certificate.left_s", "s", METRIC_GAUGE, NAN, "until a certificate expires" },
	{ "certificate.used_ratio", "ratio", METRIC_BOUNDED, 1, "how much of its life a certificate has behind it" },
	{ "guest.uptime_s", "s", METRIC_GAUGE, NAN, "since the guest was started" },
	{ "guest.suspended_s", "s", METRIC_GAUGE, NAN, "for how long the guest was suspended since then" },
	{ "guest.reboot_required", "1", METRIC_GAUGE, NAN, "1 when the system asks for a reboot" },
	{ "guest.entropy", "1", METRIC_GAUGE, NAN, "bits in the kernel's entropy pool" },
	{ "kernel.tainted", "1", METRIC_GAUGE, NAN, "the kernel's taint flags" },
	{ "fs.readonly", "1", METRIC_FAULT_FLAG, NAN, "was writable and is read-only now" },
	{ "fs.errors", "1", METRIC_FAULT_COUNTER, NAN, "errors that ext4 or btrfs has found in itself" },
	{ "fs.stale", "1", METRIC_FAULT_FLAG, NAN, "a network mount whose server does not answer" },
	{ "net.count", "1", METRIC_GAUGE, NAN, "interfaces that are watched: with a driver behind them, or an address" },
	{ "net.unwatched", "1", METRIC_GAUGE, NAN, "interfaces that are not, the loopback apart" },
	{ "net.rx_kib", "KiB/s", METRIC_GAUGE, NAN, "received" },
	{ "net.tx_kib", "KiB/s", METRIC_GAUGE, NAN, "sent" },
	{ "net.errors", "1/s", METRIC_GAUGE, NAN, "packets lost to errors, both ways" },
	{ "net.drops", "1/s", METRIC_GAUGE, NAN, "packets dropped, both ways" },
	{ "net.carrier_changes", "1", METRIC_FAULT_COUNTER, NAN, "times that the link went or came" },
	{ "net.up", "1", METRIC_GAUGE, NAN, "1 while there is a carrier; unknown while it is switched off" },
	{ "net.conntrack.used_ratio", "ratio", METRIC_BOUNDED, 1, "tracked connections, of nf_conntrack_max" },
	{ "tcp.mem.used_ratio", "ratio", METRIC_BOUNDED, 1, "memory of TCP, of the limit in net.ipv4.tcp_mem" },
	{ "tcp.orphans.used_ratio", "ratio", METRIC_BOUNDED, 1, "connections without an owner, of tcp_max_orphans" },
	{ "tcp.ports.used_ratio", "ratio", METRIC_BOUNDED, 1, "local TCP ports taken, of ip_local_port_range" },
	{ "tcp.sockets", "1", METRIC_GAUGE, NAN, "TCP sockets in use (IPv4)" },
	{ "tcp.time_wait", "1", METRIC_GAUGE, NAN, "connections in TIME_WAIT" },
	{ "tcp.listen_overflows", "1/s", METRIC_GAUGE, NAN, "connections that found a listen queue full" },
	{ "tcp.listen_drops", "1/s", METRIC_GAUGE, NAN, "connections dropped by a listener" },
	{ "tcp.memory_aborts", "1/s", METRIC_GAUGE, NAN, "connections given up for want of memory" },
	{ "tcp.retransmitted_ratio", "ratio", METRIC_GAUGE, NAN, "segments sent again, of all sent" },
	{ "proc.blocked", "1", METRIC_GAUGE, NAN, "processes that sleep in the kernel and cannot be woken (state D)" },
	{ "proc.blocked_s", "s", METRIC_GAUGE, NAN, "for how long the one that has not moved longest has been so" },
	{ "proc.hung", "1", METRIC_FAULT_FLAG, NAN, "one has not moved for 120 s" },
	{ "proc.zombies", "1", METRIC_GAUGE, NAN, "processes that have ended and whose parent does not care" },
	{ "process.watched.alive", "1", METRIC_LIVENESS, NAN, "a watched process lives; unknown until it was first seen, or for two minutes" },
	{ "process.watched.restarts", "1", METRIC_FAULT_COUNTER, NAN, "times that it was replaced by another" },
	{ "process.watched.rss_kib", "KiB", METRIC_GAUGE, NAN, "memory that it has" },
	{ "process.watched.threads", "1", METRIC_GAUGE, NAN, "threads of it" },
	{ "process.watched.cpu_ratio", "ratio", METRIC_GAUGE, NAN, "CPUs that it uses" },
	{ "process.watched.files.used_ratio", "ratio", METRIC_BOUNDED, 1, "its open files, of its limit" },
	{ "process.watched.oom_score", "1", METRIC_GAUGE, NAN, "how likely the kernel is to kill it when memory is short, of 2000" },
	{ "process.watched.age_s", "s", METRIC_GAUGE, NAN, "since it was started" },
	{ "device.added", "1", METRIC_GAUGE, NAN, "disks, interfaces, CPUs and memory plugged since the agent began to look" },
	{ "device.removed", "1", METRIC_GAUGE, NAN, "the same, unplugged" },
	{ "device.events_lost", "1", METRIC_GAUGE, NAN, "times that more devices were told of than there was room for" },
	{ "cgroup.memory.used_ratio", "ratio", METRIC_BOUNDED, 1, "memory of a service, of the limit that it was given" },
	{ "cgroup.pids.used_ratio", "ratio", METRIC_BOUNDED, 1, "processes and threads of a service, of its limit; one that has no other is watched from half of it on" },
	{ "cgroup.oom_kills", "1", METRIC_FAULT_COUNTER, NAN, "processes of a service killed for want of memory" },
	{ "cgroup.cpu_ratio", "ratio", METRIC_GAUGE, NAN, "CPUs that a service used" },
	{ "cgroup.throttled_ratio", "ratio", METRIC_GAUGE, NAN, "CPUs that a service wanted and was not given" },
	{ "cgroup.io_kib", "KiB/s", METRIC_GAUGE, NAN, "read and written by a service, on all disks" },
	{ "drive.failing", "1", METRIC_DRIVE, NAN, "the drive says of itself that it fails: NVMe's critical warning (heat apart), or an ATA attribute beyond its threshold; its risk is also that of its counters" },
	{ "drive.on_s", "s", METRIC_GAUGE, NAN, "for how long the drive has been switched on in its life, to the hour" },
	{ "drive.identity", "1", METRIC_GAUGE, NAN, "a number made of its serial number: another number is another drive" },
	{ "drive.temperature_c", "1", METRIC_GAUGE, NAN, "degrees Celsius" },
	{ "nvme.critical_warning", "1", METRIC_GAUGE, NAN, "NVMe's critical warning, as a number" },
	{ "nvme.worn.used_ratio", "ratio", METRIC_BOUNDED, 1, "how much of what the drive is made to bear is behind it" },
	{ "nvme.spare_ratio", "ratio", METRIC_GAUGE, NAN, "spare blocks that are left" },
	{ "nvme.media_errors", "1", METRIC_GAUGE, NAN, "data that could not be had back" },
	{ "nvme.unsafe_shutdowns", "1", METRIC_GAUGE, NAN, "times that power went without notice" },
	{ "smart.reallocated", "1", METRIC_GAUGE, NAN, "sectors replaced by spare ones (attribute 5)" },
	{ "smart.reported_uncorrectable", "1", METRIC_GAUGE, NAN, "errors that could not be corrected (187)" },
	{ "smart.command_timeouts", "1", METRIC_GAUGE, NAN, "commands that timed out (188)" },
	{ "smart.high_fly_writes", "1", METRIC_GAUGE, NAN, "writes with the head out of place (189)" },
	{ "smart.reallocation_events", "1", METRIC_GAUGE, NAN, "attempts to replace sectors (196)" },
	{ "smart.pending", "1", METRIC_GAUGE, NAN, "sectors that wait to be replaced (197)" },
	{ "smart.offline_uncorrectable", "1", METRIC_GAUGE, NAN, "sectors that could not be read by the drive's own test (198)" },
	{ "tick.missed", "1", METRIC_GAUGE, NAN, "ticks lost since the last: how long the guest itself stood still" },
	{ NULL, NULL, METRIC_GAUGE, 0, NULL },
};
/* clang-format on */

void table_tick(struct table *t, uint64_t now_ms)
{
	t->now_ms = now_ms;
}

/* What is known of a name, or can be told from it. */
static struct metric known(const char *name)
{
	static const char bounded[] = ".used_ratio";
	size_t n = strlen(name), m = sizeof(bounded) - 1;

	for (const struct metric *k = metrics; k->name; k++)
		if (strcmp(k->name, name) == 0)
			return *k;
	if (n > m && strcmp(name + n - m, bounded) == 0)
		return (struct metric){ .kind = METRIC_BOUNDED, .fails_at = 1 };
	return (struct metric){ .kind = METRIC_GAUGE, .fails_at = NAN };
}

/* As much of a name as a series keeps: the same cut for finding and for making. */
static void cut(char *ret, size_t size, const char *name)
{
	memset(ret, 0, size);
	(void)snprintf(ret, size, "%s", name);
}

struct series *table_series(struct table *t, const char *name, const char *instance)
{
	char n[SERIES_NAME], i[SERIES_INSTANCE];
	struct series *s, *slot = NULL;
	struct metric k;

	cut(n, sizeof(n), name);
	cut(i, sizeof(i), instance);
	for (s = t->series; s < t->series + t->count; s++) {
		if (s->born == 0)
			slot = slot ? slot : s;
		else if (strcmp(s->name, n) == 0 && strcmp(s->instance, i) == 0) {
			s->round = t->round;
			return s;
		}
	}
	if (!slot) {
		if (t->count == SERIES_MAX) {
			t->refused++;
			return NULL;
		}
		slot = &t->series[t->count++];
	}
	k = known(n);
	*slot = (struct series){ .value = NAN,
		.fails_at = k.fails_at,
		.limit = NAN,
		.kind = k.kind,
		.soft = k.kind == METRIC_SOFT,
		.round = t->round,
		.born = ++t->births };
	memcpy(slot->name, n, sizeof(n));
	memcpy(slot->instance, i, sizeof(i));
	return slot;
}

int table_series_all(struct table *t, const char *instance, const char *const *names,
        struct series **ret, unsigned n)
{
	int r = 0;

	for (unsigned i = 0; i < n; i++) {
		ret[i] = table_series(t, names[i], instance);
		r = ret[i] ? r : -ENOSPC;
	}
	return r;
}

static struct note *note_of(struct table *t, const struct series *s)
{
	for (struct note *n = t->note; n < t->note + NOTES_MAX; n++)
		if (n->born == s->born)
			return n;
	return NULL;
}

void table_note(struct table *t, const struct series *s, const char *text)
{
	struct note *n = note_of(t, s);
	size_t len = 0;

	if (!n)
		n = &t->note[t->note_next++ % NOTES_MAX];
	n->born = s->born;
	for (; len < sizeof(n->text) - 1 && text[len]; len++)
		n->text[len] = text[len] < ' ' || text[len] > '~' ? '?' : text[len];
	n->text[len] = '\0';
}

const char *table_why(const struct table *t, const struct series *s)
{
	for (const struct note *n = t->note; s->born && n < t->note + NOTES_MAX; n++)
		if (n->born == s->born)
			return n->text;
	return "";
}

void series_drop(struct series *s)
{
	*s = (struct series){ .value = NAN };
}

void table_mark(struct table *t)
{
	t->round++;
}

void table_sweep(struct table *t)
{
	for (struct series *s = t->series; s < t->series + t->count; s++)
		if (s->born && s->round != t->round)
			series_drop(s);
}
