/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/signal/send.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "agent/serve/control.h"
#include "agent/store/jsonfile.h"
#include "heat/signal/inbox_protocol.h"

/*
 * The daemon answers after the caller's timeout; this limits the wait for a daemon that does not.
 */
enum { GRACE_S = 15 };

enum send_status send_status(const struct delivery_result *res)
{
	if (res->taken)
		return SEND_ACCEPTED;
	switch (res->error) {
	case 0:
		return res->status ? SEND_HTTP : SEND_FAILED;
	case -EHOSTUNREACH:
		return SEND_DNS;
	case -ECONNREFUSED:
		return SEND_CONNECT;
	case -ETIMEDOUT:
		return SEND_TIMEOUT;
	case -EKEYREJECTED:
		return SEND_TLS;
	case -EINVAL:
		return SEND_USAGE;
	case -ENOKEY:
		return SEND_NO_KEYS;
	default:
		return SEND_BROKEN;
	}
}

bool send_is_final(const struct delivery_result *res)
{
	const long s = res->status;

	return res->taken || res->permanent || res->error == -EINVAL || res->error == -ENOKEY ||
	       res->error == -EKEYREJECTED ||
	       (res->error == 0 && s >= 300 && s < 500 && s != 408 && s != 429);
}

/* Parses the daemon's answer: "WORD STATUS WHY". */
static int parse_daemon_answer(const char *answer, char why[static DELIVERY_WHY])
{
	char word[16] = "";
	int status = SEND_FAILED, at = 0;

	if (sscanf(answer, "%15s %d %n", word, &status, &at) < 2 || at == 0)
		return -EPROTO; /* a daemon that does not know the request */
	if (strcmp(word, INBOX_FULL) == 0)
		return -ENOSPC;
	(void)snprintf(why, DELIVERY_WHY, "%.*s", (int)strcspn(answer + at, "\n"), answer + at);
	if (strcmp(word, INBOX_TAKEN) == 0)
		*why = '\0';
	return strcmp(word, INBOX_KEPT) == 0 ? SEND_QUEUED : status;
}

/*
 * Passes the signal to the daemon. Returns an exit status, or -errno if the daemon has not got it.
 */
static int send_by_daemon(const json_t *entry, unsigned timeout_s, char why[static DELIVERY_WHY])
{
	auto_free char *answer = NULL;
	char name[INBOX_NAME], path[PATH_MAX], line[64];
	uint64_t random;
	size_t len;
	int r;

	if (!path_exists(control_socket_path))
		return -ENOENT;
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -EAGAIN;
	(void)snprintf(name, sizeof(name), "%016" PRIx64, random);
	(void)snprintf(line, sizeof(line), "signal %s %u", name, timeout_s);
	inbox_path(path, name);
	r = path_mkdir(INBOX_FOLDER);
	if (r == 0)
		r = jsonfile_write(path, entry);
	if (r < 0)
		return r;
	r = control_ask(
	        control_socket_path, line, (int)(timeout_s + GRACE_S) * 1000, &answer, &len);
	if (r == 0)
		r = parse_daemon_answer(answer, why);
	else if (!path_exists(path)) {
		(void)snprintf(
		        why, DELIVERY_WHY, "the daemon has queued it and ended: %s", strerror(-r));
		r = SEND_QUEUED;
	}
	if (r < 0)
		(void)path_remove(path);
	return r;
}

enum send_status send_signal(
        const struct send_options *t, json_t *entry, char why[static DELIVERY_WHY])
{
	int r;

	*why = '\0';
	if (!entry) {
		(void)snprintf(why, DELIVERY_WHY, "out of memory");
		return SEND_FAILED;
	}
	r = t->alone ? -ENOENT : send_by_daemon(entry, t->timeout_s, why);
	if (r < 0)
		r = (int)send_direct(t, entry, why);
	json_decref(entry);
	return (enum send_status)r;
}
