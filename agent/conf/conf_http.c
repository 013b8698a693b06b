/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/conf/conf_http.h"

#include "agent/base/path.h"
#include "agent/conf/conf.h"
#include "agent/http/http.h"

/* Below the sysroot; "" stays "". */
static const char *prefix_sysroot_path(char ret[static PATH_MAX], const char *path)
{
	if (!*path || path_full(ret, path) < 0)
		ret[0] = '\0';
	return ret;
}

void http_configure(struct http *h, const struct conf *cf)
{
	h->options = (struct http_options){ .ca_bundle_file = prefix_sysroot_path(
		                                    h->ca_bundle_file, cf->ca_bundle_file),
		.client_cert = prefix_sysroot_path(h->client_cert, cf->client_cert),
		.proxy = cf->proxy,
		.insecure = cf->insecure };
}
