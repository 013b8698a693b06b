/* SPDX-License-Identifier: Apache-2.0 */
/* answer.c - any bytes as Heat's answer: metadata that is an object, or one plain sentence. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "heat/api/cfn.h"
#include "heat/compat/services.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const long statuses[] = { 200, 200, 200, 403, 500, 404, 302, 503 };
	char *body = malloc(size + 1), why[CFN_WHY];
	const char *names[SERVICES_MAX];
	struct cfn_resource res = { 0 };
	enum cfn_verdict v;

	memcpy(body, data, size);
	body[size] = '\0'; /* as http.c hands it over */
	v = cfn_parse(&res, statuses[size ? data[0] % 8 : 0], body, size, why);
	if (v == CFN_OK) {
		if (!json_is_object(res.metadata))
			abort();
		(void)services_wanted(res.metadata, names);
		cfn_resource_clear(&res);
	} else if (!*why) {
		abort();
	}
	free(body);
	return 0;
}
