/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c - any bytes as recorded samples: risks within 0 and 1, or an error with its line. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/cli/replay.h"
#include "agent/conf/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct score_conf cf = {
		.raise = 0.8, .clear = 0.4, .horizon_s = 60, .unusual = true
	};
	FILE *in = size ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;
	char *out = NULL, err[CONF_ERR] = "";
	size_t len = 0;
	struct plot *plot = plot_new();
	FILE *f = open_memstream(&out, &len);

	if (size == 0) {
		free(plot);
		fclose(f);
		free(out);
		return 0;
	}
	if (!in || !f || !plot)
		abort();
	if (replay(in, "fuzz", &cf, (enum replay_format)(data[0] % 3), f, plot, err) < 0 &&
	        strncmp(err, "fuzz:", 5) != 0)
		abort();
	if (plot_write(plot, f) < 0)
		abort();
	fclose(f);
	fclose(in);
	free(plot);
	/* A metric may be called so. */
	if (!memmem(data, size, "risk=", 5) && (strstr(out, "risk=-") || strstr(out, "risk=nan")))
		abort();
	free(out);
	return 0;
}
