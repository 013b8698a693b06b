/* SPDX-License-Identifier: Apache-2.0 */
/* conf_http.h - how to reach the outside, as the settings say. */
#ifndef AGENT_CONF_CONF_HTTP_H
#define AGENT_CONF_CONF_HTTP_H

struct conf;
struct http;

/* For the requests to come; cf stays the caller's for as long as they are made. */
void http_configure(struct http *h, const struct conf *cf);

#endif
