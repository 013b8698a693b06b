/* SPDX-License-Identifier: Apache-2.0 */
/* ports.h - how many local TCP ports are taken, asked of the kernel socket by socket. */
#ifndef COLLECTORS_NETWORK_PORTS_H
#define COLLECTORS_NETWORK_PORTS_H

/* From low to high, both included; those that listen count.  NAN: the kernel does not say. */
double ports_in_use(unsigned low, unsigned high);
void ports_close(void);

#endif
