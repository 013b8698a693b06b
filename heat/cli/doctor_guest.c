/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/cli/doctor_guest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "agent/base/paths.h"
#include "agent/conf/conf.h"
#include "agent/process/user.h"
#include "agent/serve/control.h"
#include "heat/cli/doctor_report.h"

static const char state_dir[] = PATH_STATE;

static void check_state_folder(struct doctor *d)
{
	char full[PATH_MAX];
	struct statvfs fs;

	if (path_full(full, state_dir) == 0 &&
	        (path_mkdir(state_dir) < 0 || access(full, W_OK) < 0))
		doctor_fault(d, DOCTOR_GUEST, "state folder", "/var/lib/prehup cannot be written",
		        "make it writable: without it nothing survives a restart");
	else if (statvfs(full, &fs) == 0 && fs.f_bavail * fs.f_frsize < 1 << 20)
		doctor_fault(d, DOCTOR_GUEST, "state folder", "the disk of /var/lib/prehup is full",
		        "free some space: signals and records are kept in memory only");
	else
		doctor_ok(d, "state folder", "writable");
}

/*
 * Reports files that even the static program needs from the image and that are missing.  The paths are not below the
 * sysroot: hooks do not use it either.
 */
static void check_image(struct doctor *d, const struct conf *cf)
{
	const char *tz = getenv("TZ");
	char what[300];

	if (access("/bin/sh", X_OK) < 0)
		doctor_note(d, "shell", "there is no /bin/sh: hooks cannot run");
	for (unsigned i = 0; i < cf->hook_count; i++) {
		const char *user = cf->hook[i].runas;
		auto_free char *buf = NULL;
		struct passwd pw;

		if (!*user || user_find(user, &pw, &buf) != -ENOENT)
			continue;
		(void)snprintf(what, sizeof(what),
		        "hook %.100s: there is no user %.100s on this guest", cf->hook[i].name,
		        user);
		doctor_note(d, "user", what);
	}
	if (access("/etc/resolv.conf", R_OK) < 0)
		doctor_note(d, "names",
		        "there is no /etc/resolv.conf: only addresses and /etc/hosts are known");
	if (!tz || !strchr(tz, '/'))
		return;
	tz += *tz == ':';
	(void)snprintf(
	        what, sizeof(what), "%s%.200s", *tz == '/' ? "" : "/usr/share/zoneinfo/", tz);
	if (access(what, R_OK) == 0)
		return;
	(void)snprintf(
	        what, sizeof(what), "the zone %.100s is not on this guest: times are UTC", tz);
	doctor_note(d, "time zone", what);
}

static void check_daemon(struct doctor *d)
{
	auto_free char *text = NULL;
	json_auto_t *status = NULL;
	size_t len;

	if (control_ask(control_socket_path, "status", 5000, &text, &len) < 0) {
		doctor_note(d, "daemon", "not running: systemctl enable --now prehup");
		return;
	}
	status = json_loads(text, 0, NULL);
	doctor_ok(d, "daemon", "running, %lld signals pending",
	        (long long)json_integer_value(
	                json_object_get(json_object_get(status, "signals"), "waiting")));
}

void doctor_guest(struct doctor *d, const struct conf *cf)
{
	doctor_about(d, "this guest");
	check_state_folder(d);
	check_image(d, cf);
	check_daemon(d);
}
