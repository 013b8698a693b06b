/* SPDX-License-Identifier: Apache-2.0 */
/*
 * os_collect_config.h - os-collect-config's contract, for those who build on it: what sources say lies as JSON
 * files in a folder, a command is run with OS_CONFIG_FILES, and only its success makes the news old.
 *
 * KEY.json what was collected, KEY.json.orig the first of its kind, KEY.json.last what the command has
 * succeeded with, os_config_files.json the list.  A command that fails is run again, ever more rarely.
 */
#ifndef HEAT_COMPAT_OS_COLLECT_CONFIG_H
#define HEAT_COMPAT_OS_COLLECT_CONFIG_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/conf/conf.h"
#include "agent/process/child.h"
#include "heat/source/poll.h"

struct collect {
	struct loop *loop;
	const struct conf *conf;
	struct child child;
	struct loop_timer timer;
	bool busy;
	struct polls *polls;  /* who was seen while it ran: looked at again when it has ended */
	unsigned failures;    /* of the command, in a row */
	json_t *files;        /* KEY -> content, of this round */
	json_t *done;         /* KEY -> content that it succeeded with and that is not on disk */
	char last_error[160]; /* "" = well */
	void (*idle)(struct collect *c); /* may be NULL */
};

void collect_open(struct collect *c, struct loop *l, const struct conf *cf);

/* Something has been polled: writes it down, and runs the command when anything is new. */
void collect_see(struct collect *c, struct polls *p);

json_t *collect_status(const struct collect *c); /* object, null when not in use */
void collect_close(struct collect *c);

#endif
