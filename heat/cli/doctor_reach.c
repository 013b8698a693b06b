/* SPDX-License-Identifier: Apache-2.0 */
#include "heat/cli/doctor_reach.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/path.h"
#include "agent/base/redact.h"
#include "agent/base/text.h"
#include "agent/http/ca_bundle.h"

enum { DEADLINE_S = 15 };

static size_t append_doctor_body(char *data, size_t size, size_t n, void *user)
{
	struct doctor_answer *a = user;
	size_t have = strlen(a->body), room = sizeof(a->body) - 1 - have;

	n *= size;
	memcpy(a->body + have, data, n < room ? n : room);
	a->body[have + (n < room ? n : room)] = '\0';
	return n;
}

/* Returns OpenSSL's verification result for the message of mbedTLS, 0 if there is none. */
static long parse_mbedtls_verdict(const char *why)
{
	static const struct {
		const char *message;
		long verdict;
	} known[] = {
		{ "validity has expired", 10 },
		{ "starts in the future", 9 },
		{ "not correctly signed by the trusted CA", 20 },
		{ "does not match with the expected CN", 62 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strstr(why, known[i].message))
			return known[i].verdict;
	return 0;
}

/* Maps OpenSSL's verification result to a cause with a remedy. */
static void report_certificate(struct doctor *d, long verdict, const char *why)
{
	char cause[400];
	const char *remedy = "see the certificate with openssl s_client; [heat] ca-file names the "
	                     "authority that is trusted";

	(void)snprintf(cause, sizeof(cause), "TLS: %.200s", why);
	if (verdict <= 0)
		verdict = parse_mbedtls_verdict(why);
	if (verdict == 10) {
		(void)snprintf(cause, sizeof(cause), "the server's certificate has expired");
		remedy = "the operator must renew it; or this guest's clock is ahead (date)";
	} else if (verdict == 9) {
		(void)snprintf(cause, sizeof(cause), "the server's certificate is not valid yet");
		remedy = "this guest's clock is behind, as a rule: set it (date, chronyd)";
	} else if (verdict == 18 || verdict == 19 || verdict == 20 || verdict == 21) {
		(void)snprintf(cause, sizeof(cause),
		        "the server's certificate is not signed by an authority that this guest "
		        "trusts");
		remedy = "put the authority's certificate into a file and name it: [heat] ca-file";
	} else if (strstr(why, "subject name") || strstr(why, "no alternative") || verdict == 62 ||
	           verdict == 64) {
		(void)snprintf(cause, sizeof(cause),
		        "the server's certificate is issued for another name: %.160s", why);
		remedy = "use the name that the certificate has, or have it issued for this one";
	}
	doctor_fault(d, DOCTOR_TLS, "tls", cause, remedy);
}

static bool is_numeric_address(const char *host)
{
	struct in6_addr a;

	return inet_pton(AF_INET, host, &a) == 1 || *host == '[' ||
	       inet_pton(AF_INET6, host, &a) == 1;
}

static void copy_url_host(const char *url, char *ret, size_t size)
{
	CURLU *u = curl_url();
	char *h = NULL;

	*ret = '\0';
	if (u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
	        curl_url_get(u, CURLUPART_HOST, &h, 0) == CURLUE_OK)
		(void)snprintf(ret, size, "%s", h);
	curl_free(h);
	curl_url_cleanup(u);
}

static double get_curl_time_ms(CURL *e, CURLINFO what)
{
	double s = 0;

	curl_easy_getinfo(e, what, &s);
	return s * 1000;
}

/* Reports DNS, TCP and TLS of a connection that has succeeded. */
static void report_connect_success(struct doctor *d, CURL *e, const char *host, bool tls)
{
	char *ip = NULL;
	double dns = get_curl_time_ms(e, CURLINFO_NAMELOOKUP_TIME),
	       tcp = get_curl_time_ms(e, CURLINFO_CONNECT_TIME);

	curl_easy_getinfo(e, CURLINFO_PRIMARY_IP, &ip);
	if (is_numeric_address(host))
		doctor_ok(d, "dns", "%s is an address", host);
	else
		doctor_ok(d, "dns", "%s is %s (%.1f ms)", host, ip ? ip : "?", dns);
	doctor_ok(d, "tcp", "connected (%.1f ms)", tcp - dns);
	if (tls)
		doctor_ok(d, "tls", "certificate verified (%.1f ms)",
		        get_curl_time_ms(e, CURLINFO_APPCONNECT_TIME) - tcp);
	else
		doctor_ok(d, "tls", "not used: the traffic can be read on its way");
}

static void report_connect_failure(
        struct doctor *d, CURL *e, CURLcode c, const char *why, const char *host)
{
	char cause[400], remedy[200] = "";
	long verdict = 0;

	curl_easy_getinfo(e, CURLINFO_SSL_VERIFYRESULT, &verdict);
	(void)snprintf(cause, sizeof(cause), "%.300s", *why ? why : curl_easy_strerror(c));
	redact_userinfo(cause);
	if (c == CURLE_COULDNT_RESOLVE_HOST || c == CURLE_COULDNT_RESOLVE_PROXY) {
		(void)snprintf(cause, sizeof(cause), "cannot resolve the name %.120s", host);
		doctor_fault(d, DOCTOR_DNS, "dns", cause,
		        path_exists("/etc/resolv.conf")
		                ? "see /etc/resolv.conf and the network's DNS servers; or use an "
		                  "address"
		                : "there is no /etc/resolv.conf");
	} else if (c == CURLE_COULDNT_CONNECT) {
		doctor_fault(d, DOCTOR_TCP, "tcp", cause,
		        "nothing listens there, or a firewall or security group rejects it: "
		        "compare "
		        "the port with the service's endpoint, and try from another guest");
	} else if (c == CURLE_OPERATION_TIMEDOUT &&
	           get_curl_time_ms(e, CURLINFO_CONNECT_TIME) <= 0) {
		doctor_fault(d, DOCTOR_TCP, "tcp", "the connection attempt is not answered",
		        "a firewall or security group drops it, or there is no route: ip route");
	} else if (c == CURLE_PEER_FAILED_VERIFICATION || c == CURLE_SSL_CONNECT_ERROR ||
	           c == CURLE_SSL_CACERT_BADFILE) {
		report_certificate(d, verdict, cause);
	} else if (c == CURLE_OPERATION_TIMEDOUT) {
		(void)snprintf(remedy, sizeof(remedy),
		        "the service (or a proxy in front of it) hangs: the operator must repair "
		        "it");
		doctor_fault(d, DOCTOR_SERVICE, "service",
		        "it accepts the connection, but does not answer", remedy);
	} else {
		doctor_fault(d, DOCTOR_SERVICE, "service", cause,
		        "the answer is not HTTP: is the port right, and http "
		        "or "
		        "https?");
	}
}

bool doctor_reach(
        struct doctor *d, const struct conf *cf, const char *url, struct doctor_answer *ret)
{
	char why[CURL_ERROR_SIZE] = "", host[CONF_STR], own[PATH_MAX], client[PATH_MAX];
	const char *ca = ca_bundle_file(own);
	struct curl_header *h;
	CURL *e = curl_easy_init();
	CURLcode c;

	*ret = (struct doctor_answer){ 0 };
	if (!e)
		return false;
	copy_url_host(url, host, sizeof(host));
	curl_easy_setopt(e, CURLOPT_URL, url);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_TIMEOUT,
	        cf->timeout_s < DEADLINE_S ? (long)cf->timeout_s : (long)DEADLINE_S);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, why);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, append_doctor_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, ret);
	if (*cf->ca_file && path_full(own, cf->ca_file) == 0)
		ca = own;
	if (ca)
		curl_easy_setopt(e, CURLOPT_CAINFO, ca);
	if (*cf->client_cert && path_full(client, cf->client_cert) == 0) {
		curl_easy_setopt(e, CURLOPT_SSLCERT, client);
		curl_easy_setopt(e, CURLOPT_SSLKEY, client);
	}
	if (*cf->proxy)
		curl_easy_setopt(e, CURLOPT_PROXY, cf->proxy);
	if (cf->insecure) {
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	c = curl_easy_perform(e);
	curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &ret->status);
	if (curl_easy_header(e, "Date", 0, CURLH_HEADER, -1, &h) == CURLHE_OK)
		ret->date = curl_getdate(h->value, NULL);
	if (c == CURLE_OK)
		report_connect_success(d, e, host, strncmp(url, "https", 5) == 0);
	else if (c == CURLE_SSL_CACERT_BADFILE && !*cf->ca_file && !ca_bundle_is_known())
		doctor_fault(d, DOCTOR_TLS, "tls", ca_missing,
		        "install ca-certificates, or name the authority's file: [heat] ca-file");
	else
		report_connect_failure(d, e, c, why, host);
	curl_easy_cleanup(e);
	return c == CURLE_OK;
}
