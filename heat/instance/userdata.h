/* SPDX-License-Identifier: Apache-2.0 */
/*
 * userdata.h - unpacks the parts that Heat put into an instance's user-data, on images without cloud-init.
 *
 * Pure.  Reads MIME multiparts as Heat writes them (HEAT_CFNTOOLS and SOFTWARE_CONFIG), Ignition's JSON, and vendor
 * data that holds such text for cloud-init.  Other data has no parts, which is not an error.
 */
#ifndef HEAT_INSTANCE_USERDATA_H
#define HEAT_INSTANCE_USERDATA_H

#include <stddef.h>

enum { USERDATA_MAX = 1 << 20, USERDATA_DEPTH = 4, USERDATA_PARTS = 64 };

/* The receiver of parts.  `name` is a known file's name in /var/lib/heat-cfntools; data ends with a NUL. */
struct userdata_sink {
	void (*part)(struct userdata_sink *s, const char *name, const char *data, size_t len);
};

/* Passes each known part to s.  Returns their number, -EFBIG, or -EPROTONOSUPPORT for compressed data. */
int userdata_unpack(const char *text, size_t len, struct userdata_sink *s);

#endif
