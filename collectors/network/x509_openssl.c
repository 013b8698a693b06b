/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "collectors/network/x509.h"

static double asn1_seconds(const ASN1_TIME *at)
{
	struct tm tm;

	return at && ASN1_TIME_to_tm(at, &tm) == 1 ? (double)timegm(&tm) : NAN;
}

static void note_earliest_expiry(const X509 *x, double *from_s, double *to_s)
{
	double to = asn1_seconds(X509_get0_notAfter(x));

	if (isnan(to) || *to_s <= to)
		return;
	*to_s = to;
	*from_s = asn1_seconds(X509_get0_notBefore(x));
}

int x509_earliest(const char *data, size_t len, double *ret_from_s, double *ret_to_s)
{
	BIO *in = BIO_new_mem_buf(data, (int)len);
	X509 *x;

	*ret_from_s = *ret_to_s = NAN;
	if (!in)
		return -ENOMEM;
	while ((x = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
		note_earliest_expiry(x, ret_from_s, ret_to_s);
		X509_free(x);
	}
	if (isnan(*ret_to_s) && BIO_reset(in) == 1 && (x = d2i_X509_bio(in, NULL)) != NULL) {
		note_earliest_expiry(x, ret_from_s, ret_to_s);
		X509_free(x);
	}
	BIO_free(in);
	ERR_clear_error();
	return isnan(*ret_to_s) ? -EBADMSG : 0;
}
