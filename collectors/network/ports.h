/* SPDX-License-Identifier: Apache-2.0 */
/* ports.h - number of local TCP ports in use, from sock_diag. */
#ifndef COLLECTORS_NETWORK_PORTS_H
#define COLLECTORS_NETWORK_PORTS_H

/*
 * Counts the used ports from low to high (both included), also listening ones. NAN: not available.
 */
double ports_in_use(unsigned low, unsigned high);
void ports_close(void);

#endif
