/* SPDX-License-Identifier: Apache-2.0 */
/* ini_get.c - interpolates values like Python's BasicInterpolation. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/conf/ini.h"

enum {
	DEPTH_MAX = 10,         /* limit of ConfigParser */
	EXPANDED_MAX = 1 << 20, /* bytes: ten levels of ten references each would fill memory */
};

struct expansion {
	const struct ini *ini;
	const struct ini_section *section;
	const char *where;
	bool lenient, odd;
	char *text;
	size_t len, size;
	char *reterr;
};

static const struct ini_value *find_ini_value(
        const struct ini *ini, const struct ini_section *s, const char *key)
{
	const struct ini_value *v = s ? ini_find_value(s, key) : NULL;

	return v ? v : ini_find_value(&ini->defaults, key);
}

static int fail_ini_get(struct expansion *x, const char *what, const char *quote)
{
	(void)snprintf(x->reterr, INI_ERR, "%s: %s: \"%.60s\"", x->where, what, quote);
	return -EINVAL;
}

static int append_ini_text(struct expansion *x, const char *s, size_t n)
{
	if (x->len + n + 1 > x->size) {
		size_t size = (x->len + n + 1) * 2;
		char *grown = size > 2 * EXPANDED_MAX ? NULL : realloc(x->text, size);

		if (!grown)
			return size > 2 * EXPANDED_MAX
			               ? fail_ini_get(x, "the expanded value is too large", s)
			               : -ENOMEM;
		x->text = grown;
		x->size = size;
	}
	memcpy(x->text + x->len, s, n);
	x->len += n;
	x->text[x->len] = '\0';
	return 0;
}

static int expand_ini_value(struct expansion *x, const char *s, int depth);

/* Expands "%(name)s" at `s`; sets *ret to the position after it. */
static int expand_name(struct expansion *x, const char *s, int depth, const char **ret)
{
	const char *end = strchr(s, ')');
	const struct ini_value *v;
	char key[128];
	size_t n = end ? (size_t)(end - s) - 2 : 0;

	if (!end || end[1] != 's' || n == 0 || n >= sizeof(key))
		return fail_ini_get(x, "not a %(name)s", s);
	for (size_t i = 0; i < n; i++)
		key[i] = (char)tolower((unsigned char)s[2 + i]);
	key[n] = '\0';
	v = find_ini_value(x->ini, x->section, key);
	if (!v)
		return fail_ini_get(x, "no such key", key);
	*ret = end + 2;
	return expand_ini_value(x, v->text, depth + 1);
}

static int expand_ini_value(struct expansion *x, const char *s, int depth)
{
	int r = 0;

	if (depth > DEPTH_MAX)
		return fail_ini_get(x, "circular or too deep interpolation", s);
	while (r == 0 && *s) {
		size_t n = strcspn(s, "%");

		r = append_ini_text(x, s, n);
		s += n;
		if (r < 0 || !*s)
			break;
		if (s[1] == '%') {
			r = append_ini_text(x, "%", 1);
			s += 2;
		} else if (s[1] == '(') {
			r = expand_name(x, s, depth, &s);
		} else if (x->lenient) {
			x->odd = true;
			r = append_ini_text(x, s++, 1);
		} else {
			r = fail_ini_get(x, "'%' must be followed by '%' or '('", s);
		}
	}
	return r;
}

int ini_get(const struct ini *ini, const struct ini_section *s, const char *key, bool lenient,
        char **ret, const char **ret_where, bool *ret_odd, char reterr[static INI_ERR])
{
	const struct ini_value *v = find_ini_value(ini, s, key);
	struct expansion x = { .ini = ini, .section = s, .lenient = lenient, .reterr = reterr };
	int r;

	if (!v)
		return -ENOENT;
	x.where = v->where;
	(void)snprintf(reterr, INI_ERR, "%s: out of memory", v->where);
	r = append_ini_text(&x, "", 0);
	if (r == 0)
		r = expand_ini_value(&x, v->text, 1);
	if (r < 0) {
		free(x.text);
		return r;
	}
	*ret = x.text;
	*ret_where = v->where;
	*ret_odd = x.odd;
	return 0;
}
