/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/cli/cfn_signal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "heat/instance/instance_id.h"
#include "heat/signal/send.h"

enum { PATIENCE_S = 60, TO_MAX = 64 << 10 };

static const char help[] =
        "usage: cfn-signal [OPTION]... URL\n"
        "       cfn-signal [OPTION]... --resource NAME [--stack NAME]\n"
        "  -s, --success true|false  the outcome (default: true)\n"
        "  -e, --exit-code CODE      the outcome as an exit status: only 0 is success\n"
        "  -r, --reason TEXT         reason of the outcome\n"
        "  -d, --data TEXT           data of the wait condition\n"
        "  -i, --id ID               id of the signal (default: this instance)\n"
        "  -k, --insecure            do not verify the certificate\n"
        "      --timeout SECONDS     time to retry (default: 60)\n"
        "      --aws, --native       use the keys of one kind of wait condition only\n"
        "      --token TOKEN         Keystone's token, for a URL of Heat's own API\n"
        "      --compat-exit         any answer is success, as in heat-cfntools\n"
        "      --access-key, --secret-key, --credential-file, --url, --http-proxy,\n"
        "      --https-proxy         replace the settings of this guest\n"
        "URL is a pre-signed URL (also in base64), a handle's signal attribute, or - for standard "
        "input.\n";

static int report_usage_error(const char *why)
{
	fprintf(stderr, "cfn-signal: %s\n%s", why, help);
	return SEND_USAGE;
}

/* Reads the URL for the argument "-": every user of the guest can see arguments. */
static const char *read_signal_url(void)
{
	static char text[TO_MAX];
	size_t n = fread(text, 1, sizeof(text) - 1, stdin);

	while (n > 0 && strchr(" \t\r\n", text[n - 1]))
		n--;
	text[n] = '\0';
	return text;
}

/* Returns 0, or the exit status of a usage error. */
static int parse_signal_option(struct cfn_signal *s, int c)
{
	char *end;
	long n;

	switch (c) {
	case 's':
		s->success = optarg;
		return 0;
	case 'e':
		s->exit_code = optarg;
		return 0;
	case 'r':
		s->reason = optarg;
		return 0;
	case 'd':
		s->data = optarg;
		return 0;
	case 'i':
		s->id = optarg;
		return 0;
	case 'k':
		s->who.insecure = true;
		return 0;
	case 't':
		n = strtol(optarg, &end, 10);
		if (end == optarg || *end || n < 0 || n > 3600)
			return report_usage_error("--timeout: 0 to 3600 seconds");
		s->patience_s = (unsigned)n;
		return 0;
	case 'A':
		s->words = FORMAT_AWS;
		return 0;
	case 'N':
		s->words = FORMAT_NATIVE;
		return 0;
	case 'T':
		s->token = optarg;
		return 0;
	case 'c':
		s->compat = true;
		return 0;
	case 'v':
		log_open(LOG_DEBUG);
		return 0;
	default:
		return cli_option(&s->who, c, optarg) ? 0 : SEND_USAGE;
	}
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
		if (cli_stack_resource(src, s->who.stack))
			return json_object_set_new(entry, "stack", json_string(src->stack));
	}
	return user ? -EPERM : 0;
}

static int send_cfn_signal(const struct cfn_signal *s)
{
	static struct conf cf;
	struct send_options t = { .conf = &cf, .patience_s = s->patience_s };
	char err[CONF_ERR], why[DELIVERY_WHY], id[INSTANCE_ID] = "";
	enum send_status r = SEND_USAGE;
	json_t *entry = NULL;

	*err = '\0';
	if (cli_conf(&cf, &s->who, err) == 0) {
		if (!s->id || !*s->id)
			instance_id(id, &cf);
		entry = cfn_signal_entry(s, id, err);
	}
	if (entry && s->who.stack && !s->to && set_signal_stack(s, &cf, entry) < 0) {
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
	t.alone = cli_is_foreign_option(&s->who) || (s->who.stack && !s->to) ||
	          (s->who.insecure && !json_object_get(entry, "url"));
	r = send_signal(&t, entry, why);
	conf_free(&cf);
	if (r == SEND_HTTP && s->compat)
		return SEND_ACCEPTED;
	if (r != SEND_ACCEPTED)
		fprintf(stderr, "cfn-signal: %s: %s\n",
		        r == SEND_QUEUED ? "not delivered yet, the daemon goes on"
		                         : "not delivered",
		        why);
	return (int)r;
}

int command_cfn_signal(int argc, char **argv)
{
	static const struct option options[] = { PROGRAM_OPTIONS,
		{ "success", required_argument, NULL, 's' },
		{ "exit-code", required_argument, NULL, 'e' },
		{ "exit", required_argument, NULL, 'e' }, /* as the reference still takes it */
		{ "reason", required_argument, NULL, 'r' },
		{ "data", required_argument, NULL, 'd' }, { "id", required_argument, NULL, 'i' },
		{ "insecure", no_argument, NULL, 'k' }, { "timeout", required_argument, NULL, 't' },
		{ "aws", no_argument, NULL, 'A' }, { "native", no_argument, NULL, 'N' },
		{ "token", required_argument, NULL, 'T' },
		{ "compat-exit", no_argument, NULL, 'c' }, { "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 } };
	struct cfn_signal s = { .patience_s = PATIENCE_S };
	int c, r;

	log_open(LOG_ERR); /* this program prints the result itself */
	while ((c = getopt_long(argc, argv, "s:e:r:d:i:f:kvh", options, NULL)) != -1) {
		if (c == 'h' || c == '?') {
			fputs(help, c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : SEND_USAGE;
		}
		r = parse_signal_option(&s, c == 'f' ? OPTION_CREDENTIAL_FILE : c);
		if (r)
			return r;
	}
	if (optind < argc)
		s.to = argv[optind++];
	if (optind < argc || (!s.to && !s.who.resource))
		return report_usage_error(
		        optind < argc ? "one URL is enough" : "there is no URL, and no --resource");
	if (s.to && strcmp(s.to, "-") == 0)
		s.to = read_signal_url();
	return send_cfn_signal(&s);
}
