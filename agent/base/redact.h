/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redact.h - takes secrets out of text that will be seen: the output of hooks, URLs, headers.
 *
 * In place of a value stand at most three stars, never more than it had bytes, so that the text
 * never grows.  What is taken out:
 *
 *   key=value, key: value, "key": "value" (also escaped), <key>value</key>, --key value
 *           where the key ends in signature, secret, secretkey, password, token, ... : the table
 *           in redact.c; upper and lower case, '-', '_' and '.' are alike in it.
 *   Authorization, Cookie: the rest of the line.
 *   scheme://user:password@host: all before the '@'.
 *
 * In doubt it takes too much.  It knows no secret that has no name: what a hook prints bare, this
 * cannot see.  Any bytes are safe; one pass, no allocation.
 */
#ifndef AGENT_BASE_REDACT_H
#define AGENT_BASE_REDACT_H

void redact(char *text);

#endif
