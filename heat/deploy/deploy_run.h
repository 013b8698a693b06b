/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deploy_run.h - runs the hook of one deployment, in a separate process between the daemon and the
 * hook.
 *
 * The daemon may be killed, upgraded or restarted while a deployment runs, possibly by that
 * deployment: this process waits for the hook, enforces its time limit, and writes the result to
 * disk.
 *
 *   /var/lib/prehup/deployments/KEY.job     what to run: an object with
 *       program   absolute path of a hook program; "" = the built-in `script`
 *       input     text for its standard input
 *       script    text, script_path and outputs_path for `script`; output_names, an array
 *       env       object of strings
 *       timeout_s 0 = none
 *   /var/lib/prehup/deployments/KEY.result  how it ended: status, stdout, stderr, note, outputs
 */
#ifndef HEAT_DEPLOY_DEPLOY_RUN_H
#define HEAT_DEPLOY_DEPLOY_RUN_H

extern const char deploy_folder[];

/* argv[1] is KEY. Returns an exit status. */
int command_deployment_run(int argc, char **argv);

#endif
