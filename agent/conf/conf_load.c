/* SPDX-License-Identifier: Apache-2.0 */
/* conf_load.c - reads all files in their order, and checks and frees the result. */
#include "agent/conf/conf.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "agent/base/paths.h"
#include "agent/base/text.h"
#include "agent/conf/conf_internal.h"
#include "agent/conf/conf_keys.h"
#include "agent/http/http.h"
#include "agent/store/jsonfile.h"

static const char own_file[] = PATH_SETTINGS "/prehup.conf", own_dir[] = PATH_SETTINGS "/prehup.d";

int conf_read_ini(struct ini *ini, const char *path, struct conf_report *rep)
{
	auto_free char *text = NULL;
	size_t len;
	int r = path_read(path, INI_FILE_MAX, &text, &len);

	if (r < 0) {
		if (r != -ENOENT)
			conf_report_add(rep, true, "%s: %s", path,
			        r == -EFBIG ? "is larger than 1 MiB" : strerror(-r));
		return r;
	}
	r = ini_parse(ini, path, text, len, rep);
	explicit_bzero(text, len);
	return r;
}

static int is_conf(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 5 && strcmp(d->d_name + n - 5, ".conf") == 0 && d->d_name[0] != '.';
}

static int compare_conf_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Reads prehup.conf, then the files of prehup.d in C locale order. */
static void read_own(struct ini *ini, struct conf_report *rep)
{
	struct dirent **names = NULL;
	char full[PATH_MAX], path[PATH_MAX];
	int n;

	(void)conf_read_ini(ini, own_file, rep); /* optional */
	n = path_full(full, own_dir) < 0 ? -1 : scandir(full, &names, is_conf, compare_conf_names);
	for (int i = 0; i < n; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", own_dir, names[i]->d_name);
		(void)conf_read_ini(ini, path, rep);
		free(names[i]);
	}
	free(names);
}

static void apply_section(struct conf *cf, const struct ini *ini, const struct ini_section *s,
        struct conf_report *rep)
{
	for (unsigned i = 0; i < s->count; i++) {
		const struct conf_key *k = conf_key_find(s->name, s->value[i].key);
		auto_free char *text = NULL;
		char err[INI_ERR], why[CONF_ERR];
		const char *where;
		bool odd;

		if (!k)
			conf_report_add(rep, true, "%s: [%s] %s: no such setting",
			        s->value[i].where, s->name, s->value[i].key);
		else if (ini_get(ini, s, k->name, true, &text, &where, &odd, err) < 0)
			conf_report_add(rep, true, "%s", err);
		else if (conf_key_set(cf, k, text, why) < 0)
			conf_report_add(rep, true, "%s: [%s] %s: %s", where, s->name, k->name, why);
	}
}

static bool has_settings(const char *section)
{
	for (const struct conf_key *k = conf_keys; k->section; k++)
		if (strcmp(k->section, section) == 0)
			return true;
	return false;
}

/* Applies the settings of prehup.conf; hooks, signals and sources are handled separately. */
static void apply_own(struct conf *cf, const struct ini *ini, struct conf_report *rep)
{
	for (unsigned i = 0; i < ini->count; i++) {
		const struct ini_section *s = &ini->section[i];

		if (has_settings(s->name))
			apply_section(cf, ini, s, rep);
		else if (strncmp(s->name, "hook ", 5) != 0 && strncmp(s->name, "signal ", 7) != 0 &&
		         strncmp(s->name, "source ", 7) != 0)
			conf_report_add(rep, true, "%s: [%s]: no such section", s->where, s->name);
	}
}

/*
 * Reads the values of one section's keys in the order of `keys`; the caller frees them in any case.
 * Returns -EINVAL with the error in reterr; an unknown key is reported.
 */
static int section_texts(const struct ini *ini, const struct ini_section *s,
        const char *const *keys, char **text, char reterr[static INI_ERR], struct conf_report *rep)
{
	const char *where;
	bool odd;

	for (int i = 0; keys[i]; i++) {
		int r = ini_get(ini, s, keys[i], true, &text[i], &where, &odd, reterr);

		if (r < 0 && r != -ENOENT)
			return r;
	}
	for (unsigned i = 0; i < s->count; i++)
		if (conf_name_index(keys, s->value[i].key) < 0)
			conf_report_add(rep, true, "%s: [%s] %s: no such key", s->value[i].where,
			        s->name, s->value[i].key);
	return 0;
}

void conf_free_texts(char **text, int n)
{
	for (int i = 0; i < n; i++) {
		if (text[i])
			explicit_bzero(text[i], strlen(text[i]));
		free(text[i]);
	}
}

static void add_target(struct conf *cf, const struct ini *ini, const struct ini_section *s,
        struct conf_report *rep)
{
	char *text[TARGET_KEYS + 1] = { NULL }, err[INI_ERR] = "", why[CONF_ERR];

	if (section_texts(ini, s, target_keys, text, err, rep) < 0)
		conf_report_add(rep, true, "%s; it is left out", err);
	else if (conf_target_add(cf, s->name + 7, s->where, (const char *const *)text, why) < 0)
		conf_report_add(rep, true, "%s: [%s]: %s; it is left out", s->where, s->name, why);
	conf_free_texts(text, TARGET_KEYS);
}

static void add_source(struct conf *cf, const struct ini *ini, const struct ini_section *s,
        struct conf_report *rep)
{
	char *text[SOURCE_KEYS] = { NULL }, err[INI_ERR] = "", why[CONF_ERR];

	if (section_texts(ini, s, source_keys, text, err, rep) < 0)
		conf_report_add(rep, true, "%s", err);
	else if (conf_source_add(cf, s->name + 7, (const char *const *)text, why) < 0)
		conf_report_add(rep, true, "%s: [%s]: %s", s->where, s->name, why);
	conf_free_texts(text, SOURCE_KEYS);
}

/* The initial metadata names the transport of the first poll. */
static json_t *occ_at_birth(struct conf_report *rep)
{
	static const char *const watched_paths[] = { PATH_HEAT_INIT_DATA, PATH_CLOUD_INIT_DATA };
	json_t *file = conf_occ_read(rep), *all;

	for (size_t i = 0; i < ARRAY_SIZE(watched_paths); i++) {
		auto_free char *text = NULL;
		json_auto_t *born = NULL;
		size_t len;

		if (path_read(watched_paths[i], JSONFILE_MAX, &text, &len) < 0)
			continue;
		born = json_loadb(text, len, JSON_ALLOW_NUL, NULL);
		all = conf_occ_merge(file, json_object_get(born, "os-collect-config"));
		json_decref(file);
		conf_occ_unconfigured(all, watched_paths[i], rep);
		return all;
	}
	conf_occ_unconfigured(file, PATH_OCC_SETTINGS, rep);
	return file;
}

static void add_own_lists(struct conf *cf, const struct ini *ini, struct conf_report *rep)
{
	for (unsigned i = 0; i < ini->count; i++) {
		const struct ini_section *s = &ini->section[i];

		if (strncmp(s->name, "hook ", 5) == 0)
			conf_hook_section(cf, ini, s, s->name + 5, rep);
		else if (strncmp(s->name, "signal ", 7) == 0)
			add_target(cf, ini, s, rep);
	}
}

static void add_sources(struct conf *cf, const struct ini *ini, struct conf_report *rep)
{
	for (unsigned i = 0; i < ini->count; i++)
		if (strncmp(ini->section[i].name, "source ", 7) == 0)
			add_source(cf, ini, &ini->section[i], rep);
}

static void set_conf_defaults(struct conf *cf)
{
	char err[CONF_ERR];

	*cf = (struct conf){ 0 };
	for (const struct conf_key *k = conf_keys; k->section; k++)
		(void)conf_key_set(cf, k, k->value, err); /* a test checks that they are valid */
}

/* Applies the settings of all files, later ones over earlier ones. */
static void apply_all_conf(struct conf *cf, const struct ini *cfn, const struct ini *own,
        const json_t *occ, struct conf_report *rep)
{
	set_conf_defaults(cf);
	conf_cfn_apply_main(cf, cfn, rep);
	conf_cfn_apply_guest(cf, rep);
	conf_occ_apply(cf, occ);
	apply_own(cf, own, rep);
}

/* Reports a file that cfn-hup requires, in the reference's words.  Returns 0 or -EINVAL. */
static int require_cfn_hup_files(const struct cfn_paths *p, bool have_main, unsigned files,
        const struct conf *cf, struct conf_report *rep)
{
	if (!have_main)
		conf_report_add(rep, true, "Could not open main configuration at %s", p->main);
	else if (!files)
		conf_report_add(rep, true, "No hook files found at %s or %s", p->hooks, p->dir);
	else if (!cf->hook_count)
		conf_report_add(
		        rep, true, "No hooks were found. Add some to %s or %s", p->hooks, p->dir);
	else if (!*cf->stack && !*cf->metadata_file && !cf->source_count)
		conf_report_add(rep, true, "%s: [main]: no stack", p->main);
	else if (!*cf->credential_file && !*cf->metadata_file && !cf->occ && !cf->given_count)
		conf_report_add(rep, true, "%s: [main]: no credential-file", p->main);
	else
		return 0;
	return -EINVAL;
}

int conf_load(struct conf *ret, enum conf_who who, const char *hooks_dir, struct conf_report *rep)
{
	struct ini cfn = { 0 }, own = { 0 };
	struct conf_report mute = { 0 };
	json_t *occ = occ_at_birth(rep);
	struct cfn_paths p;
	char err[CONF_ERR];
	unsigned files, bad, no_keys = 0;
	bool have_main;
	int r = 0;

	cfn_paths(&p, hooks_dir);
	have_main = conf_read_ini(&cfn, p.main, rep) == 0;
	read_own(&own, rep);
	/* needed for hooks_all_files, which decides how hooks.d is read */
	apply_all_conf(ret, &cfn, &own, occ, &mute);
	files = conf_cfn_read_hooks(&cfn, ret, &p, rep);
	apply_all_conf(ret, &cfn, &own, occ, rep); /* [main] of a hook file counts, too */
	ret->occ = occ;
	add_sources(ret, &own, rep);
	if (conf_cfn_read_credentials(ret, rep) < 0) {
		no_keys = 1;
		r = who == CONF_START ? 0 : -EINVAL;
	}
	if (conf_keys_agree(ret, err) < 0)
		conf_report_add(rep, true, "%s: %s", own_file, err);
	if (ret->insecure)
		conf_report_add(rep, false, "[heat] insecure: certificates are not verified");
	/* Errors so far concern settings or whole files. */
	bad = who == CONF_START ? rep->errors - no_keys : rep->errors;
	conf_cfn_apply_hooks(ret, &cfn, rep);
	add_own_lists(ret, &own, rep);
	if (r == 0)
		r = conf_sources(ret, NULL);
	if (r == 0 && who == CONF_CFN_HUP)
		r = require_cfn_hup_files(&p, have_main, files, ret, rep);
	if (bad || (ret->strict_ini && rep->errors))
		r = -EINVAL;
	ini_free(&cfn);
	ini_free(&own);
	if (r < 0)
		conf_free(ret);
	return r;
}

void conf_print(const struct conf *cf, FILE *out)
{
	const char *section = "";

	for (const struct conf_key *k = conf_keys; k->section; k++) {
		char text[1100];

		conf_key_text(cf, k, text, sizeof(text));
		if (strcmp(section, k->section) != 0)
			fprintf(out, "%s[%s]\n", *section ? "\n" : "", k->section);
		section = k->section;
		fprintf(out, "%s = %s\n", k->name,
		        strcmp(k->name, "proxy") == 0 && strchr(text, '@')
		                ? "(set, with a password)"
		                : text);
	}
	for (unsigned i = 0; i < cf->hook_count; i++)
		fprintf(out, "\n# %s\n[hook %s]\npath = %s\naction = %s\nrunas = %s\n",
		        cf->hook[i].where, cf->hook[i].name, cf->hook[i].path, cf->hook[i].action,
		        cf->hook[i].runas);
	for (unsigned i = 0; i < cf->target_count; i++)
		fprintf(out, "\n# %s\n[signal %s]\n", cf->target[i].where, cf->target[i].name);
	for (unsigned i = 0; i < cf->source_count; i++)
		fprintf(out, "\n# polled: %s, resource %s\n", cf->source[i].name,
		        cf->source[i].resource);
}

/* Folders too: a new file changes its folder. */
static const char *const watched_paths[] = { PATH_CFN, PATH_CFN_MAIN, PATH_CFN_HOOKS, PATH_CFN_DIR,
	PATH_SETTINGS "/prehup.conf", PATH_SETTINGS "/prehup.d", PATH_HEAT_SERVER, PATH_HEAT_BOTO,
	PATH_HEAT_INIT_DATA, PATH_CLOUD_INIT_DATA, PATH_OCC_SETTINGS };

/* Adds one path to an FNV-1a hash; a missing file counts as zeroes. */
static uint64_t mix_fingerprint(uint64_t sum, const char *path)
{
	struct stat st;
	uint64_t parts[4];

	if (path_stat(path, &st) < 0)
		st = (struct stat){ 0 };
	parts[0] = st.st_ino;
	parts[1] = (uint64_t)st.st_size;
	parts[2] = (uint64_t)st.st_mtim.tv_sec;
	parts[3] = (uint64_t)st.st_mtim.tv_nsec;
	for (int i = 0; i < 4; i++)
		sum = (sum ^ parts[i]) * 1099511628211U;
	return sum;
}

uint64_t conf_fingerprint(const struct conf *cf)
{
	uint64_t sum = 14695981039346656037U;

	for (size_t i = 0; i < ARRAY_SIZE(watched_paths); i++)
		sum = mix_fingerprint(sum, watched_paths[i]);
	return *cf->credential_file ? mix_fingerprint(sum, cf->credential_file) : sum;
}

/* Returns the path below the sysroot; "" for "". */
static const char *prefix_sysroot_path(char ret[static PATH_MAX], const char *path)
{
	if (!*path || path_full(ret, path) < 0)
		ret[0] = '\0';
	return ret;
}

void conf_http_options(struct http *h, const struct conf *cf)
{
	h->options = (struct http_options){ .ca_file = prefix_sysroot_path(h->ca_file, cf->ca_file),
		.client_cert = prefix_sysroot_path(h->client_cert, cf->client_cert),
		.proxy = cf->proxy,
		.insecure = cf->insecure };
}
