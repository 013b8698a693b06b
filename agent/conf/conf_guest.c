/* SPDX-License-Identifier: Apache-2.0 */
/* conf_guest.c - address and credentials of the API, as Heat's user-data wrote them on the guest. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "agent/base/clean.h"
#include "agent/base/path.h"
#include "agent/base/paths.h"
#include "agent/base/text.h"
#include "agent/conf/conf_internal.h"

enum { SMALL_FILE = 64 << 10 };

/* Copies a URL as Heat wrote it, with a path that ends in a slash. */
static int tidy_url(char ret[static CONF_STR], const char *url)
{
	const char *host = strstr(url, "://");
	size_t n = strlen(url);
	bool path;

	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		return -EINVAL;
	host += 3;
	path = strchr(host, '/') != NULL && strchr(host, '/')[1] != '\0';
	while (n > 0 && url[n - 1] == '/')
		n--;
	return snprintf(ret, CONF_STR, "%.*s%s/", (int)n, url, path ? "" : "/v1") < CONF_STR
	               ? 0
	               : -EINVAL;
}

static bool apply_server(struct conf *cf, struct conf_report *rep)
{
	auto_free char *text = NULL;
	size_t len;
	int r = path_read(PATH_HEAT_SERVER, SMALL_FILE, &text, &len);

	if (r == -ENOENT)
		return false;
	if (r < 0) {
		conf_report_add(rep, true, "%s: %s", PATH_HEAT_SERVER, strerror(-r));
		return false;
	}
	while (len > 0 && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
	if (tidy_url(cf->url, text + strspn(text, " \t\r\n")) == 0)
		return true;
	conf_report_add(rep, true, "%s:1: \"%.100s\" is not an http:// or https:// URL",
	        PATH_HEAT_SERVER, text);
	return false;
}

/* Returns a value of [Boto], "" if there is none; the caller frees it. */
static char *read_boto_value(const struct ini *ini, const char *key)
{
	char *text = NULL, err[INI_ERR];
	const char *where;
	bool odd;

	if (ini_get(ini, ini_find(ini, "Boto"), key, true, &text, &where, &odd, err) < 0)
		return strdup("");
	return text;
}

static bool boto_yes(const char *s)
{
	return strcasecmp(s, "true") == 0 || strcmp(s, "1") == 0 || strcasecmp(s, "yes") == 0 ||
	       strcasecmp(s, "on") == 0;
}

static void append_url_encoded(char *ret, size_t size, const char *s)
{
	size_t n = strlen(ret);

	for (; *s && n + 4 < size; s++) {
		if (isalnum((unsigned char)*s) || strchr("-._~", *s))
			n += (size_t)snprintf(ret + n, size - n, "%c", *s);
		else
			n += (size_t)snprintf(
			        ret + n, size - n, "%%%02X", (unsigned)(unsigned char)*s);
	}
}

static void apply_proxy(struct conf *cf, const struct ini *ini)
{
	auto_free char *host = read_boto_value(ini, "proxy"),
	               *port = read_boto_value(ini, "proxy_port");
	auto_free char *user = read_boto_value(ini, "proxy_user"),
	               *pass = read_boto_value(ini, "proxy_pass");
	char url[CONF_STR] = "http://";
	size_t n;

	if (!host || !*host || !port || !user || !pass)
		return;
	if (*user) {
		append_url_encoded(url, sizeof(url), user);
		n = strlen(url);
		(void)snprintf(url + n, sizeof(url) - n, ":");
		append_url_encoded(url, sizeof(url), pass);
		n = strlen(url);
		(void)snprintf(url + n, sizeof(url) - n, "@");
	}
	n = strlen(url);
	if (snprintf(url + n, sizeof(url) - n, *port ? "%s:%s" : "%s", host, port) <
	        (int)(sizeof(url) - n))
		memcpy(cf->proxy, url, sizeof(url));
}

static void apply_boto(struct conf *cf, const struct ini *ini, bool have_url)
{
	auto_free char *secure = read_boto_value(ini, "is_secure"),
	               *ca = read_boto_value(ini, "ca_certificates_file");
	auto_free char *verify = read_boto_value(ini, "https_validate_certificates");
	auto_free char *host = read_boto_value(ini, "cfn_region_endpoint");
	auto_free char *timeout = read_boto_value(ini, "http_socket_timeout");
	long t = timeout ? strtol(timeout, NULL, 10) : 0;

	if (!have_url && host && *host && secure)
		(void)snprintf(cf->url, sizeof(cf->url), "%s://%.200s:8000/v1/",
		        boto_yes(secure) ? "https" : "http", host);
	if (verify && *verify && !boto_yes(verify))
		cf->insecure = true;
	if (ca && *ca && strcmp(ca, "system") != 0)
		STR_COPY(cf->ca_file, ca);
	if (t > 0 && t <= 600)
		cf->timeout_s = (unsigned)t;
	apply_proxy(cf, ini);
}

void conf_cfn_apply_guest(struct conf *cf, struct conf_report *rep)
{
	bool have_url = *cf->url || apply_server(cf, rep);
	struct ini ini = { 0 };

	if (conf_read_ini(&ini, PATH_HEAT_BOTO, rep) == 0)
		apply_boto(cf, &ini, have_url);
	ini_free(&ini);
}

/* Parses "NAME *= *(.*)" at the start of a line; the last one wins, trailing blanks are kept. */
static void read_guest_credential(char ret[static CONF_STR], const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(line, name, n) != 0)
		return;
	line += n;
	line += strspn(line, " ");
	if (*line++ != '=')
		return;
	line += strspn(line, " ");
	(void)snprintf(ret, CONF_STR, "%s", line);
}

int conf_cfn_read_credentials(struct conf *cf, struct conf_report *rep)
{
	auto_free char *text = NULL;
	char *rest, *line;
	struct stat st;
	size_t len;
	int r;

	if (!*cf->credential_file)
		return 0;
	r = path_read(cf->credential_file, SMALL_FILE, &text, &len);
	if (r < 0) {
		conf_report_add(rep, true, "invalid credentials file %s: %s", cf->credential_file,
		        strerror(-r));
		return -EINVAL;
	}
	if (path_stat(cf->credential_file, &st) == 0 && (st.st_mode & 077))
		conf_report_add(rep, false, "%s: others can read it (mode %03o); it should be 0600",
		        cf->credential_file, (unsigned)st.st_mode & 0777);
	rest = text;
	while (rest && (line = strsep(&rest, "\n")) != NULL) {
		line[strcspn(line, "\r")] = '\0';
		read_guest_credential(cf->access_key, line, "AWSAccessKeyId");
		read_guest_credential(cf->secret_key, line, "AWSSecretKey");
	}
	if (text)
		explicit_bzero(text, len);
	if (*cf->access_key && *cf->secret_key)
		return 0;
	conf_report_add(rep, true, "invalid credentials file %s: has no %s", cf->credential_file,
	        *cf->access_key ? "AWSSecretKey=" : "AWSAccessKeyId=");
	return -EINVAL;
}
