/* SPDX-License-Identifier: Apache-2.0 */
/* mime.h - parses the subset of MIME in Heat's user-data: headers, multiparts, three encodings.  Pure. */
#ifndef HEAT_INSTANCE_MIME_H
#define HEAT_INSTANCE_MIME_H

#include <stdbool.h>
#include <stddef.h>

enum mime_encoding { MIME_PLAIN, MIME_BASE64, MIME_QUOTED, MIME_PERCENT };

/* One part.  Its pointers point into the parsed text. */
struct mime_part {
	char type[64];      /* lower case, "" = no Content-Type */
	char filename[128]; /* of Content-Disposition, else `name` of Content-Type */
	char boundary[128]; /* of a multipart */
	enum mime_encoding encoding;
	const char *whole, *body;
	size_t whole_len, body_len;
};

/* Parses the headers at the start of a text. Returns false without any. */
bool mime_head(const char *text, size_t len, struct mime_part *ret);

struct mime_walk {
	const char *text;
	size_t len;
	bool inside, over;
};

/* Parses the next part of a multipart's body.  Returns false at the end. */
bool mime_next(struct mime_walk *w, const char *boundary, struct mime_part *ret);

/* Returns the decoded body with a NUL added; the caller frees it.  NULL: no memory. */
char *mime_decode(const struct mime_part *p, size_t *ret_len);

#endif
