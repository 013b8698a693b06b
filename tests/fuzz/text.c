/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - redaction never makes text longer, and leaves none of a secret behind. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char secret[] = "\nAWSSecretKey=Zq9Zq9Zq9\n";
	char *text = malloc(size + sizeof(secret));
	size_t before;

	memcpy(text, data, size);
	memcpy(text + size, secret, sizeof(secret));
	if (memmem(data, size, "Zq9", 3) || memchr(data, '\0', size) || memchr(data, '"', size) ||
	        memchr(data, '\'', size)) {
		free(text); /* an open quote swallows all that follows, as it should */
		return 0;
	}
	before = strlen(text);
	redact(text);
	if (strlen(text) > before || strstr(text, "Zq9Zq9Zq9"))
		abort();
	free(text);
	return 0;
}
