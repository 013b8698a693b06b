/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keystone.h - logs in to Keystone v3, and keeps the token for as long as it is good.
 *
 * A login costs the cloud twenty times what a poll with a token costs, so all who are the same user
 * share one session: sources that poll, and signals that are sent.
 */
#ifndef HEAT_API_KEYSTONE_H
#define HEAT_API_KEYSTONE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/conf/conf.h"
#include "agent/http/http.h"

enum { KEYSTONE_SESSIONS = 8, KEYSTONE_URL = 512, KEYSTONE_WHY = 240, KEYSTONE_TOKEN = 8192 };

/* Why there is no token. */
struct keystone_fault {
	const char *state; /* "denied", "unreachable", ...: as in the status of a source */
	char why[KEYSTONE_WHY];
	long retry_after_s;
	int error; /* as of struct http_request */
};

/* Someone who waits for a login; embedded in its owner. */
struct keystone_wait {
	/* Called once from the loop; fault NULL: keystone_session() has a token now. */
	void (*done)(struct keystone_wait *w, const struct keystone_fault *fault);

	struct keystone_session *session; /* private; NULL: does not wait */
	struct keystone_wait *next;
};

struct keystone_session {
	char *auth;        /* "X-Auth-Token: ...": a header line, NULL when there is none */
	uint64_t until_ms; /* loop's clock */
	char heat[KEYSTONE_URL], messaging[KEYSTONE_URL]; /* endpoints without a slash; "" = none */

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

/* *k is all zeros. */
void keystone_open(struct keystone *k, struct http *h);
void keystone_close(struct keystone *k);

/* The session of this user while its token is good, else NULL. */
const struct keystone_session *keystone_session(struct keystone *k, const struct keystone_user *u);

/* Logs in, or waits for a login that is under way.  0, or -errno: done() will not be called. */
int keystone_login(struct keystone *k, const struct keystone_user *u, struct keystone_wait *w);
void keystone_cancel(struct keystone_wait *w);

/* A service has refused the token (401): the next one who wants it logs in. */
void keystone_forget(struct keystone *k, const struct keystone_user *u);

/* ".../v3" of what Heat or a person wrote.  -EINVAL. */
int keystone_v3(char ret[static KEYSTONE_URL], const char *auth_url);

#endif
