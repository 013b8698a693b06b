/* SPDX-License-Identifier: Apache-2.0 */
/*
 * os_collect_config.h - compatibility with os-collect-config: the metadata of the sources is
 * written to a folder as JSON files, and a command runs with OS_CONFIG_FILES until it succeeds.
 *
 * KEY.json is the collected content, KEY.json.orig the first one, KEY.json.last the content of the
 * last success, os_config_files.json the list. A failed command is retried with back-off.
 */
#ifndef HEAT_COMPAT_OS_COLLECT_CONFIG_H
#define HEAT_COMPAT_OS_COLLECT_CONFIG_H

#include <jansson.h>
#include <stdbool.h>

#include "agent/conf/conf.h"
#include "agent/process/child.h"
#include "heat/source/poll.h"

struct os_collect_config {
	struct loop *loop;
	const struct conf *conf;
	struct child child;
	struct loop_timer timer;
	bool busy;
	struct polls
	        /*
	         * metadata changed while the command ran: the files are compared again at its end
	         */
	        *polls;
	unsigned failures; /* of the command, in a row */
	json_t *files;     /* KEY -> content, of this round */
	/* KEY -> content with which it succeeded, but which could not be written to disk */
	json_t *done;
	char last_error[160]; /* "": no error */
};

void os_collect_config_open(struct os_collect_config *c, struct loop *l, const struct conf *cf);

/* Writes the metadata of a poll to files, and runs the command if any has changed. */
void os_collect_config_on_metadata(struct os_collect_config *c, struct polls *p);

json_t *os_collect_config_status(
        const struct os_collect_config *c); /* object; null if there is no command */
void os_collect_config_close(struct os_collect_config *c);

#endif
