/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commands.h - prehup's subcommands.  Each takes its arguments (argv[0] is its name) and returns an exit
 * status: 0, 1 (failed), 2 (usage error).  status, poll, explain and watch return 3 if no daemon runs.
 */
#ifndef AGENT_CLI_COMMANDS_H
#define AGENT_CLI_COMMANDS_H

/*
 * Sends a line to the daemon and waits for its answer, without a limit if timeout_ms is -1.  Returns 0 with
 * the answer, which the caller frees, or an exit status after a message on stderr.
 */
int command_ask(const char *line, int timeout_ms, char **ret);

int command_run(int argc, char **argv);
int command_check(int argc, char **argv);
int command_status(int argc, char **argv);
int command_poll(int argc, char **argv);
int command_clean(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_watch(int argc, char **argv);
int command_metrics(int argc, char **argv);
int command_record(int argc, char **argv);
int command_replay(int argc, char **argv);
int command_cfn_hup(int argc, char **argv);

#endif
