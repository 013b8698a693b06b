/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest.h - digests for signed requests, computed by the TLS library.
 *
 * digest.c is plain C.  `make CRYPTO=` selects the digest_BACKEND.c that calls the library.
 */
#ifndef AGENT_BASE_DIGEST_H
#define AGENT_BASE_DIGEST_H

#include <stddef.h>

enum { DIGEST_SIZE = 32, DIGEST_HEX = 65, DIGEST_BASE64 = 45 };

int digest_sha256(unsigned char ret[static DIGEST_SIZE], const void *data, size_t len);

/* Writes the SHA-256 as lower-case hex, NUL-terminated.  Returns 0 or -errno. */
int digest_sha256_hex(char ret[static DIGEST_HEX], const void *data, size_t len);

/* Computes HMAC-SHA256.  `ret` may be the buffer of the key.  Returns 0 or -errno. */
int digest_hmac(
        unsigned char ret[static DIGEST_SIZE], const void *key, size_t key_len, const char *text);

void digest_hex(char ret[static DIGEST_HEX], const unsigned char mac[static DIGEST_SIZE]);
void digest_base64(char ret[static DIGEST_BASE64], const unsigned char mac[static DIGEST_SIZE]);

#endif
