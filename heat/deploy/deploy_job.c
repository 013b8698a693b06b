/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/deploy/deploy_job.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "agent/base/text.h"
#include "heat/deploy/deploy_item.h"

static const char *const hook_dirs[] = { "/usr/libexec/heat-config/hooks",
	"/var/lib/heat-config/hooks" };
static const char script_dir[] = "/var/lib/heat-config/heat-config-script";
static const char outputs_dir[] = "/var/run/heat-config/heat-config-script";

/* Finds the hook program of a group; "": none. */
static void find_hook(const char *group, char ret[static PATH_MAX])
{
	char name[128], path[PATH_MAX];

	*ret = '\0';
	deploy_hook_name(name, sizeof(name), group);
	for (size_t i = 0; *name && i < ARRAY_SIZE(hook_dirs); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", hook_dirs[i], name);
		if (!*ret && path_exists(path))
			(void)snprintf(ret, PATH_MAX, "%s", path);
	}
}

/* Returns the inputs as the environment of a script: strings unchanged, other values as JSON. */
static json_t *build_job_environment(const json_t *item)
{
	json_t *env = deploy_inputs(item), *v;
	const char *name;
	void *tmp;

	json_object_foreach_safe (env, tmp, name, v) {
		auto_free char *text = NULL;

		if (json_is_string(v))
			continue;
		text = json_dumps(v, JSON_ENCODE_ANY);
		(void)json_object_set_new(env, name, json_string(text ? text : ""));
	}
	return env;
}

static json_t *build_script_job(const json_t *item, const char *key)
{
	json_t *names = json_array(), *out;
	char script[PATH_MAX], outputs[PATH_MAX];
	const json_t *config = json_object_get(item, "config");
	auto_free char *text = json_is_string(config) ? NULL : json_dumps(config, JSON_ENCODE_ANY);
	size_t i;

	(void)snprintf(script, sizeof(script), "%s/%s", script_dir, key);
	(void)snprintf(outputs, sizeof(outputs), "%s/%s", outputs_dir, key);
	json_array_foreach (json_object_get(item, "outputs"), i, out)
		(void)json_array_append_new(names, json_string(deploy_text(out, "name")));
	return json_pack("{ss ss ss ss so so}", "program", "", "script",
	        text ? text : deploy_text(item, "config"), "script_path", script, "outputs_path",
	        outputs, "output_names", names, "env", build_job_environment(item));
}

json_t *deploy_job(const json_t *item, const char *key, const char **why)
{
	static char no_hook[300];
	json_auto_t *plain = deploy_for_hook(item, why);
	const char *group = deploy_text(plain, "group");
	char program[PATH_MAX];
	auto_free char *input = NULL;

	if (!plain)
		return NULL;
	if (strcmp(group, "script") == 0)
		return build_script_job(plain, key);
	find_hook(group, program);
	(void)snprintf(no_hook, sizeof(no_hook), "no hook for group \"%.100s\" in %s or %s", group,
	        hook_dirs[0], hook_dirs[1]);
	*why = no_hook;
	if (!*program)
		return NULL;
	input = json_dumps(plain, JSON_COMPACT);
	return input ? json_pack("{ss ss}", "program", program, "input", input) : NULL;
}
