/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/text.h"
#include "agent/process/child_internal.h"
#include "agent/process/user.h"

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/*
 * Variables that a child inherits: language and time zone only.  The daemon's environment also holds NOTIFY_SOCKET and
 * proxies with passwords.
 */
static const char *const kept[] = { "LANG", "LC_ALL", "TZ" };

static int find_groups(struct child_plan *p, const char *user)
{
	int n = user_groups(user, p->gid, &p->groups);

	p->group_count = n < 0 ? 0 : n;
	return n < 0 ? n : 0;
}

/* Returns the entry of env that sets `name` (of `n` bytes), or the free one at its end. */
static char **find_env_slot(char **env, const char *name, size_t n)
{
	while (*env && (strncmp(*env, name, n) != 0 || (*env)[n] != '='))
		env++;
	return env;
}

static int put_env_value(char **env, const char *name, const char *value)
{
	char **at = find_env_slot(env, name, strlen(name)), *s;

	if (asprintf(&s, "%s=%s", name, value) < 0)
		return -ENOMEM;
	free(*at);
	*at = s;
	return 0;
}

static int override_env_entry(char **env, const char *entry)
{
	const char *eq = strchr(entry, '=');
	char **at, *s;

	if (!eq || eq == entry)
		return -EINVAL;
	at = find_env_slot(env, entry, (size_t)(eq - entry));
	s = strdup(entry);
	if (!s)
		return -ENOMEM;
	free(*at);
	*at = s;
	return 0;
}

static int make_env(struct child_plan *p, const struct passwd *pw, const char *const *extra)
{
	const char *const base[][2] = {
		{ "PATH", default_path },
		{ "HOME", p->home },
		{ "USER", pw->pw_name },
		{ "LOGNAME", pw->pw_name },
		{ "SHELL", pw->pw_shell && *pw->pw_shell ? pw->pw_shell : "/bin/sh" },
	};
	const size_t bases = ARRAY_SIZE(base), keeps = ARRAY_SIZE(kept);
	size_t n = 0;
	int r = 0;

	while (extra && extra[n])
		n++;
	p->env = calloc(bases + keeps + n + 1, sizeof(*p->env));
	if (!p->env)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < bases; i++)
		r = put_env_value(p->env, base[i][0], base[i][1]);
	for (size_t i = 0; r == 0 && i < keeps; i++) {
		const char *value = getenv(kept[i]);

		if (value)
			r = put_env_value(p->env, kept[i], value);
	}
	for (size_t i = 0; r == 0 && i < n; i++)
		r = override_env_entry(p->env, extra[i]);
	return r;
}

/* Makes a passwd record: an image may lack one for the daemon's uid, and hooks must run anyway. */
static void make_unnamed_user(struct passwd *pw, char name[static 16])
{
	(void)snprintf(name, 16, "%u", (unsigned)geteuid());
	*pw = (struct passwd){ .pw_name = geteuid() == 0 ? (char *)(uintptr_t) "root" : name,
		.pw_uid = geteuid(),
		.pw_gid = getegid() };
}

static int fill_child_plan(struct child_plan *p, const struct child_spec *s)
{
	const char *user = s->user && *s->user ? s->user : NULL;
	auto_free char *buf = NULL;
	struct passwd pw;
	char name[16];
	int r = user_find(user, &pw, &buf);

	if (r == -ENOENT && !user) {
		make_unnamed_user(&pw, name);
		r = 0;
	}
	if (r < 0)
		return r;
	/* -1 means "leave it as it is" to setresuid(2): such a user would stay root. */
	if (pw.pw_uid == (uid_t)-1 || pw.pw_gid == (gid_t)-1)
		return -EINVAL;
	p->uid = pw.pw_uid;
	p->gid = pw.pw_gid;
	/* Without privileges the user cannot change; for the same user there is nothing to do. */
	p->drop = user && (geteuid() == 0 || pw.pw_uid != geteuid());
	p->home = strdup(pw.pw_dir && *pw.pw_dir == '/' ? pw.pw_dir : "/");
	if (!p->home)
		return -ENOMEM;
	if (p->drop)
		r = find_groups(p, pw.pw_name);
	return r < 0 ? r : make_env(p, &pw, s->env);
}

int child_plan_make(struct child_plan *ret, const struct child_spec *s)
{
	struct child_plan p = { .command = s->command, .umask = s->umask };
	int r = fill_child_plan(&p, s);

	if (r < 0) {
		child_plan_free(&p);
		return r;
	}
	*ret = p;
	return 0;
}

void child_plan_free(struct child_plan *p)
{
	for (char **e = p->env; e && *e; e++)
		free(*e);
	free(p->env);
	free(p->groups);
	free(p->home);
	*p = (struct child_plan){ 0 };
}
