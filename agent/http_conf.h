/* SPDX-License-Identifier: Apache-2.0 */
/* http_conf.h - how to reach the outside, as the settings say. */
#ifndef AGENT_HTTP_CONF_H
#define AGENT_HTTP_CONF_H

struct conf;
struct http;

/* For the requests to come; cf stays the caller's for as long as they are made. */
void http_configure(struct http *h, const struct conf *cf);

#endif
