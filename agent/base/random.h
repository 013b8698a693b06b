/* SPDX-License-Identifier: Apache-2.0 */
/* random.h - random numbers that spread the requests of a fleet of guests. */
#ifndef AGENT_BASE_RANDOM_H
#define AGENT_BASE_RANDOM_H

#include <stdint.h>
#include <sys/random.h>

/* Returns a random number in [0, 1), from the kernel. */
static inline double random_unit(void)
{
	uint32_t n = 0;

	if (getrandom(&n, sizeof(n), 0) < 0)
		n = 0; /* does not happen for so few bytes */
	return n / 4294967296.0;
}

#endif
