/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>
#include <time.h>

#include <mbedtls/x509_crt.h>

#include "collectors/network/x509.h"

static double x509_seconds(const mbedtls_x509_time *at)
{
	struct tm tm = { .tm_year = at->year - 1900,
		.tm_mon = at->mon - 1,
		.tm_mday = at->day,
		.tm_hour = at->hour,
		.tm_min = at->min,
		.tm_sec = at->sec };

	return (double)timegm(&tm);
}

int x509_earliest(const char *data, size_t len, double *ret_from_s, double *ret_to_s)
{
	mbedtls_x509_crt all;
	int bad;

	*ret_from_s = *ret_to_s = NAN;
	mbedtls_x509_crt_init(&all);
	/*
	 * If the length includes the NUL, the text is parsed as PEM. A result above zero is the
	 * number of certificates that failed.
	 */
	bad = mbedtls_x509_crt_parse(&all, (const unsigned char *)data, len + 1);
	if (bad < 0)
		bad = mbedtls_x509_crt_parse_der(&all, (const unsigned char *)data, len);
	for (const mbedtls_x509_crt *x = &all; bad >= 0 && x && x->raw.len > 0; x = x->next) {
		double to_s = x509_seconds(&x->valid_to);

		if (*ret_to_s <= to_s)
			continue;
		*ret_to_s = to_s;
		*ret_from_s = x509_seconds(&x->valid_from);
	}
	mbedtls_x509_crt_free(&all);
	return isnan(*ret_to_s) ? -EBADMSG : 0;
}
