/* SPDX-License-Identifier: Apache-2.0 */
/*
 * os_collect_config.h - os-collect-config's contract: the metadata of the sources lies in a folder
 * as JSON files, and a command runs with OS_CONFIG_FILES until it succeeds.
 *
 * KEY.json is the collected content, KEY.json.orig the first one, KEY.json.last the content of the
 * last success, os_config_files.json the list. A failed command is run again with back-off.
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
	        *polls; /* a file changed while the command ran: it is compared again at its end */
	unsigned failures;    /* of the command, in a row */
	json_t *files;        /* KEY -> content, of this round */
	json_t *done;         /* KEY -> content that it succeeded with and that is not on disk */
	char last_error[160]; /* "" = well */
	void (*idle)(struct os_collect_config *c); /* may be NULL */
};

void os_collect_config_open(struct os_collect_config *c, struct loop *l, const struct conf *cf);

/* Something has been polled: writes it down, and runs the command when anything is new. */
void os_collect_config_on_metadata(struct os_collect_config *c, struct polls *p);

json_t *os_collect_config_status(
        const struct os_collect_config *c); /* object, null when not in use */
void os_collect_config_close(struct os_collect_config *c);

#endif
