/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest.h - the transformations that signing needs, by the TLS library's own crypto.
 *
 * digest.c is plain C; one digest_BACKEND.c, as `make CRYPTO=` says, has what a library does.
 */
#ifndef AGENT_BASE_DIGEST_H
#define AGENT_BASE_DIGEST_H

#include <stddef.h>

enum { DIGEST_SIZE = 32, DIGEST_HEX = 65, DIGEST_BASE64 = 45 };

int digest_sha256(unsigned char ret[static DIGEST_SIZE], const void *data, size_t len);

/* SHA-256 as lower-case hex, NUL-terminated. */
int digest_sha256_hex(char ret[static DIGEST_HEX], const void *data, size_t len);

/* HMAC-SHA256.  `ret` may be the key's own buffer. */
int digest_hmac(
        unsigned char ret[static DIGEST_SIZE], const void *key, size_t key_len, const char *text);

void digest_hex(char ret[static DIGEST_HEX], const unsigned char mac[static DIGEST_SIZE]);
void digest_base64(char ret[static DIGEST_BASE64], const unsigned char mac[static DIGEST_SIZE]);

#endif
