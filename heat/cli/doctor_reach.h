/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_reach.h - checks DNS, TCP and TLS on the way to a URL; for doctor.c. */
#ifndef HEAT_CLI_DOCTOR_REACH_H
#define HEAT_CLI_DOCTOR_REACH_H

#include <stdbool.h>
#include <time.h>

#include "agent/conf/conf.h"
#include "heat/cli/doctor_report.h"

struct doctor_answer {
	long status;
	time_t date;
	char body[4096];
};

/* Reports DNS, TCP and TLS on the way to url.  Returns true with an HTTP answer in *ret. */
bool doctor_reach(
        struct doctor *d, const struct conf *cf, const char *url, struct doctor_answer *ret);

#endif
