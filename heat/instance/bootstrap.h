/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bootstrap.h - sets a guest up from its instance's user-data, where no cloud-init does.
 *
 * Asks the config drive, then Nova's metadata service in its OpenStack and its EC2 form.  What Heat meant
 * for /var/lib/heat-cfntools is put there, 0600; what the instance is called, into
 * /var/lib/prehup/instance.json.
 */
#ifndef HEAT_INSTANCE_BOOTSTRAP_H
#define HEAT_INSTANCE_BOOTSTRAP_H

#include <stdbool.h>

#include "agent/base/loop.h"
#include "agent/conf/conf.h"
#include "agent/http/http.h"
#include "heat/instance/userdata.h"

struct bootstrap {
	/* Called when files have been written: the configuration is to be read again. */
	void (*found)(struct bootstrap *b);

	struct loop *loop; /* private from here on */
	struct http *http;
	struct loop_timer timer;
	struct userdata_sink sink;
	struct http_request rq;
	char service[CONF_STR], url[CONF_STR + 64];
	const char *from;
	unsigned step, failures, parts;
	bool busy, told;
	char why[HTTP_WHY]; /* of the last failure, "" = none */
};

/* Should this guest be set up by us?  `lacking`: nothing else says what to poll. */
bool bootstrap_wanted(const struct conf *cf, bool lacking);

/* Tries now, and again ever more rarely until something has been found. */
void bootstrap_start(struct bootstrap *b, struct loop *l, struct http *h, const struct conf *cf);
void bootstrap_stop(struct bootstrap *b);

#endif
