/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/hook/hook_env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "agent/base/paths.h"
#include "agent/base/text.h"
#include "agent/process/user.h"

static const char folder[] = PATH_RUN "/values";

static int add_env_entry(struct hook_env *e, char *entry)
{
	if (!entry)
		return -ENOMEM;
	if (e->count == HOOK_ENV_MAX) {
		free(entry);
		return -E2BIG;
	}
	e->at[e->count++] = entry;
	return 0;
}

/* Gives the file to the hook's user; an unknown user is reported when the hook starts. */
static void give_file_to_user(int fd, const char *user)
{
	auto_free char *buf = NULL;
	struct passwd pw;

	if (user && *user && user_find(user, &pw, &buf) == 0 &&
	        fchown(fd, pw.pw_uid, (gid_t)-1) < 0)
		(void)fchmod(fd, 0600); /* without root, file and hook have the daemon's user */
}

static int write_value_file(
        char full[static PATH_MAX], const char *text, size_t len, const char *user)
{
	char dir[PATH_MAX], parent[PATH_MAX];
	auto_fd int fd = -1;
	int r = path_mkdir(folder);

	if (r == 0)
		r = path_full(dir, folder);
	if (r == 0)
		r = path_full(parent, PATH_RUN);
	if (r < 0)
		return r;
	/* Other users may reach their own file, but not list names. */
	if (chmod(parent, 0711) < 0 || chmod(dir, 0711) < 0)
		return -errno;
	if (snprintf(full, PATH_MAX, "%s/XXXXXX", dir) >= PATH_MAX)
		return -ENAMETOOLONG;
	fd = mkostemp(full, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	give_file_to_user(fd, user);
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, text + done, len - done);

		if (n < 0) {
			r = -errno;
			(void)unlink(full); /* no partial value */
			return r;
		}
		done += (size_t)n;
	}
	return 0;
}

int hook_env_text(
        struct hook_env *e, const char *name, const char *text, size_t len, const char *user)
{
	char full[PATH_MAX], *entry = NULL;
	int r;

	if (len < HOOK_ENV_VALUE && strlen(text) == len) {
		if (asprintf(&entry, "%s=%s", name, text) < 0)
			entry = NULL;
		return add_env_entry(e, entry);
	}
	if (e->files == ARRAY_SIZE(e->file))
		return -E2BIG;
	r = write_value_file(full, text, len, user);
	if (r < 0)
		return r;
	e->file[e->files] = strdup(full);
	if (!e->file[e->files++])
		return -ENOMEM;
	if (asprintf(&entry, "%s_FILE=%s", name, full) < 0)
		entry = NULL;
	return add_env_entry(e, entry);
}

int hook_env_json(struct hook_env *e, const char *name, const json_t *value, const char *user)
{
	auto_free char *text = NULL;

	if (!value)
		return 0;
	if (json_is_string(value))
		return hook_env_text(
		        e, name, json_string_value(value), json_string_length(value), user);
	text = json_dumps(value, JSON_ENCODE_ANY);
	return text ? hook_env_text(e, name, text, strlen(text), user) : -ENOMEM;
}

void hook_env_clear(struct hook_env *e)
{
	for (unsigned i = 0; i < e->files; i++) {
		if (e->file[i])
			(void)unlink(e->file[i]); /* in /run, so it is gone after a reboot */
		free(e->file[i]);
	}
	for (unsigned i = 0; i < e->count; i++)
		free(e->at[i]);
	*e = (struct hook_env){ 0 };
}
