/* SPDX-License-Identifier: Apache-2.0 */
/* mime.h - as much of MIME as Heat's user-data needs: headers, multiparts, three encodings.  Pure. */
#ifndef HEAT_INSTANCE_MIME_H
#define HEAT_INSTANCE_MIME_H

#include <stdbool.h>
#include <stddef.h>

enum mime_encoding { MIME_PLAIN, MIME_BASE64, MIME_QUOTED, MIME_PERCENT };

/* Pointers are into the text that was parsed. */
struct mime_part {
	char type[64];      /* lower case, "" = none given */
	char filename[128]; /* of Content-Disposition, else the name of Content-Type */
	char boundary[128]; /* of a multipart */
	enum mime_encoding encoding;
	const char *whole, *body;
	size_t whole_len, body_len;
};

/* Reads the headers at the start of a text; false: there are none. */
bool mime_head(const char *text, size_t len, struct mime_part *ret);

struct mime_walk {
	const char *text;
	size_t len;
	bool inside, over;
};

/* The next part of a multipart's body; false: there is none. */
bool mime_next(struct mime_walk *w, const char *boundary, struct mime_part *ret);

/* The body, decoded, with a NUL behind it; the caller's to free.  NULL: no memory. */
char *mime_decode(const struct mime_part *p, size_t *ret_len);

#endif
