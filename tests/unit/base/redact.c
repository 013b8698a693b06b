/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/lib/test.h"

#include "agent/base/redact.c"

static const char *const cases[][2] = {
	/* URLs */
	{ "https://h:8000/v1/signal/arn?Timestamp=2024&SignatureMethod=HmacSHA256&"
	  "AWSAccessKeyId=ab12&SignatureVersion=2&Signature=x%2BY%3D",
	        "https://h:8000/v1/signal/arn?Timestamp=2024&SignatureMethod=HmacSHA256&"
	        "AWSAccessKeyId=ab12&SignatureVersion=2&Signature=***" },
	{ "GET /?Signature=abcdef&Expires=1", "GET /?Signature=***&Expires=1" },
	{ "curl -X PUT 'http://h/?temp_url_sig=0123456789&temp_url_expires=1' ok",
	        "curl -X PUT 'http://h/?temp_url_sig=***&temp_url_expires=1' ok" },
	{ "X-Amz-Credential=a&X-Amz-Signature=deadbeef", "X-Amz-Credential=a&X-Amz-Signature=***" },
	{ "u=http%3A%2F%2Fh%2F%3FSignature%3Dabcdef&z=1",
	        "u=http%3A%2F%2Fh%2F%3FSignature%3D***&z=1" },
	{ "proxy https://user:pass@proxy:3128/ fails", "proxy https://***@proxy:3128/ fails" },
	{ "mysql://root:p@ss:w@db/x", "mysql://***@db/x" },
	{ "http://u:p/w@h/x", "http://***@h/x" },
	{ "http://[::1]:80/a@b", "http://[::1]:80/a@b" },
	{ "http://host:80/a@b see me@here", "http://host:80/a@b see me@here" },
	{ "ftp://a@h", "ftp://*@h" },
	/* files and environments */
	{ "AWSAccessKeyId=1a2b\nAWSSecretKey=3c4d5e\n", "AWSAccessKeyId=1a2b\nAWSSecretKey=***\n" },
	{ "aws_secret_access_key = abc/def+", "aws_secret_access_key = ***" },
	{ "export OS_PASSWORD=a&b;c,d\"e f", "export OS_PASSWORD=*** f" },
	{ "adminPass: 's e c' x", "adminPass: '***' x" },
	{ "password =>  hunter2", "password =>  ***" },
	{ "mysql --password hunter2 -u root", "mysql --password *** -u root" },
	{ "db.master-user_password=hunter2", "db.master-user_password=***" },
	/* JSON, also within JSON */
	{ "{\"adminPass\": \"a b\", \"x\": 1}", "{\"adminPass\": \"***\", \"x\": 1}" },
	{ "{\"password\":\"a\\\"b c\",\"x\":1}", "{\"password\":\"***\",\"x\":1}" },
	{ "\"{\\\"token\\\": \\\"a\\\\\\\"b c\\\", \\\"x\\\": 1}\"",
	        "\"{\\\"token\\\": \\\"***\\\", \\\"x\\\": 1}\"" },
	{ "{'secret': 'never closed, goes on", "{'secret': '***" },
	{ "<SecretAccessKey>abc def</SecretAccessKey>", "<SecretAccessKey>***</SecretAccessKey>" },
	/* headers */
	{ "X-Auth-Token: gAAAAAB\r\nHost: h", "X-Auth-Token: ***\r\nHost: h" },
	{ "Authorization: AWS4-HMAC-SHA256 Credential=a, Signature=b\nHost: h",
	        "Authorization: ***\nHost: h" },
	{ "curl -H 'authorization: Basic dXNlcg=='", "curl -H 'authorization: ***" },
	{ "sent Bearer eyJhbGciOi", "sent Bearer ***" },
	{ "Set-Cookie: a=b; Path=/", "Set-Cookie: ***" },
	/* text without a secret */
	{ "password=", "password=" },
	{ "token", "token" },
	{ "password_file=/etc/x passwords: 3", "password_file=/etc/x passwords: 3" },
	{ "the secret is out", "the secret is out" },
	{ "http://", "http://" },
	{ "token=\"\" next=1", "token=\"\" next=1" },
	{ "token=ab", "token=**" },
	{ "", "" },
	{ "\xff\xfe=\x80 token=\xff\xff\xff\xff z", "\xff\xfe=\x80 token=*** z" },
};

TEST(secrets_become_stars_and_the_rest_stays)
{
	char text[512];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		(void)snprintf(text, sizeof(text), "%s", cases[i][0]);
		redact(text);
		assert_string_equal(text, cases[i][1]);
		redact(text); /* twice is as once */
		assert_string_equal(text, cases[i][1]);
	}
}

/* A line such as hooks print, with the secret where %s is. */
static const char *const places[] = {
	"GET http://h/?a=1&Signature=%s&b=2",
	"AWSSecretKey=%s",
	"db password: %s # why",
	"{\"token\": \"%s\", \"n\": 1}",
	"\"{\\\"password\\\":\\\"%s\\\"}\"",
	"http://me:%s@host:80/",
	"X-Auth-Token:   %s",
	"Authorization: Basic %s",
	"<AdminPass>%s</AdminPass>",
	"--user-secret %s --verbose",
};

/* A small generator of our own: the same cases on every machine. */
static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

TEST(no_secret_is_left_and_nothing_grows)
{
	static const char letters[] =
	        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.%=~-_";
	uint32_t seed = 1;
	char line[2048], secret[64];

	for (unsigned i = 0; i < 20000; i++) {
		size_t n = 4 + next(&seed) % 40, used = 0;

		for (size_t k = 0; k < n; k++)
			secret[k] = letters[next(&seed) % (sizeof(letters) - 1)];
		secret[0] = '~'; /* so that it is nowhere else by chance */
		secret[n] = '\0';
		for (unsigned k = next(&seed) % 4 + 1; k > 0; k--) {
			int m;

			/* Noise before it, of any bytes but those that open a quote for good. */
			for (unsigned x = next(&seed) % 20; x > 0; x--)
				line[used++] = (char)(next(&seed) % 255 + 1);
			line[used++] = '\n';
			/* clang-format off */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			m = snprintf(line + used, sizeof(line) - used,
			        places[next(&seed) % ARRAY_SIZE(places)], secret);
#pragma GCC diagnostic pop
			/* clang-format on */
			used += (size_t)m;
		}
		line[used] = '\0';
		redact(line);
		assert_null(strstr(line, secret));
		assert_true(strlen(line) <= used);
	}
}

TEST(message_with_a_proxy_keeps_no_user)
{
	static const char *const messages[][2] = {
		{ "Unsupported proxy scheme for 'ftp://user:Pr0xy@127.0.0.1:3128'",
		        "Unsupported proxy scheme for '***@127.0.0.1:3128'" },
		{ "'user:Pr0/xy@host:port' is wrong", "'***@host:port' is wrong" },
		{ "proxy user:Pr0@xy@host", "proxy ***@host" },
		{ "a@b c@d", "*@b *@d" },
		{ "Connection refused", "Connection refused" },
		{ "@", "@" },
		{ "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		char text[128];

		STR_COPY(text, messages[i][0]);
		redact_userinfo(text);
		assert_string_equal(text, messages[i][1]);
	}
}

TEST(hostile_text_takes_one_pass)
{
	enum { N = 1 << 20 };
	static const char *const parts[] = { "://a:b/", "token=\\", "token=\"", "a:b@://",
		"password" };
	char *text = malloc(N + 1);

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t n = strlen(parts[i]);

		for (size_t k = 0; k < N; k++)
			text[k] = parts[i][k % n];
		text[N] = '\0';
		redact(text);
		assert_true(strlen(text) <= N);
	}
	free(text);
}
