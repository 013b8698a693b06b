/* SPDX-License-Identifier: Apache-2.0 */
/* backoff.h - waits between retries that double up to a limit. */
#ifndef AGENT_BASE_BACKOFF_H
#define AGENT_BASE_BACKOFF_H

/* Returns first_s after one failure in a row and twice as much after each further one, at most most_s. */
static inline double backoff_s(double first_s, double most_s, unsigned failures)
{
	double wait_s = first_s;

	while (failures-- > 1 && wait_s < most_s)
		wait_s *= 2;
	return wait_s < most_s ? wait_s : most_s;
}

#endif
