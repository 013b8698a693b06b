/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/cli/cfn_signal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "heat/instance/instance_id.h"
#include "heat/signal/send.h"

enum { TIMEOUT_S = 60, TIMEOUT_MAX_S = 3600, URL_MAX = 64 << 10 };

static const char notes[] =
        "URL is a pre-signed URL (also in base64), a handle's signal attribute, or - for standard "
        "input.\n";

/* Reads the URL for the argument "-": every user of the guest can see arguments. */
static const char *read_signal_url(void)
{
	static char text[URL_MAX];
	size_t n = fread(text, 1, sizeof(text) - 1, stdin);

	while (n > 0 && strchr(" \t\r\n", text[n - 1]))
		n--;
	text[n] = '\0';
	return text;
}

/* Adds the stack of a source that matches --stack.  -EPERM: this guest's user belongs to another stack. */
static int set_signal_stack(const struct cfn_signal *s, const struct conf *cf, json_t *entry)
{
	bool user = false;

	for (unsigned i = 0; i < cf->source_count; i++) {
		const struct source *src = &cf->source[i];

		if (src->kind != SOURCE_HEAT)
			continue;
		user = true;
		if (cli_stack_resource(src, s->options.stack))
			return json_object_set_new(entry, "stack", json_string(src->stack));
	}
	return user ? -EPERM : 0;
}

static int send_cfn_signal(const struct cfn_signal *s, unsigned timeout_s)
{
	static struct conf cf;
	struct send_options t = { .conf = &cf, .timeout_s = timeout_s };
	char err[CONF_ERR], why[DELIVERY_WHY], id[INSTANCE_ID] = "";
	enum send_status r = SEND_USAGE;
	json_t *entry = NULL;

	*err = '\0';
	if (cli_conf(&cf, &s->options, err) == 0) {
		if (!s->id || !*s->id)
			instance_id(id, &cf);
		entry = cfn_signal_entry(s, id, err);
	}
	if (entry && s->options.stack && !s->to && set_signal_stack(s, &cf, entry) < 0) {
		(void)snprintf(err, sizeof(err), "this guest's credentials are of another stack");
		json_decref(entry);
		entry = NULL;
		r = SEND_NO_KEYS;
	}
	if (!entry) {
		fprintf(stderr, "cfn-signal: %s\n", err);
		conf_free(&cf);
		return (int)r;
	}
	/* The daemon cannot deliver with options that it does not know. */
	t.alone = cli_is_foreign_option(&s->options) || (s->options.stack && !s->to) ||
	          (s->options.insecure && !json_object_get(entry, "url"));
	r = send_signal(&t, entry, why);
	conf_free(&cf);
	if (r == SEND_HTTP && s->compat)
		return SEND_ACCEPTED;
	if (r != SEND_ACCEPTED)
		fprintf(stderr, "cfn-signal: %s: %s\n",
		        r == SEND_QUEUED ? "not delivered yet, the daemon retries"
		                         : "not delivered",
		        why);
	return (int)r;
}

int command_cfn_signal(int argc, char **argv)
{
	struct cfn_signal s = { 0 };
	double timeout_s = TIMEOUT_S;
	bool verbose = false;
	const struct option_entry entries[] = {
		{ 's', "success", "true|false", "the outcome (default: true)", .text = &s.success },
		{ 'e', "exit-code", "CODE", "the outcome as an exit status: only 0 is success",
		        .text = &s.exit_code },
		{ 0, "exit", "CODE", NULL, .text = &s.exit_code }, /* the reference accepts it */
		{ 'r', "reason", "TEXT", "reason of the outcome", .text = &s.reason },
		{ 'd', "data", "TEXT", "data of the wait condition", .text = &s.data },
		{ 'i', "id", "ID", "id of the signal (default: this instance)", .text = &s.id },
		{ 'k', "insecure", NULL, "do not verify the certificate",
		        .flag = &s.options.insecure },
		{ 0, "timeout", "SECONDS", "time to retry (default: 60)", .number = &timeout_s,
		        .max = TIMEOUT_MAX_S, .whole = true },
		{ 0, "aws", NULL, "use the keys of AWS's wait conditions only", .choice = &s.format,
		        .value = FORMAT_AWS },
		{ 0, "native", NULL, "use the keys of Heat's wait conditions only",
		        .choice = &s.format, .value = FORMAT_NATIVE },
		{ 0, "token", "TOKEN", "Keystone's token, for a URL of Heat's own API",
		        .text = &s.token },
		{ 0, "compat-exit", NULL, "any answer is success, as in heat-cfntools",
		        .flag = &s.compat },
		{ 'v', "verbose", NULL, "log more", .flag = &verbose },
		CLI_OPTIONS(&s.options, 0, 0, 0),
		{ 0 },
	};
	const struct options o = {
		.program = "cfn-signal", .entry = entries, .operand = "[URL]", .notes = notes
	};
	int r = options_parse(argc, argv, &o);

	if (r >= 0)
		return r;
	log_open(verbose ? LOG_DEBUG : LOG_ERR); /* this program prints the result itself */
	s.to = argv[optind];
	if (!s.to && !s.options.resource)
		return options_fail(&o, "URL or --resource is required");
	if (s.to && strcmp(s.to, "-") == 0)
		s.to = read_signal_url();
	return send_cfn_signal(&s, (unsigned)timeout_s);
}
