/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/signal/inbox.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/base/log.h"
#include "agent/base/path.h"
#include "agent/base/text.h"
#include "agent/store/jsonfile.h"
#include "heat/signal/send.h"

static const char id_prefix[] = "inbox:";

static bool is_name(const char *s, size_t n)
{
	return n == INBOX_NAME - 1 && strspn(s, "0123456789abcdef") >= n;
}

static void free_wait(struct inbox *in, struct inbox_wait *w)
{
	loop_timer_stop(in->loop, &w->timeout);
	w->peer = NULL;
}

__attribute__((format(printf, 4, 5))) static void answer_inbox_wait(
        struct inbox *in, struct inbox_wait *w, const char *word, const char *fmt, ...)
{
	char text[DELIVERY_WHY + 64];
	struct control_peer *p = w->peer;
	size_t n = (size_t)snprintf(text, sizeof(text), "%s ", word);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text + n, sizeof(text) - n - 1, fmt, ap);
	va_end(ap);
	log_clean(text);
	n = strlen(text);
	memcpy(text + n, "\n", 2);
	free_wait(in, w);
	control_answer(p, text, n + 1);
}

static void on_inbox_timeout(struct loop_timer *t, uint64_t missed)
{
	struct inbox_wait *w = container_of(t, struct inbox_wait, timeout);

	(void)missed;
	answer_inbox_wait(w->owner, w, INBOX_KEPT, "%d %s", SEND_QUEUED,
	        *w->why ? w->why
	                : "earlier signals to the same receiver are pending, or it has not "
	                  "answered");
}

bool inbox_tried(void *inbox, const char *id, const struct delivery_result *res)
{
	struct inbox *in = inbox;
	struct inbox_wait *w = in->wait;

	if (strncmp(id, id_prefix, sizeof(id_prefix) - 1) != 0)
		return false;
	while (w < in->wait + INBOX_WAITS &&
	        (!w->peer || strcmp(w->name, id + sizeof(id_prefix) - 1) != 0))
		w++;
	if (w == in->wait + INBOX_WAITS)
		return false;
	w->status = (int)send_status(res);
	STR_COPY(w->why, res->why);
	if (res->taken) {
		answer_inbox_wait(in, w, INBOX_TAKEN, "%d -", SEND_ACCEPTED);
	} else if (res->permanent) { /* the caller has this result; no retry is needed */
		answer_inbox_wait(in, w, INBOX_REFUSED, "%d %s", w->status, res->why);
		return true;
	} else if (send_is_final(res)) {
		answer_inbox_wait(in, w, INBOX_KEPT, "%d %s", SEND_QUEUED, res->why);
	}
	return false;
}

/*
 * Moves a signal from the folder to the spool. Returns 0, -ENOSPC if the spool is full, -EBADMSG if
 * it is not a delivery, or -errno.
 */
static int take_inbox_file(struct inbox *in, const char *name)
{
	char path[PATH_MAX], id[sizeof(id_prefix) + INBOX_NAME];
	json_t *entry = NULL;
	int r;

	inbox_path(path, name);
	r = jsonfile_read(path, &entry);
	if (r < 0)
		return r;
	if (!json_is_string(json_object_get(entry, "way")) ||
	        !json_is_string(json_object_get(entry, "target")) ||
	        !json_is_string(json_object_get(entry, "order")) ||
	        !json_is_string(json_object_get(entry, "text")) ||
	        json_string_length(json_object_get(entry, "text")) > INBOX_TEXT) {
		json_decref(entry);
		(void)path_remove(path);
		return -EBADMSG;
	}
	(void)snprintf(id, sizeof(id), "%s%s", id_prefix, name);
	(void)json_object_del(entry, "about"); /* only predictions have a budget */
	(void)json_object_set_new(entry, "id", json_string(id));
	r = signals_post(in->signals, entry);
	if (r == 0)
		/* if it stays on a broken disk, it is sent twice, not lost */
		(void)path_remove(path);
	return r;
}

bool inbox_asked(struct inbox *in, struct control_peer *p, const char *line)
{
	struct inbox_wait *w = in->wait, late = { .owner = in, .peer = p };
	unsigned timeout_s = 0;
	int at = 0, r;

	if (sscanf(line, "signal %*16s %u%n", &timeout_s, &at) != 1 || line[at] ||
	        !is_name(line + 7, strcspn(line + 7, " ")))
		return false;
	while (w < in->wait + INBOX_WAITS && w->peer)
		w++;
	if (w == in->wait + INBOX_WAITS)
		w = &late;
	*w = (struct inbox_wait){ .owner = in,
		.peer = p,
		.timeout = { .io = { .fd = -1 }, .fired = on_inbox_timeout } };
	(void)snprintf(w->name, sizeof(w->name), "%.16s", line + 7);
	if (timeout_s > INBOX_TIMEOUT_MAX_S)
		timeout_s = INBOX_TIMEOUT_MAX_S;
	r = take_inbox_file(in, w->name); /* may answer at once */
	if (!w->peer)
		return true;
	if (r < 0)
		answer_inbox_wait(in, w, r == -ENOSPC ? INBOX_FULL : INBOX_REFUSED, "%d %s",
		        SEND_FAILED, r == -ENOSPC ? "the spool is full" : strerror(-r));
	else if (w == &late)
		answer_inbox_wait(
		        in, w, INBOX_KEPT, "%d too many callers are waiting", SEND_QUEUED);
	else if (loop_timer_start(in->loop, &w->timeout, timeout_s * 1000ULL, 0) < 0)
		on_inbox_timeout(&w->timeout, 0);
	return true;
}

void inbox_open(struct inbox *in, struct loop *l, struct signals *s)
{
	char full[PATH_MAX], name[INBOX_NAME];
	struct dirent **names = NULL;
	int n = path_full(full, INBOX_FOLDER) < 0 ? -1 : scandir(full, &names, NULL, alphasort), r;

	*in = (struct inbox){ .loop = l, .signals = s };
	for (int i = 0; i < n; i++) {
		const char *file = names[i]->d_name;

		if (strlen(file) == INBOX_NAME - 1 + 5 && is_name(file, INBOX_NAME - 1) &&
		        strcmp(file + INBOX_NAME - 1, ".json") == 0) {
			(void)snprintf(name, sizeof(name), "%.16s", file);
			r = take_inbox_file(in, name);
			if (r < 0)
				log_warn("signals: cannot queue %s/%s of an earlier run: %s",
				        INBOX_FOLDER, file, strerror(-r));
		}
		free(names[i]);
	}
	free(names);
}

void inbox_close(struct inbox *in)
{
	for (struct inbox_wait *w = in->wait; in->loop && w < in->wait + INBOX_WAITS; w++)
		free_wait(in, w);
	in->loop = NULL;
}
