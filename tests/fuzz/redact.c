/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/base/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *again = malloc(size + 1);
	size_t n;

	if (!text || !again)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	n = strlen(text);
	redact(text);
	if (strlen(text) > n)
		__builtin_trap(); /* never longer */
	memcpy(again, text, strlen(text) + 1);
	redact(again);
	if (strlen(again) > strlen(text))
		__builtin_trap();
	log_clean(again);
	for (const char *p = again; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			__builtin_trap(); /* nothing that a terminal or journal would act upon */
	free(text);
	free(again);
	return 0;
}
