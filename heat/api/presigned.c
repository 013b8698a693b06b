/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/api/presigned.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/text.h"
#include "heat/api/cfn.h"
#include "heat/api/heat_api.h"

bool presigned_is_renewable(const char *url)
{
	return (strstr(url, "/v1/signal/") || strstr(url, "/v1/waitcondition/")) &&
	       (strstr(url, "Signature=") || strstr(url, "AWSAccessKeyId="));
}

int presigned_renew(char *ret, size_t size, const char *url, const char *verb,
        const struct sign_key *key, time_t now)
{
	char host[512], plain[2048], path[2048], query[512], stamp[32], sig[64], sig_query[128];
	struct sign_param p[] = { { "SignatureMethod", "HmacSHA256" }, { "SignatureVersion", "2" },
		{ "AWSAccessKeyId", key->access }, { "Timestamp", stamp } };
	struct sign_param sp[] = { { "Signature", sig } };
	const char *scheme_end = strstr(url, "://");
	struct tm utc;
	int r = scheme_end ? cfn_split(url, host, sizeof(host), plain, sizeof(plain)) : -EINVAL;

	*path = '\0';
	if (r == 0) /* quoted as by WebOb: Keystone verifies the signature of that form */
		r = heat_api_encode(path, sizeof(path), plain, "/!$&'()*+,;=:@");
	if (r < 0)
		return r;
	gmtime_r(&now, &utc);
	(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &utc);
	r = sign_query(query, sizeof(query), p, ARRAY_SIZE(p));
	if (r == 0)
		r = sign_v2(sig, sizeof(sig), key, verb, host, path, query);
	if (r == 0)
		r = sign_query(sig_query, sizeof(sig_query), sp, 1);
	if (r < 0)
		return r;
	return snprintf(ret, size, "%.*s://%s%s?%s&%s", (int)(scheme_end - url), url, host, path,
	               query, sig_query) < (int)size
	               ? 0
	               : -EMSGSIZE;
}
