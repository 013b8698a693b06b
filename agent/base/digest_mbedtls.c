/* SPDX-License-Identifier: Apache-2.0 */
/* digest_mbedtls.c - digests by mbedTLS, the TLS library of the static build (make CRYPTO=mbedtls). */
#include <errno.h>
#include <mbedtls/md.h>
#include <mbedtls/sha256.h>
#include <string.h>

#include "agent/base/digest.h"

int digest_sha256(unsigned char ret[static DIGEST_SIZE], const void *data, size_t len)
{
	return mbedtls_sha256(data, len, ret, 0) == 0 ? 0 : -EIO;
}

int digest_hmac(
        unsigned char ret[static DIGEST_SIZE], const void *key, size_t key_len, const char *text)
{
	unsigned char mac[DIGEST_SIZE];

	if (mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), key, key_len,
	            (const unsigned char *)text, strlen(text), mac) != 0)
		return -EIO;
	memcpy(ret, mac, sizeof(mac));
	return 0;
}
