/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bootstrap.h - sets a guest up from its instance's user-data, on images without cloud-init.
 *
 * Reads the config drive, then Nova's metadata service in its OpenStack and its EC2 form.  Writes Heat's parts to
 * /var/lib/heat-cfntools with mode 0600, and the names of the instance to /var/lib/prehup/instance.json.
 */
#ifndef HEAT_INSTANCE_BOOTSTRAP_H
#define HEAT_INSTANCE_BOOTSTRAP_H

#include <stdbool.h>

#include "agent/base/loop.h"
#include "agent/conf/conf.h"
#include "agent/http/http.h"
#include "heat/instance/userdata.h"

struct bootstrap {
	/* Called after files have been written: the owner must reload the configuration. */
	void (*found)(struct bootstrap *b);

	struct loop *loop; /* private from here on */
	struct http *http;
	struct loop_timer timer;
	struct userdata_sink sink;
	struct http_request rq;
	char service[CONF_STR], url[CONF_STR + 64];
	const char *from;
	unsigned step, failures, parts;
	bool busy, is_logged; /* is_logged: the first failure has been logged */
	char why[HTTP_WHY];   /* the last failure, "" = none */
};

/* Returns true if prehup should set this guest up.  `lacking`: no configuration names a source. */
bool bootstrap_wanted(const struct conf *cf, bool lacking);

/* Tries at once, and retries with growing waits until files have been written. */
void bootstrap_start(struct bootstrap *b, struct loop *l, struct http *h, const struct conf *cf);
void bootstrap_stop(struct bootstrap *b);

#endif
