/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/cli/options.h"

#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/redact.h"

enum {
	OPTIONS_MAX = 32,
	SYNOPSIS_MAX = 4,  /* more options than these are "[OPTION]..." in the usage line */
	CODE_HELP = 0x100, /* what getopt_long() returns for them */
	CODE_VERSION,
	CODE_ENTRY, /* + the place in the table */
};

static const char help_form[] = "-h, --help";

/* Formats "-c, --config DIR". Returns its length. */
static size_t format_option(const struct option_entry *e, char *buf, size_t size)
{
	char letter[8] = "";

	if (e->letter)
		(void)snprintf(letter, sizeof(letter), "-%c, ", e->letter);
	return (size_t)snprintf(buf, size, "%s--%s%s%s", letter, e->name, e->argument ? " " : "",
	        e->argument ? e->argument : "");
}

static void print_option_synopsis(const struct option_entry *e)
{
	const char *space = e->argument ? " " : "", *argument = e->argument ? e->argument : "";

	if (e->letter)
		printf(" [-%c%s%s]", e->letter, space, argument);
	else
		printf(" [--%s%s%s]", e->name, space, argument);
}

static int print_options_help(const struct options *o)
{
	size_t width = strlen(help_form), count = 0;
	char form[80];

	for (const struct option_entry *e = o->entry; e->name; e++) {
		size_t n = e->help ? format_option(e, form, sizeof(form)) : 0;

		width = n > width ? n : width;
		count += n > 0;
	}
	printf("usage: %s", o->program);
	for (const struct option_entry *e = o->entry; e->name && count <= SYNOPSIS_MAX; e++)
		if (e->help)
			print_option_synopsis(e);
	printf("%s%s%s\n", count > SYNOPSIS_MAX ? " [OPTION]..." : "", o->operand ? " " : "",
	        o->operand ? o->operand : "");
	for (const struct option_entry *e = o->entry; e->name; e++)
		if (e->help && format_option(e, form, sizeof(form)))
			printf("  %-*s  %s\n", (int)width, form, e->help);
	printf("  %-*s  print this help\n", (int)width, help_form);
	printf("  %-*s  print the version\n%s", (int)width, "--version", o->notes ? o->notes : "");
	return fflush(stdout) != 0;
}

int options_fail(const struct options *o, const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	redact(text);
	fprintf(stderr, "%s: %s\n", o->program, text);
	return OPTIONS_USAGE;
}

/* Returns -1, or the exit status after a usage error. */
static int store_option(const struct options *o, const struct option_entry *e, const char *argument)
{
	char *end;

	if (e->flag)
		*e->flag = true;
	else if (e->choice)
		*e->choice = e->value;
	else if (e->text)
		*e->text = *argument || !e->unset_if_empty ? argument : NULL;
	else if (e->number) {
		*e->number = strtod(argument, &end);
		if (end == argument || *end || !(*e->number >= e->min && *e->number <= e->max) ||
		        (e->whole && *e->number != floor(*e->number)))
			return options_fail(o, "--%s: \"%s\" is not a %snumber from %g to %g",
			        e->name, argument, e->whole ? "whole " : "", e->min, e->max);
	}
	return -1;
}

/* Returns the place of the first of the options that store the same text. */
static int find_first_alias(const struct options *o, int place)
{
	int i = 0;

	while (i < place && (!o->entry[i].text || o->entry[i].text != o->entry[place].text))
		i++;
	return i;
}

/* Fills the tables of getopt_long(3).  Options of one code are no ambiguity if an abbreviation means all of them. */
static void list_options(const struct options *o, struct option *ret_long, char *ret_short)
{
	int i = 0;

	*ret_short++ = 'h';
	for (const struct option_entry *e = o->entry; e->name && i < OPTIONS_MAX; e++, i++) {
		*ret_long++ =
		        (struct option){ e->name, e->argument ? required_argument : no_argument,
			        NULL, CODE_ENTRY + find_first_alias(o, i) };
		if (e->letter)
			*ret_short++ = e->letter;
		if (e->letter && e->argument)
			*ret_short++ = ':';
	}
	*ret_short = '\0';
	*ret_long++ = (struct option){ "help", no_argument, NULL, CODE_HELP };
	*ret_long++ = (struct option){ "version", no_argument, NULL, CODE_VERSION };
	*ret_long = (struct option){ 0 };
}

/* Returns the entry of a code of getopt_long(), which is a letter or CODE_ENTRY + place. */
static const struct option_entry *find_option(const struct options *o, int code)
{
	const struct option_entry *e = o->entry;

	if (code >= CODE_ENTRY)
		return &e[code - CODE_ENTRY];
	while (e->letter != code)
		e++;
	return e;
}

int options_parse(int argc, char **argv, const struct options *o)
{
	struct option all[OPTIONS_MAX + 3];
	char letters[2 * OPTIONS_MAX + 2];
	int c, r = -1;

	list_options(o, all, letters);
	argv[0] = (char *)(uintptr_t)o->program; /* getopt_long() begins its messages with it */
	while (r < 0 && (c = getopt_long(argc, argv, letters, all, NULL)) != -1) {
		if (c == 'h' || c == CODE_HELP)
			return print_options_help(o);
		if (c == CODE_VERSION)
			return printf("prehup %s\n", VERSION) < 0;
		r = c == '?' ? OPTIONS_USAGE : store_option(o, find_option(o, c), optarg);
	}
	if (r >= 0)
		return r;
	if (optind + !!o->operand < argc)
		return options_fail(o, "unexpected argument \"%s\"", argv[optind + !!o->operand]);
	if (!o->operand || *o->operand == '[' || optind < argc)
		return -1;
	(void)options_fail(o, "%s is missing", o->operand);
	return o->missing_status ? o->missing_status : OPTIONS_USAGE;
}
