/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clean.c - seals an image: removes the traces of this instance from the disk and keeps the image's
 * own files.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "agent/base/paths.h"
#include "agent/base/text.h"
#include "agent/cli/commands.h"
#include "agent/cli/options.h"
#include "agent/conf/conf.h"
#include "agent/store/remove_tree.h"

/* Files of this instance: records, caches, data from Heat, and scripts that ran. */
static const struct {
	const char *path, *what;
	bool inside;
} ours[] = {
	{ PATH_STATE, "records of hooks, deployments and signals", true },
	{ PATH_HEAT, "data from Heat's user-data, including credentials", true },
	{ "/var/cache/heat-cfntools", "cached metadata", true },
	{ PATH_OCC_STATE, "cached metadata", true },
	{ "/var/run/os-collect-config", "cached metadata", true },
	{ "/var/lib/heat-config/deployed", "deployments that have run", true },
	{ "/var/lib/heat-config/heat-config-script", "scripts of deployments", true },
	{ "/var/run/heat-config", "files of deployments", true },
	{ "/var/log/cfn-hup.log", "log", false },
	{ PATH_RUN, "run-time files", true },
};

/* Files of the image, or of programs with their own command for this purpose. */
static const struct {
	const char *path, *why;
} others[] = {
	{ PATH_SETTINGS, "settings of the image; look for passwords in it" },
	{ PATH_CFN_MAIN, "settings of the image" },
	{ PATH_CFN_HOOKS, "hooks of the image" },
	{ PATH_CFN_DIR, "hooks of the image" },
	{ "/var/lib/heat-config/hooks", "programs of the image" },
	{ PATH_CLOUD, "cloud-init's: cloud-init clean" },
	{ "/etc/machine-id", "systemd's: it must be emptied" },
};

static bool dry;
static unsigned failures;

static bool has_something_to_remove(const char *path, bool inside)
{
	char full[PATH_MAX];
	struct dirent *e;
	struct stat st;
	bool any = false;
	DIR *d;

	if (path_full(full, path) < 0 || lstat(full, &st) < 0)
		return false;
	if (!S_ISDIR(st.st_mode) || !inside)
		return !inside || !S_ISDIR(st.st_mode);
	d = opendir(full);
	while (d && !any && (e = readdir(d)) != NULL)
		any = strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	if (d)
		closedir(d);
	return any;
}

static void remove_instance_path(const char *path, const char *what, bool inside)
{
	int r;

	if (!has_something_to_remove(path, inside))
		return;
	r = dry ? 0 : remove_tree(path, inside);
	if (r < 0) {
		failures++;
		fprintf(stderr, "prehup: cannot remove %s%s: %s\n", path_root(), path,
		        strerror(-r));
		return;
	}
	printf("%s %s%s%s: %s\n", dry ? "would remove" : "removed", path_root(), path,
	        inside ? "/*" : "", what);
}

/*
 * Removes files with the server's credentials: cfn-hup's credential file, and the file that
 * os-refresh-config rendered.
 */
static void remove_credentials(void)
{
	static const char occ[] = PATH_OCC_SETTINGS;
	struct conf_report quiet = { 0 };
	auto_free char *text = NULL;
	struct conf *cf = calloc(1, sizeof(*cf));
	size_t len;

	/* An invalid configuration may still name the file. */
	if (cf && conf_load(cf, CONF_DAEMON, NULL, &quiet) == 0 && *cf->credential_file)
		remove_instance_path(cf->credential_file, "credentials", false);
	else
		remove_instance_path(PATH_CFN "/cfn-credentials", "credentials", false);
	if (cf)
		conf_free(cf);
	free(cf);
	if (path_read(occ, 1 << 20, &text, &len) == 0 &&
	        (strstr(text, "password") || strstr(text, "secret_access_key")))
		remove_instance_path(occ, "settings with this server's password or keys", false);
	if (text)
		explicit_bzero(text, len);
}

/* A running daemon would write the files again. */
static bool is_daemon_running(void)
{
	auto_fd int fd = path_open(PATH_LOCK, O_RDWR | O_NOFOLLOW, 0);

	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

int command_clean(int argc, char **argv)
{
	static const struct option_entry entries[] = {
		{ 'n', "dry-run", NULL, "print what would be removed", .flag = &dry },
		{ 0 },
	};
	int r = options_parse(
	        argc, argv, &(struct options){ .program = "prehup clean", .entry = entries });

	if (r >= 0)
		return r;
	if (!dry && is_daemon_running()) {
		fputs("prehup: the daemon is running and would write the files again: stop it "
		      "first\n",
		        stderr);
		return 1;
	}
	remove_credentials();
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		remove_instance_path(ours[i].path, ours[i].what, ours[i].inside);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (path_exists(others[i].path))
			printf("not touched: %s%s: %s\n", path_root(), others[i].path,
			        others[i].why);
	return failures > 0;
}
