/* SPDX-License-Identifier: Apache-2.0 */
/* redact.h - takes secrets out of text before it is logged or shown. */
#ifndef AGENT_REDACT_H
#define AGENT_REDACT_H

/*
 * In place: what follows Signature=, a secret key's, a password's or a token's name, and the user
 * part of URLs, becomes "***".  Any bytes, never longer than before.
 */
void redact(char *text);

#endif
