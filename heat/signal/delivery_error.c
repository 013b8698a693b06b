/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/signal/delivery_internal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "heat/api/heat_api.h"

const char delivery_other_words[] = "Metadata format invalid";

bool delivery_is_html(long status, const char *answer)
{
	answer += strspn(answer, " \t\r\n");
	return status == 200 &&
	       (strncasecmp(answer, "<!doctype", 9) == 0 || strncasecmp(answer, "<html", 5) == 0);
}

static bool is_permanent_status(long status)
{
	return (status >= 300 && status < 500 && status != 401 && status != 403 && status != 408 &&
	        status != 429);
}

static const char *explain_forbidden(const struct delivery_refusal *r)
{
	if (r->url_renewed)
		return "Heat refuses the URL (403), also when signed again with this server's "
		       "keys: "
		       "is the stack gone?";
	if (r->stamped)
		return "Heat refuses the pre-signed URL (403): it is more than 15 minutes old "
		       "(Keystone's [credential] auth_ttl), or its stack is gone; this server has "
		       "no keys to sign it again";
	return "refused (403): is the stack gone?";
}

bool delivery_explain(char why[static DELIVERY_WHY], const struct delivery_refusal *r)
{
	const char *text = NULL;
	bool permanent = is_permanent_status(r->status);
	struct heat_api_fault f;

	if (delivery_is_html(r->status, r->answer)) {
		text = "the answer is a web page: a captive portal or a proxy?";
	} else if (!r->url) {
		heat_api_explain(&f, r->status, r->answer);
		text = f.why;
	} else if (strstr(r->answer, delivery_other_words)) {
		text = "Heat rejects this format: a native handle requires type "
		       "wait-condition-native, an AWS handle wait-condition";
		permanent = true;
	} else if (r->status == 401 && r->token) {
		text = "Heat refuses the token (401): it has expired";
		permanent = true;
	} else if (r->status == 403) {
		text = explain_forbidden(r);
	}
	if (text)
		(void)snprintf(why, DELIVERY_WHY, "%s", text);
	else
		(void)snprintf(why, DELIVERY_WHY, "HTTP %ld: %.160s", r->status, r->answer);
	return permanent;
}
