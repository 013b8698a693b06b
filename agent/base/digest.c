/* SPDX-License-Identifier: Apache-2.0 */
/* digest.c - digests as text. */
#include "agent/base/digest.h"

#include <stdint.h>

void digest_hex(char ret[static DIGEST_HEX], const unsigned char mac[static DIGEST_SIZE])
{
	static const char digit[] = "0123456789abcdef";

	for (int i = 0; i < DIGEST_SIZE; i++) {
		ret[2 * i] = digit[mac[i] >> 4];
		ret[2 * i + 1] = digit[mac[i] & 15];
	}
	ret[DIGEST_HEX - 1] = '\0';
}

void digest_base64(char ret[static DIGEST_BASE64], const unsigned char mac[static DIGEST_SIZE])
{
	static const char digit[] =
	        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = ret;

	for (int i = 0; i < DIGEST_SIZE; i += 3) {
		int n = DIGEST_SIZE - i < 3 ? DIGEST_SIZE - i : 3;
		uint32_t bits = (uint32_t)mac[i] << 16;

		if (n > 1)
			bits |= (uint32_t)mac[i + 1] << 8;
		if (n > 2)
			bits |= mac[i + 2];
		for (int k = 0; k < 4; k++)
			*out++ = k <= n ? digit[bits >> (18 - 6 * k) & 63] : '=';
	}
	*out = '\0';
}

int digest_sha256_hex(char ret[static DIGEST_HEX], const void *data, size_t len)
{
	unsigned char mac[DIGEST_SIZE];
	int r = digest_sha256(mac, data, len);

	if (r == 0)
		digest_hex(ret, mac);
	return r;
}
