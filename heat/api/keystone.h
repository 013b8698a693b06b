/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keystone.h - logs in to Keystone v3, and caches the token until it expires.
 *
 * A login costs the cloud twenty times as much as a poll with a token.  Therefore all sources and signals of the same
 * user share one session.
 */
#ifndef HEAT_API_KEYSTONE_H
#define HEAT_API_KEYSTONE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/conf/conf.h"
#include "agent/http/http.h"

enum { KEYSTONE_SESSIONS = 8, KEYSTONE_URL = 512, KEYSTONE_WHY = 240, KEYSTONE_TOKEN = 8192 };

/* The reason why a login failed. */
struct keystone_fault {
	const char *state; /* "denied", "unreachable", ...: a state of a source */
	char why[KEYSTONE_WHY];
	long retry_after_s;
	int error; /* of struct http_request */
};

/* A waiter for a login; embedded in its owner. */
struct keystone_wait {
	/* Called once from the loop.  fault NULL: keystone_session() returns a session now. */
	void (*done)(struct keystone_wait *w, const struct keystone_fault *fault);

	struct keystone_session *session; /* private; NULL: not waiting */
	struct keystone_wait *next;
};

struct keystone_session {
	char *auth;        /* the header line "X-Auth-Token: ..."; NULL: no token */
	uint64_t until_ms; /* expiry by loop_now() */
	char heat[KEYSTONE_URL],
	        messaging[KEYSTONE_URL]; /* endpoints without a final slash; "" = none */

	struct keystone *owner; /* private from here on */
	struct keystone_user user;
	uint64_t used_ms;
	struct http_request rq;
	char url[KEYSTONE_URL], *body;
	struct keystone_wait *waiting;
};

struct keystone {
	struct http *http;
	long timeout_s;
	struct keystone_session session[KEYSTONE_SESSIONS];
};

/* Sets up *k, which must be all zeros. */
void keystone_open(struct keystone *k, struct http *h);
void keystone_close(struct keystone *k);

/* Returns the session of this user if it has a valid token, else NULL. */
const struct keystone_session *keystone_session(struct keystone *k, const struct keystone_user *u);

/* Logs in, or waits for a login in progress.  Returns 0, or -errno if done() will not be called. */
int keystone_login(struct keystone *k, const struct keystone_user *u, struct keystone_wait *w);
void keystone_cancel(struct keystone_wait *w);

/* Drops the token of this user after a service rejected it (401).  The next caller logs in. */
void keystone_forget(struct keystone *k, const struct keystone_user *u);

/* Writes the ".../v3" URL for an auth_url with or without version.  Returns 0 or -EINVAL. */
int keystone_v3(char ret[static KEYSTONE_URL], const char *auth_url);

/* Returns the user with all members, the password too, for a signal on disk.  A new reference; NULL: no memory. */
json_t *keystone_user_json(const struct keystone_user *u);

/* Reads such a user.  A member that is missing or not text becomes "". */
void keystone_user_from(struct keystone_user *ret, const json_t *o);

#endif
