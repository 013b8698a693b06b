/* SPDX-License-Identifier: Apache-2.0 */
/* digest_openssl.c - digests by libcrypto, a dependency of libcurl (make CRYPTO=openssl). */
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <string.h>

#include "agent/base/digest.h"

int digest_sha256(unsigned char ret[static DIGEST_SIZE], const void *data, size_t len)
{
	return SHA256(data, len, ret) ? 0 : -EIO;
}

int digest_hmac(
        unsigned char ret[static DIGEST_SIZE], const void *key, size_t key_len, const char *text)
{
	unsigned char mac[DIGEST_SIZE];
	unsigned n = sizeof(mac);

	if (!HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text, strlen(text), mac,
	            &n))
		return -EIO;
	memcpy(ret, mac, sizeof(mac));
	return 0;
}
