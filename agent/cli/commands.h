/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commands.h - what can be called from a shell.  Each takes its own arguments (argv[0] is its name)
 * and returns an exit status: 0, 1 (could not), 2 (bad usage); `status`, `poll`, `explain` and `watch` 3
 * when no daemon runs.
 */
#ifndef AGENT_CLI_COMMANDS_H
#define AGENT_CLI_COMMANDS_H

/* Asks the daemon, -1: for as long as it takes.  0 with its answer, the caller's to free, or an exit status: told. */
int command_ask(const char *line, int timeout_ms, char **ret);

int command_run(int argc, char **argv);
int command_check(int argc, char **argv);
int command_status(int argc, char **argv);
int command_poll(int argc, char **argv);
int command_clean(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_watch(int argc, char **argv);
int command_cfn_hup(int argc, char **argv);

#endif
