/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/conf/conf_fingerprint.h"

#include <sys/stat.h>

#include "agent/base/path.h"
#include "agent/base/text.h"

/* Folders count too: a file that comes changes its folder. */
static const char *const places[] = { "/etc/cfn", "/etc/cfn/cfn-hup.conf", "/etc/cfn/hooks.conf",
	"/etc/cfn/hooks.d", "/etc/prehup/prehup.conf", "/etc/prehup/prehup.d",
	"/var/lib/heat-cfntools/cfn-metadata-server", "/var/lib/heat-cfntools/cfn-boto-cfg",
	"/var/lib/heat-cfntools/cfn-init-data", "/var/lib/cloud/data/cfn-init-data",
	"/etc/os-collect-config.conf" };

/* FNV-1a over the numbers of one place; one that is not there adds a number, too. */
static uint64_t mix_fingerprint(uint64_t sum, const char *path)
{
	char full[PATH_MAX];
	struct stat st = { 0 };
	uint64_t parts[4];

	if (path_full(full, path) < 0 || stat(full, &st) < 0)
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

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		sum = mix_fingerprint(sum, places[i]);
	return *cf->credential_file ? mix_fingerprint(sum, cf->credential_file) : sum;
}
