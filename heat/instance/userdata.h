/* SPDX-License-Identifier: Apache-2.0 */
/*
 * userdata.h - what Heat put into an instance's user-data, for images without cloud-init to unpack it.
 *
 * Pure.  Takes MIME multiparts as Heat writes them (HEAT_CFNTOOLS and SOFTWARE_CONFIG), Ignition's
 * JSON, and vendor data with a cloud-init text in it; anything else has no parts, which is no error.
 */
#ifndef HEAT_INSTANCE_USERDATA_H
#define HEAT_INSTANCE_USERDATA_H

#include <stddef.h>

enum { USERDATA_MAX = 1 << 20, USERDATA_DEPTH = 4, USERDATA_PARTS = 64 };

/* A part that Heat meant for /var/lib/heat-cfntools: its file's name there, one of the known. */
struct userdata_sink {
	void (*part)(struct userdata_sink *s, const char *name, const char *data, size_t len);
};

/* How many parts there were; -EFBIG, -ENOMEM, or -EPROTONOSUPPORT for compressed data. */
int userdata_unpack(const char *text, size_t len, struct userdata_sink *s);

#endif
