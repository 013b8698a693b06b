/* SPDX-License-Identifier: Apache-2.0 */
/* conf_rig.h - the settings of a guest's folder, and all that is reported about them. */
#ifndef TESTS_UNIT_LIB_CONF_RIG_H
#define TESTS_UNIT_LIB_CONF_RIG_H

#include "agent/conf/conf.h"
#include "tests/unit/lib/guest.h"

static char said[8192]; /* a line each: "error: TEXT" or "warning: TEXT" */
static struct conf cf;

static inline void say(__attribute__((unused)) struct conf_report *r, bool error, const char *line)
{
	size_t n = strlen(said);

	(void)snprintf(said + n, sizeof(said) - n, "%s%s\n", error ? "error: " : "warning: ", line);
}

static inline int load_as(enum conf_who who, const char *hooks_dir)
{
	struct conf_report rep = { .say = say };

	*said = '\0';
	conf_free(&cf);
	return conf_load(&cf, who, hooks_dir, &rep);
}

static inline int load(void)
{
	return load_as(CONF_DAEMON, NULL);
}

/* Loads the text as prehup.conf. */
static inline int load_own(const char *text)
{
	guest_put("/etc/prehup/prehup.conf", text);
	return load();
}

static inline int conf_rig_close(void **state)
{
	conf_free(&cf);
	return guest_close(state);
}

#define assert_said(text)                                                                          \
	do {                                                                                       \
		if (!strstr(said, text))                                                           \
			fail_msg("not said: \"%s\" but:\n%s", text, said);                         \
	} while (0)

#endif
