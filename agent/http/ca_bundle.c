/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/http/ca_bundle.h"

#include <curl/curl.h>
#include <unistd.h>

#include "agent/base/path.h"
#include "agent/base/text.h"

const char ca_missing[] = "no file of trusted certificates on this guest: https is refused";

static const char *const places[] = {
	"/etc/ssl/certs/ca-certificates.crt", /* Debian, Ubuntu, Alpine, Flatcar, Gentoo */
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* Fedora and RHEL, the old and the new */
	"/etc/pki/tls/certs/ca-bundle.crt",                  /* ... and the very old */
	"/etc/ssl/ca-bundle.pem",                            /* SUSE */
	"/etc/ssl/cert.pem", /* Alpine without its package, OpenWrt */
};

enum { PLACES = ARRAY_SIZE(places) };

static bool has_builtin_bundle(void)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

	return (v->cainfo && *v->cainfo) || (v->capath && *v->capath);
}

/* Returns the index of the first readable file, PLACES if there is none.  Writes its path into `ret`. */
static unsigned find_ca_bundle(char ret[static PATH_MAX])
{
	unsigned i = 0;

	while (i < PLACES && (path_full(ret, places[i]) < 0 || access(ret, R_OK) < 0))
		i++;
	return i;
}

const char *ca_bundle_file(char ret[static PATH_MAX])
{
	if (has_builtin_bundle())
		return NULL;
	(void)find_ca_bundle(ret); /* the last path if none is readable */
	return ret;
}

bool ca_bundle_is_known(void)
{
	char path[PATH_MAX];

	return has_builtin_bundle() || find_ca_bundle(path) < PLACES;
}
