/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * task_iter.c - assembles the BPF program for the running kernel's layout, without compiler or
 * library.
 *
 * The kernel offers the helper that writes a record only to programs under its own licence, so this
 * file, which contains the program, is under that as well. The licence string is "GPL", because
 * none of the dual licences that the kernel knows by name is this one. The rest of the agent is
 * linked to it as Apache-2.0.
 */
#include "collectors/process/task_iter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/base/text.h"
#include "collectors/lib/procfile.h"
#include "collectors/process/btf.h"

enum {
	UNINTERRUPTIBLE = 0x2, /* include/linux/sched.h */
	NOLOAD = 0x400,        /* idle kernel thread: uninterruptible, but not blocked */
	EXIT_ZOMBIE = 0x20,
	SEQ_WRITE = 127, /* bpf_seq_write() */
	ITER = 28,       /* BPF_TRACE_ITER */
	RECORD = sizeof(struct task_found),
};

_Static_assert(RECORD == 56, "the record is written on the program's stack in whole words");

struct layout {
	int state, exit_state, pid, process, start, switches, comm, parent;
};

/*
 * Finds the offset of each member in task_struct and the BTF id of the iterator function. Returns 0
 * or -errno.
 */
static int find_layout(struct layout *ret, uint32_t *ret_id)
{
	const struct {
		const char *name, *before; /* current name, former name */
		int *at;
	} members[] = { { "__state", "state", &ret->state },
		{ "exit_state", NULL, &ret->exit_state }, { "pid", NULL, &ret->pid },
		{ "tgid", NULL, &ret->process },
		{ "start_boottime", "real_start_time", &ret->start },
		{ "nvcsw", NULL, &ret->switches }, { "comm", NULL, &ret->comm },
		{ "real_parent", NULL, &ret->parent } };
	enum { MEMBERS = ARRAY_SIZE(members) };
	struct btf_wanted w = { .type.name = "task_struct", .function.name = "bpf_iter_task" };
	int fd = procfile_open("/sys/kernel/btf/vmlinux", O_RDONLY), r;

	_Static_assert(2 * MEMBERS <= BTF_NAMES, "two names for each member");
	w.count = 2 * MEMBERS;
	for (unsigned i = 0; i < MEMBERS; i++) {
		w.member[2 * i].name = members[i].name;
		w.member[2 * i + 1].name = members[i].before;
	}
	r = fd < 0 ? fd : btf_find(fd, &w);
	if (fd >= 0)
		close(fd);
	for (unsigned i = 0; r == 0 && i < MEMBERS; i++) {
		*members[i].at = w.offset[2 * i] >= 0 ? w.offset[2 * i] : w.offset[2 * i + 1];
		r = *members[i].at < 0 ? *members[i].at : 0;
	}
	*ret_id = w.function_id;
	return r < 0 ? r : w.function_id ? 0 : -ENOENT;
}

static struct bpf_insn bpf_op(int code, int dst, int src, int off, int imm)
{
	return (struct bpf_insn){ .code = (uint8_t)code,
		.dst_reg = (uint8_t)(dst & 15),
		.src_reg = (uint8_t)(src & 15),
		.off = (int16_t)off,
		.imm = imm };
}

static struct bpf_insn bpf_load(int size, int dst, int src, int off)
{
	return bpf_op(BPF_LDX | BPF_MEM | size, dst, src, off, 0);
}

static struct bpf_insn bpf_store(int size, size_t at, int src)
{
	return bpf_op(BPF_STX | BPF_MEM | size, BPF_REG_10, src, (int)at - RECORD, 0);
}

enum { CTX = BPF_REG_6, TASK, STATE, EXIT }; /* r6 to r9 are preserved across calls */

/*
 * The context is { meta, task }; task is NULL at the end of a pass. A jump's offset counts from the
 * following instruction.
 */
static int assemble_program(const struct layout *k, struct bpf_insn ret[static 48])
{
	const int jump = BPF_JMP | BPF_K, alu = BPF_ALU64 | BPF_X, r0 = BPF_REG_0, r1 = BPF_REG_1;
	int n = 0, to_end[8], ends = 0, to_write;

	ret[n++] = bpf_op(alu | BPF_MOV, CTX, r1, 0, 0);
	ret[n++] = bpf_load(BPF_DW, TASK, CTX, 8);
	to_end[ends++] = n;
	ret[n++] = bpf_op(jump | BPF_JEQ, TASK, 0, 0, 0);
	ret[n++] = bpf_load(BPF_W, STATE, TASK, k->state);
	ret[n++] = bpf_load(BPF_W, EXIT, TASK, k->exit_state);
	ret[n++] = bpf_load(BPF_W, BPF_REG_3, TASK, k->pid);
	ret[n++] = bpf_load(BPF_W, BPF_REG_4, TASK, k->process);
	/* A zombie counts only as a process, that is for its first thread. */
	ret[n++] = bpf_op(jump | BPF_JSET, EXIT, 0, 3, EXIT_ZOMBIE);
	to_end[ends++] = n;
	ret[n++] = bpf_op(jump | BPF_JNE, EXIT, 0, 0, 0); /* dead: about to disappear */
	to_write = n;
	ret[n++] = bpf_op(jump | BPF_JSET, STATE, 0, 2, UNINTERRUPTIBLE);
	to_end[ends++] = n;
	ret[n++] = bpf_op(BPF_JMP | BPF_JA, 0, 0, 0, 0);
	/* label: zombie */
	to_end[ends++] = n;
	ret[n++] = bpf_op(BPF_JMP | BPF_X | BPF_JNE, BPF_REG_3, BPF_REG_4, 0, 0);
	/* label: blocked or zombie; skip idle kernel threads */
	ret[to_write].off = (int16_t)(n - to_write - 1);
	to_end[ends++] = n;
	ret[n++] = bpf_op(jump | BPF_JSET, STATE, 0, 0, NOLOAD);
	ret[n++] = bpf_store(BPF_W, offsetof(struct task_found, pid), BPF_REG_3);
	ret[n++] = bpf_store(BPF_W, offsetof(struct task_found, process), BPF_REG_4);
	ret[n++] = bpf_store(BPF_W, offsetof(struct task_found, state), STATE);
	ret[n++] = bpf_store(BPF_W, offsetof(struct task_found, exit_state), EXIT);
	ret[n++] = bpf_load(BPF_DW, r1, TASK, k->start);
	ret[n++] = bpf_store(BPF_DW, offsetof(struct task_found, start_ns), r1);
	ret[n++] = bpf_load(BPF_DW, r1, TASK, k->switches);
	ret[n++] = bpf_store(BPF_DW, offsetof(struct task_found, switches), r1);
	ret[n++] = bpf_load(BPF_DW, r1, TASK, k->comm);
	ret[n++] = bpf_store(BPF_DW, offsetof(struct task_found, comm), r1);
	ret[n++] = bpf_load(BPF_DW, r1, TASK, k->comm + 8);
	ret[n++] = bpf_store(BPF_DW, offsetof(struct task_found, comm) + 8, r1);
	ret[n++] = bpf_load(BPF_DW, r1, TASK, k->parent);
	ret[n++] = bpf_load(BPF_W, r1, r1, k->process);
	ret[n++] = bpf_store(BPF_DW, offsetof(struct task_found, parent), r1);
	ret[n++] = bpf_load(BPF_DW, r1, CTX, 0);
	ret[n++] = bpf_load(BPF_DW, r1, r1, 0); /* meta->seq */
	ret[n++] = bpf_op(alu | BPF_MOV, BPF_REG_2, BPF_REG_10, 0, 0);
	ret[n++] = bpf_op(BPF_ALU64 | BPF_ADD, BPF_REG_2, 0, 0, -RECORD);
	ret[n++] = bpf_op(BPF_ALU64 | BPF_K | BPF_MOV, BPF_REG_3, 0, 0, RECORD);
	ret[n++] = bpf_op(BPF_JMP | BPF_CALL, 0, 0, 0, SEQ_WRITE);
	for (int i = 0; i < ends; i++)
		ret[to_end[i]].off = (int16_t)(n - to_end[i] - 1);
	ret[n++] = bpf_op(BPF_ALU64 | BPF_K | BPF_MOV, r0, 0, 0, 0);
	ret[n++] = bpf_op(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	return n;
}

static int call_bpf(int command, union bpf_attr *a, size_t size)
{
	long r = syscall(SYS_bpf, command, a, size);

	return r < 0 ? -errno : (int)r;
}

int task_iter_open(void)
{
	struct bpf_insn program[48];
	union bpf_attr load_it = { .prog_type = BPF_PROG_TYPE_TRACING }, link_it = { 0 };
	struct layout k;
	int r = find_layout(&k, &load_it.attach_btf_id), fd;

	if (r < 0)
		return r;
	load_it.expected_attach_type = ITER;
	load_it.insns = (uint64_t)(uintptr_t)program;
	load_it.insn_cnt = (uint32_t)assemble_program(&k, program);
	load_it.license = (uint64_t)(uintptr_t) "GPL";
	memcpy(load_it.prog_name, "prehup_tasks", 12);
	fd = call_bpf(BPF_PROG_LOAD, &load_it, sizeof(load_it));
	if (fd < 0)
		return fd;
	link_it.link_create.prog_fd = (uint32_t)fd;
	link_it.link_create.attach_type = ITER;
	r = call_bpf(BPF_LINK_CREATE, &link_it, sizeof(link_it));
	close(fd);
	return r;
}

int task_iter_pass(int link, void (*each)(const struct task_found *f, void *arg), void *arg)
{
	union bpf_attr a = { .iter_create.link_fd = (uint32_t)link };
	_Alignas(struct task_found) char buf[64 * RECORD];
	int fd = call_bpf(BPF_ITER_CREATE, &a, sizeof(a));
	size_t have = 0;
	ssize_t n;

	if (fd < 0)
		return fd;
	while ((n = read(fd, buf + have, sizeof(buf) - have)) > 0 || (n < 0 && errno == EAGAIN)) {
		size_t at = 0;

		have += n > 0 ? (size_t)n : 0;
		for (; have - at >= RECORD; at += RECORD)
			each((const struct task_found *)(const void *)(buf + at), arg);
		have -= at;
		memmove(buf, buf + at, have);
	}
	n = n < 0 ? -errno : 0;
	close(fd);
	return (int)n;
}
