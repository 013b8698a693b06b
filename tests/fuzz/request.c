/* SPDX-License-Identifier: Apache-2.0 */
/* request.c - any bytes as an HTTP request: one verdict, however they come, and a harmless path. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/serve/listener_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In steps of so many bytes. */
static int take(char *buf, size_t size, size_t step, struct request *rq)
{
	int r = 0;

	for (size_t n = 0; r == 0 && n < size;) {
		n = size - n < step ? size : n + step;
		r = request_take(rq, buf, n);
	}
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request whole = { 0 }, cut = { 0 };
	char *a = malloc(size ? size : 1), *b = malloc(size ? size : 1); /* no NUL at their end */
	int r;

	if (!a || !b)
		abort();
	if (size) {
		memcpy(a, data, size);
		memcpy(b, data, size);
	}
	r = take(a, size, size, &whole);
	if (r != take(b, size, 1 + size % 7, &cut))
		__builtin_trap();
	if (r != 0 && r != 200 && r != 400 && r != 405)
		__builtin_trap();
	if (r == 200 && (*whole.path != '/' || strcmp(whole.path, cut.path) != 0))
		__builtin_trap();
	for (const char *p = r == 200 ? whole.path : ""; *p; p++)
		if (*p <= 0x20 || *p >= 0x7f || *p == '?' || *p == '#')
			__builtin_trap();
	free(a);
	free(b);
	return 0;
}
