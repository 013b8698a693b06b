/* SPDX-License-Identifier: Apache-2.0 */
/* digest.c - libcrypto, which libcurl brings along; another build has another digest.c. */
#include "agent/digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <string.h>

void digest_hex(char ret[static DIGEST_HEX], const unsigned char mac[static DIGEST_SIZE])
{
	static const char digit[] = "0123456789abcdef";

	for (int i = 0; i < DIGEST_SIZE; i++) {
		ret[2 * i] = digit[mac[i] >> 4];
		ret[2 * i + 1] = digit[mac[i] & 15];
	}
	ret[DIGEST_HEX - 1] = '\0';
}

int digest_sha256_hex(char ret[static DIGEST_HEX], const void *data, size_t len)
{
	unsigned char mac[DIGEST_SIZE];

	if (!SHA256(data, len, mac))
		return -EIO;
	digest_hex(ret, mac);
	return 0;
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

void digest_base64(char ret[static DIGEST_BASE64], const unsigned char mac[static DIGEST_SIZE])
{
	(void)EVP_EncodeBlock((unsigned char *)ret, mac, DIGEST_SIZE);
}
