/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - the command lines of all programs: a table of options is parsed and printed as help. */
#ifndef AGENT_CLI_OPTIONS_H
#define AGENT_CLI_OPTIONS_H

#include <stdbool.h>

enum { OPTIONS_USAGE = 2 }; /* exit status after a usage error */

/* One option.  Exactly one of flag, choice, text and number is set: the place of its value. */
struct option_entry {
	char letter;          /* of the short form; 0: there is none */
	const char *name;     /* of the long form; getopt_long(3) accepts unique abbreviations */
	const char *argument; /* its name in the help; NULL: the option takes none */
	const char *help;     /* one line; NULL: the help does not list the option */
	bool *flag;           /* set to true */
	int *choice, value;   /* *choice = value: the last one on the command line wins */
	const char **text;    /* the argument; options with the same place are aliases */
	double *number;       /* the argument, a number from min to max */
	double min, max;
	bool whole;          /* only a whole number is accepted */
	bool unset_if_empty; /* an empty argument stores NULL */
};

struct options {
	const char *program;              /* "prehup run": begins the usage line and each error */
	const struct option_entry *entry; /* ends with a NULL name */
	const char *operand; /* the one operand's name; "[NAME]": optional; NULL: none */
	int missing_status;  /* if the operand is missing; 0: OPTIONS_USAGE */
	const char *notes;   /* printed after the options; may be NULL */
};

/*
 * Parses the options; the operand, if there is one, is argv[optind] afterwards.  -h, --help and --version are
 * accepted by each program and print to stdout.  A usage error prints one line to stderr.
 * Returns -1 if the command is to run, else the exit status: 0, or one of a usage error.
 */
int options_parse(int argc, char **argv, const struct options *o);

/* Prints "PROGRAM: TEXT", without secrets, to stderr and returns OPTIONS_USAGE. */
int options_fail(const struct options *o, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

#endif
