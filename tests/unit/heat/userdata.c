/* SPDX-License-Identifier: Apache-2.0 */
/*
 * userdata.c - files that are unpacked from Heat's user data; Heat 19 wrote the fixtures, except
 * their scripts.
 */
#include "tests/unit/lib/test.h"

#include "agent/base/clean.h"
#include "heat/instance/userdata.c"
#include "tests/unit/lib/guest.h"

static struct got {
	struct userdata_sink sink;
	unsigned count;
	char name[8][32];
	char data[8][4096];
	size_t len[8];
} got;

static void part(struct userdata_sink *s, const char *name, const char *data, size_t len)
{
	struct got *g = (struct got *)(void *)s;

	assert_in_range(g->count, 0, 7);
	assert_in_range(len, 0, 4095);
	(void)snprintf(g->name[g->count], 32, "%s", name);
	memcpy(g->data[g->count], data, len + 1);
	g->len[g->count++] = len;
}

static int unpack_text(const char *text, size_t len)
{
	memset(&got, 0, sizeof(got));
	got.sink.part = part;
	return userdata_unpack(text, len, &got.sink);
}

static int unpack_str(const char *text)
{
	return unpack_text(text, strlen(text));
}

static int unpack_file(const char *name)
{
	static char text[100000];
	auto_file FILE *f = fopen(fmt("%s/userdata/%s", FIXTURES, name), "re");

	assert_non_null(f);
	return unpack_text(text, fread(text, 1, sizeof(text) - 1, f));
}

static const char *data_of(const char *name)
{
	for (unsigned i = 0; i < got.count; i++)
		if (strcmp(got.name[i], name) == 0)
			return got.data[i];
	fail_msg("no part %s", name);
	return "";
}

TEST(the_cfntools_form_has_its_four_files)
{
	assert_int_equal(unpack_file("cfntools"), 4);
	assert_string_equal(data_of("cfn-init-data"), "{\"rev\": 1}");
	assert_string_equal(data_of("cfn-metadata-server"), "http://192.0.2.1:8000/v1/");
	assert_string_equal(data_of("cfn-userdata"), "#!/bin/sh\necho caf\xc3\xa9\n"); /* base64 */
	assert_non_null(strstr(data_of("cfn-boto-cfg"), "cfn_region_name = heat"));
}

TEST(the_software_config_form_has_the_way_to_heat)
{
	json_auto_t *root = NULL;

	assert_int_equal(unpack_file("software_config"), 1);
	root = json_loads(data_of("cfn-init-data"), 0, NULL);
	assert_string_equal(
	        json_string_value(json_object_get(
	                json_object_get(json_object_get(root, "os-collect-config"), "heat"),
	                "password")),
	        "p%*&^#@!");
}

TEST(ignitions_data_urls_are_decoded)
{
	json_auto_t *root = NULL;

	assert_int_equal(unpack_file("ignition"), 2); /* one for each of the two folders */
	root = json_loads(data_of("cfn-init-data"), 0, NULL);
	assert_string_equal(json_string_value(json_object_get(root, "text")), "na\xc3\xafve");
	assert_int_equal(unpack_str("{\"ignition\":{},\"storage\":{\"files\":[{\"path\":"
	                            "\"/var/lib/heat-cfntools/cfn-init-data\",\"contents\":"
	                            "{\"source\":\"data:text/plain;base64,e30=\"}},{\"path\":"
	                            "\"/etc/shadow\",\"contents\":{\"source\":\"data:,x\"}}]}}"),
	        1);
	assert_string_equal(data_of("cfn-init-data"), "{}");
}

#define PART(type, name, encoding, body)                                                           \
	"Content-Type: " type "\nContent-Transfer-Encoding: " encoding                             \
	"\nContent-Disposition: attachment;\n filename=\"" name "\"\n\n" body
#define INIT PART("text/x-cfninitdata", "cfn-init-data", "7bit", "{}")

TEST(every_encoding_line_end_and_nesting_is_read)
{
	assert_int_equal(unpack_str("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
	                            "Content-Type: TEXT/X-cfninitdata\r\nContent-Disposition: "
	                            "attachment; filename*=utf-8''cfn-init-data\r\n\r\n{}\r\n"
	                            "--b--\r\n"),
	        1);
	assert_string_equal(got.data[0], "{}");
	assert_int_equal(
	        unpack_str("Content-Type: multipart/mixed; boundary=\"o\"\n\n--o\n"
	                   "Content-Type: multipart/mixed;\n boundary=\"i\"\n\n--i\n" INIT
	                   "\n--i--\n\n--o\n" PART("text/x-cfninitdata", "cfn-metadata-server",
	                           "quoted-printable", "http=3A//h=\n/v1/") "\n--o--\n"),
	        2);
	assert_string_equal(data_of("cfn-metadata-server"), "http://h/v1/");
	assert_int_equal(unpack_str("{\"cloud-init\": \"Content-Type: multipart/mixed; "
	                            "boundary=b\\n\\n--b\\nContent-Type: text/x-cfninitdata\\n"
	                            "Content-Disposition: attachment; filename=cfn-init-data\\n\\n"
	                            "{}\\n--b--\"}"),
	        1);
}

TEST(foreign_url_has_no_parts_and_foreign_body_no_error)
{
	assert_int_equal(unpack_str(""), 0);
	assert_int_equal(unpack_str("#cloud-config\nruncmd: []\n"), 0);
	assert_int_equal(unpack_str("#!/bin/sh\n"), 0);
	assert_int_equal(unpack_str("{\"a\": 1}"), 0);
	assert_int_equal(unpack_str("Content-Type: multipart/mixed; boundary=b\n\n--b"), 0);
	assert_int_equal(
	        unpack_str("Content-Type: multipart/mixed; boundary=b\n\n--b\n" PART(
	                "text/x-cfninitdata", "../../etc/passwd", "7bit", "x") "\n--b--\n"),
	        0);
	assert_int_equal(unpack_str("Content-Type: multipart/mixed; boundary=b\n\n--b\n" PART(
	                         "text/x-shellscript", "cfn-init-data", "7bit", "x") "\n--b--\n"),
	        0);
	assert_int_equal(unpack_text("\x1f\x8b\x08", 3), -EPROTONOSUPPORT);
}

TEST(depth_number_and_size_are_bounded)
{
	auto_free char *text = calloc(1, USERDATA_MAX + 2);
	size_t n = 0;

	for (int i = 0; i < 10; i++)
		n += (size_t)sprintf(
		        text + n, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
	(void)sprintf(text + n, INIT);
	assert_int_equal(unpack_str(text), 0); /* deeper than anybody nests */
	n = (size_t)sprintf(text, "Content-Type: multipart/mixed; boundary=b\n\n");
	for (int i = 0; i < USERDATA_PARTS; i++)
		n += (size_t)sprintf(text + n, "--b\nContent-Type: text/plain\n\nx\n");
	(void)sprintf(text + n, "--b\n" INIT "\n--b--\n");
	assert_int_equal(unpack_str(text), 0);
	memset(text, 'a', USERDATA_MAX + 1);
	assert_int_equal(unpack_text(text, USERDATA_MAX + 1), -EFBIG);
}
