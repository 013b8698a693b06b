/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deploy_job.h - the program of one deployment: the built-in `script`, or a group's hook program.
 */
#ifndef HEAT_DEPLOY_DEPLOY_JOB_H
#define HEAT_DEPLOY_DEPLOY_JOB_H

#include <jansson.h>

/*
 * Returns KEY.job (deploy_run.h) of an item, a new reference; NULL, with `why`, if nothing can be
 * run.
 */
json_t *deploy_job(const json_t *item, const char *key, const char **why);

#endif
