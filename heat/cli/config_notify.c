/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/cli/config_notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/log.h"
#include "heat/api/cfn.h"
#include "heat/cli/cli_options.h"
#include "heat/deploy/deploy_item.h"
#include "heat/deploy/deploy_signal.h"
#include "heat/signal/send.h"

/* A result may have more output than Heat accepts: deploy_fitted() cuts it at its beginning. */
enum { TIMEOUT_S = 60, TIMEOUT_MAX_S = 3600, RESULT_MAX = 64 << 20 };

static const char notes[] =
        "FILE is the deployment as JSON, as in the metadata's deployments; standard input is the "
        "output\nof its hook: a JSON object of outputs.\n";

/* Reads a JSON object. Returns NULL after printing the error. */
static json_t *read_json_object(int fd, const char *what)
{
	size_t size = 1 << 16, n = 0;
	char *text = malloc(size + 1);
	json_error_t e = { .text = "nested too deep" };
	json_t *o = NULL;
	ssize_t got = 1;

	if (!text) {
		fprintf(stderr, "heat-config-notify: %s: no memory\n", what);
		return NULL;
	}
	while (got > 0 && n < RESULT_MAX) {
		if (n == size) {
			char *more = realloc(text, size * 2 + 1);

			if (!more)
				break;
			text = more;
			size *= 2;
		}
		got = read(fd, text + n, size - n);
		n += got > 0 ? (size_t)got : 0;
		if (got < 0 && errno == EINTR)
			got = 1;
	}
	if (got < 0)
		fprintf(stderr, "heat-config-notify: %s: %s\n", what, strerror(errno));
	else if (got > 0)
		fprintf(stderr, "heat-config-notify: %s: too large\n", what);
	else if (cfn_shallow(text, n))
		o = json_loadb(text, n, JSON_ALLOW_NUL | JSON_DECODE_ANY, &e);
	if (got == 0 && !json_is_object(o))
		fprintf(stderr, "heat-config-notify: %s: %s\n", what,
		        o ? "is not a JSON object" : e.text);
	if (!json_is_object(o)) {
		json_decref(o);
		o = NULL;
	}
	explicit_bzero(text, n);
	free(text);
	return o;
}

static json_t *read_deployment_file(const char *path)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		fprintf(stderr, "heat-config-notify: %s: %s\n", path, strerror(errno));
		return NULL;
	}
	return read_json_object(fd, path);
}

/* Builds the delivery. Returns NULL with the exit status in *ret_status. */
static json_t *build_result_entry(const json_t *item, const json_t *result, int *ret_status)
{
	json_auto_t *fitted = deploy_fitted(result, DEPLOY_BODY_MAX);
	char key[DEPLOY_KEY];
	json_t *entry;
	bool silent;

	if (deploy_key(key, item) < 0)
		(void)snprintf(key, sizeof(key), "(no id)");
	entry = fitted ? deploy_delivery(item, key, fitted, &silent) : NULL;
	if (!fitted) {
		fputs("heat-config-notify: no memory\n", stderr);
		*ret_status = SEND_FAILED;
		return NULL;
	}
	if (!entry && !silent)
		silent = !deploy_input(item, "deploy_signal_transport") &&
		         !deploy_input(item, "deploy_signal_id") &&
		         !deploy_input(item, "deploy_auth_url");
	*ret_status = silent ? SEND_ACCEPTED : SEND_INPUT;
	if (!entry && !silent)
		fputs("heat-config-notify: the deployment's inputs name no transport\n", stderr);
	return entry;
}

static int send_deployment_result(const char *file, unsigned timeout_s)
{
	static struct conf cf;
	const struct cli_options none = { 0 };
	struct send_options t = { .conf = &cf, .timeout_s = timeout_s };
	json_auto_t *item = read_deployment_file(file);
	json_auto_t *result = item ? read_json_object(STDIN_FILENO, "the result") : NULL;
	char err[CONF_ERR], why[DELIVERY_WHY];
	json_t *entry;
	int r = SEND_FAILED;

	if (!item || !result)
		return item ? SEND_INPUT : SEND_FAILED;
	entry = build_result_entry(item, result, &r);
	if (!entry)
		return r;
	(void)cli_conf(&cf, &none, err); /* if it fails, the deployment's own credentials suffice */
	r = (int)send_signal(&t, entry, why);
	conf_free(&cf);
	if (r != SEND_ACCEPTED)
		fprintf(stderr, "heat-config-notify: %s: %s: %s\n", deploy_text(item, "name"),
		        r == SEND_QUEUED ? "not delivered yet, the daemon retries"
		                         : "not delivered",
		        why);
	return r;
}

int command_config_notify(int argc, char **argv)
{
	double timeout_s = TIMEOUT_S;
	const struct option_entry entries[] = {
		{ 0, "timeout", "SECONDS", "time to retry (default: 60)", .number = &timeout_s,
		        .max = TIMEOUT_MAX_S, .whole = true },
		{ 0 },
	};
	int r = options_parse(argc, argv,
	        &(struct options){ .program = "heat-config-notify",
	                .entry = entries,
	                .operand = "FILE",
	                .missing_status = SEND_FAILED, /* exit status 1, as in the reference */
	                .notes = notes });

	if (r >= 0)
		return r;
	log_open(LOG_ERR);
	return send_deployment_result(argv[optind], (unsigned)timeout_s);
}
