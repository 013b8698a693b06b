/* SPDX-License-Identifier: Apache-2.0 */
/* deploy_record.h - private to deployments.c: the files of deployments. */
#ifndef HEAT_DEPLOY_DEPLOY_RECORD_H
#define HEAT_DEPLOY_DEPLOY_RECORD_H

#include <jansson.h>
#include <stdbool.h>

#include "heat/deploy/deploy_item.h"

/*
 * Loads all records of earlier runs: KEY -> record. Corrupt ones are renamed and replaced by a
 * record of state "lost", or "done" if the signal had been queued.
 */
json_t *deploy_records_load(void);

/* Returns 0 or -errno. */
int deploy_record_save(const char *key, const json_t *record);

/* Removes all files of a deployment, as if it had never started. */
void deploy_record_remove(const char *key);

/* Write or read KEY.job and KEY.result. Return 0 or -errno. */
int deploy_job_save(const char *key, const json_t *job);
int deploy_result_load(const char *key, json_t **ret);
void deploy_job_remove(const char *key);

/*
 * Returns whether heat-agents' 55-heat-config has run it. The next function writes the files of
 * that program.
 */
bool deploy_ran_in_heat_agents(const char *key);
void deploy_write_heat_config_files(const char *key, const json_t *item, const json_t *signal);

/* Removes the oldest records beyond this number. */
void deploy_records_prune(json_t *records, unsigned most);

#endif
