/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/api/keystone.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "heat/api/cfn.h"

static const char *const json_headers[] = { "Content-Type: application/json", "Expect:", NULL };

int keystone_v3(char ret[static KEYSTONE_URL], const char *auth_url)
{
	size_t n = strlen(auth_url);

	if (strncmp(auth_url, "http://", 7) != 0 && strncmp(auth_url, "https://", 8) != 0)
		return -EINVAL;
	while (n > 0 && auth_url[n - 1] == '/')
		n--;
	if (n > 5 && strncmp(auth_url + n - 5, "/v2.0", 5) == 0)
		n -= 5;
	if (n > 3 && strncmp(auth_url + n - 3, "/v3", 3) == 0)
		n -= 3;
	return snprintf(ret, KEYSTONE_URL, "%.*s/v3", (int)n, auth_url) < KEYSTONE_URL ? 0
	                                                                               : -EINVAL;
}

static bool is_same_user(const struct keystone_user *a, const struct keystone_user *b)
{
	return strcmp(a->auth_url, b->auth_url) == 0 && strcmp(a->user_id, b->user_id) == 0 &&
	       strcmp(a->password, b->password) == 0 && strcmp(a->project_id, b->project_id) == 0 &&
	       strcmp(a->app_id, b->app_id) == 0 && strcmp(a->app_secret, b->app_secret) == 0 &&
	       strcmp(a->region, b->region) == 0;
}

static struct keystone_session *find_session(struct keystone *k, const struct keystone_user *u)
{
	for (struct keystone_session *s = k->session; s < k->session + KEYSTONE_SESSIONS; s++)
		if (s->owner && is_same_user(&s->user, u))
			return s;
	return NULL;
}

static void drop_token(struct keystone_session *s)
{
	if (s->auth)
		explicit_bzero(s->auth, strlen(s->auth));
	free(s->auth);
	s->auth = NULL;
}

static void drop_body(struct keystone_session *s)
{
	if (s->body)
		explicit_bzero(s->body, strlen(s->body));
	free(s->body);
	s->body = NULL;
}

/* Returns the session of this user, a free one, or the least recently used one.  NULL: all are busy. */
static struct keystone_session *claim_session(struct keystone *k, const struct keystone_user *u)
{
	struct keystone_session *s = find_session(k, u), *oldest = NULL;

	if (s)
		return s;
	for (s = k->session; s < k->session + KEYSTONE_SESSIONS; s++) {
		if (!s->owner) {
			oldest = s;
			break;
		}
		if (!s->waiting && !s->rq.easy && (!oldest || s->used_ms < oldest->used_ms))
			oldest = s;
	}
	if (!oldest)
		return NULL;
	drop_token(oldest);
	*oldest = (struct keystone_session){ .owner = k, .user = *u };
	return oldest;
}

const struct keystone_session *keystone_session(struct keystone *k, const struct keystone_user *u)
{
	struct keystone_session *s = find_session(k, u);

	if (!s || !s->auth || s->until_ms <= loop_now())
		return NULL;
	s->used_ms = loop_now();
	return s;
}

void keystone_forget(struct keystone *k, const struct keystone_user *u)
{
	struct keystone_session *s = find_session(k, u);

	if (s)
		drop_token(s);
}

/*
 * Copies the public endpoint of a service in a region ("" = any); "" if there is none.  The catalogue:
 * [{"type": "orchestration", "endpoints": [{"interface": "public", "region_id": "R", "url": "http://..."}]}]
 */
static void copy_public_endpoint(
        char ret[static KEYSTONE_URL], const json_t *catalog, const char *type, const char *region)
{
	size_t i, j;
	json_t *service, *e;

	*ret = '\0';
	json_array_foreach (catalog, i, service) {
		if (strcmp(json_text_at(service, "type"), type) != 0)
			continue;
		json_array_foreach (json_object_get(service, "endpoints"), j, e) {
			const char *url = json_text_at(e, "url");

			if (strcmp(json_text_at(e, "interface"), "public") != 0 || *ret)
				continue;
			if (*region && strcmp(region, json_text_at(e, "region_id")) != 0)
				continue;
			if (strlen(url) < KEYSTONE_URL)
				(void)snprintf(ret, KEYSTONE_URL, "%s", url);
		}
	}
	for (size_t n = strlen(ret); n > 0 && ret[n - 1] == '/'; n--)
		ret[n - 1] = '\0';
}

/* Returns the token's remaining lifetime by the server's clock, less a margin for requests in progress. */
static double get_token_lifetime_s(const json_t *token, time_t date)
{
	const char *at = json_string_value(json_object_get(token, "expires_at"));
	struct tm t = { 0 };
	double left;

	if (!at || sscanf(at, "%d-%d-%dT%d:%d:%d", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour,
	                   &t.tm_min, &t.tm_sec) != 6)
		return 300;
	t.tm_year -= 1900;
	t.tm_mon--;
	left = difftime(timegm(&t), date ? date : time(NULL));
	/* A token that expires at once leads to a 401 and its back-off, not to a login loop. */
	left = left > 1500 ? left - 300 : left * 0.8;
	return left > 30 ? left : 30;
}

__attribute__((format(printf, 3, 4))) static void set_token_fault(
        struct keystone_fault *f, const char *state, const char *fmt, ...)
{
	va_list ap;

	f->state = state;
	va_start(ap, fmt);
	(void)vsnprintf(f->why, sizeof(f->why), fmt, ap);
	va_end(ap);
}

static void explain_token_fault(const struct keystone_session *s, struct keystone_fault *f)
{
	const struct http_request *rq = &s->rq;

	f->retry_after_s = rq->retry_after_s;
	f->error = rq->error;
	if (rq->error == -EKEYREJECTED)
		set_token_fault(f, "tls", "Keystone, TLS: %.180s (see ca-file)", rq->why);
	else if (rq->error == -EFBIG)
		set_token_fault(f, "too-large",
		        "Keystone's answer is larger than %d MiB and is rejected",
		        HTTP_ANSWER_MAX >> 20);
	else if (rq->error == -ETIMEDOUT)
		set_token_fault(f, "timeout", "Keystone: %.200s", rq->why);
	else if (rq->error < 0)
		set_token_fault(f, "unreachable", "Keystone: %.200s", rq->why);
	else if (rq->status == 401 || rq->status == 403)
		set_token_fault(f, "denied",
		        "Keystone refuses the user (%ld): wrong or deleted credentials, or a "
		        "deleted stack",
		        rq->status);
	else if (rq->status == 429 || rq->status == 503)
		set_token_fault(f, "busy", "Keystone is too busy (HTTP %ld)", rq->status);
	else if (rq->status >= 500)
		set_token_fault(f, "engine-down", "Keystone fails (HTTP %ld)", rq->status);
	else if (rq->status == 201)
		set_token_fault(f, "garbled", "Keystone's answer is not a token");
	else
		set_token_fault(f, "wrong-url", "no Keystone v3 at %.160s (HTTP %ld)",
		        s->user.auth_url, rq->status);
}

/* Calls every waiter once.  A waiter may start a new login from its callback. */
static void notify_login_waiters(struct keystone_session *s, const struct keystone_fault *fault)
{
	struct keystone_wait *list = s->waiting, *w;

	s->waiting = NULL;
	while ((w = list) != NULL) {
		list = w->next;
		w->session = NULL;
		w->done(w, fault);
	}
}

static bool accept_token(struct keystone_session *s, const char *answer, size_t len)
{
	json_auto_t *root = NULL;
	const json_t *token;

	if (s->rq.error < 0 || s->rq.status != 201 || !s->rq.got[0] || !cfn_shallow(answer, len) ||
	        strlen(s->rq.got[0]) > KEYSTONE_TOKEN)
		return false;
	root = json_loadb(answer, len, 0, NULL);
	token = json_object_get(root, "token");
	if (!json_is_object(token))
		return false;
	drop_token(s);
	if (asprintf(&s->auth, "X-Auth-Token: %s", s->rq.got[0]) < 0) {
		s->auth = NULL;
		return false;
	}
	s->until_ms = loop_now() + (uint64_t)(get_token_lifetime_s(token, s->rq.date) * 1000);
	copy_public_endpoint(
	        s->heat, json_object_get(token, "catalog"), "orchestration", s->user.region);
	copy_public_endpoint(
	        s->messaging, json_object_get(token, "catalog"), "messaging", s->user.region);
	return true;
}

static void handle_token_answer(struct http_request *rq, const char *answer, size_t len)
{
	struct keystone_session *s = container_of(rq, struct keystone_session, rq);
	struct keystone_fault f = { 0 };

	drop_body(s);
	if (accept_token(s, answer, len)) {
		notify_login_waiters(s, NULL);
		return;
	}
	explain_token_fault(s, &f);
	notify_login_waiters(s, &f);
}

static char *build_login_body(const struct keystone_user *u)
{
	json_auto_t *o = NULL;

	if (*u->app_id)
		o = json_pack("{s{s{s[s] s{ss ss}}}}", "auth", "identity", "methods",
		        "application_credential", "application_credential", "id", u->app_id,
		        "secret", u->app_secret);
	else
		o = json_pack("{s{s{s[s] s{s{ss ss}}} s{s{ss}}}}", "auth", "identity", "methods",
		        "password", "password", "user", "id", u->user_id, "password", u->password,
		        "scope", "project", "id", u->project_id);
	return o ? json_dumps(o, JSON_COMPACT) : NULL;
}

static int request_token(struct keystone_session *s)
{
	char base[KEYSTONE_URL];
	int r = keystone_v3(base, s->user.auth_url);

	if (r < 0)
		return r;
	if (snprintf(s->url, sizeof(s->url), "%s/auth/tokens", base) >= (int)sizeof(s->url))
		return -EINVAL;
	drop_body(s);
	s->body = build_login_body(&s->user);
	if (!s->body)
		return -ENOMEM;
	s->rq.method = "POST";
	s->rq.url = s->url;
	s->rq.headers = json_headers;
	s->rq.body = s->body;
	s->rq.timeout_s = s->owner->timeout_s;
	s->rq.want[0] = "X-Subject-Token";
	s->rq.done = handle_token_answer;
	r = http_start(s->owner->http, &s->rq);
	if (r < 0)
		drop_body(s);
	return r;
}

int keystone_login(struct keystone *k, const struct keystone_user *u, struct keystone_wait *w)
{
	struct keystone_session *s = claim_session(k, u);
	int r;

	if (!s)
		return -EBUSY;
	if (!s->waiting && !s->rq.easy) {
		r = request_token(s);
		if (r < 0)
			return r;
	}
	s->used_ms = loop_now();
	w->session = s;
	w->next = s->waiting;
	s->waiting = w;
	return 0;
}

void keystone_cancel(struct keystone_wait *w)
{
	struct keystone_wait **at = w->session ? &w->session->waiting : NULL;

	while (at && *at && *at != w)
		at = &(*at)->next;
	if (at && *at)
		*at = w->next;
	w->session = NULL;
}

void keystone_open(struct keystone *k, struct http *h)
{
	k->http = h;
	k->timeout_s = 60;
}

void keystone_close(struct keystone *k)
{
	for (struct keystone_session *s = k->session; s < k->session + KEYSTONE_SESSIONS; s++) {
		http_cancel(&s->rq);
		drop_body(s);
		drop_token(s);
	}
	explicit_bzero(k->session, sizeof(k->session));
}

json_t *keystone_user_json(const struct keystone_user *u)
{
	return json_pack("{ss ss ss ss ss ss ss}", "auth_url", u->auth_url, "user_id", u->user_id,
	        "password", u->password, "project_id", u->project_id, "app_id", u->app_id,
	        "app_secret", u->app_secret, "region", u->region);
}

void keystone_user_from(struct keystone_user *ret, const json_t *o)
{
	const struct {
		const char *key;
		char *to;
		size_t size;
	} part[] = {
		{ "auth_url", ret->auth_url, sizeof(ret->auth_url) },
		{ "user_id", ret->user_id, sizeof(ret->user_id) },
		{ "password", ret->password, sizeof(ret->password) },
		{ "project_id", ret->project_id, sizeof(ret->project_id) },
		{ "app_id", ret->app_id, sizeof(ret->app_id) },
		{ "app_secret", ret->app_secret, sizeof(ret->app_secret) },
		{ "region", ret->region, sizeof(ret->region) },
	};

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < ARRAY_SIZE(part); i++)
		(void)snprintf(part[i].to, part[i].size, "%s", json_text_at(o, part[i].key));
}
