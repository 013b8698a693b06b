/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redact.h - removes secrets from text that is shown: the output of hooks, URLs, headers.
 *
 * Each value is replaced by at most three stars, never more than its bytes: the text never grows.  Removed are:
 *
 *   key=value, key: value, "key": "value" (also escaped), <key>value</key>, --key value
 *           where the key ends in signature, secret, secretkey, password, token, ... : the table
 *           in redact.c; case, '-', '_' and '.' are ignored.
 *   Authorization, Cookie: the rest of the line.
 *   scheme://user:password@host: all before the '@'.
 *
 * In doubt it removes too much.  A secret without a key is not recognised.  Any bytes are accepted; the text is
 * scanned once, without allocation.
 */
#ifndef AGENT_BASE_REDACT_H
#define AGENT_BASE_REDACT_H

void redact(char *text);

/*
 * Replaces each word up to its last '@' by stars.  It is for messages of libcurl, which quote the URL of a proxy; that
 * URL may lack a scheme or be malformed, so redact() does not recognise it.
 */
void redact_userinfo(char *message);

#endif
