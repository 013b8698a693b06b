/* SPDX-License-Identifier: Apache-2.0 */
/* deploy_run.c - real scripts and programs, run in a guest's folder by a process of their own. */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "heat/deploy/deploy_run.c"
#include "tests/unit/lib/guest.h"

#define JOB     "/var/lib/prehup/deployments/k.job"
#define RESULT  "/var/lib/prehup/deployments/k.result"
#define SCRIPT  "/var/lib/heat-config/heat-config-script/k"
#define OUTPUTS "/var/run/heat-config/heat-config-script/k"

static json_t *result; /* of the last one */
static uint64_t took_ms;

FIXTURE(setup)
{
	log_open(LOG_EMERG);
	term_ms = drain_ms = 300;
	return guest_open(state);
}

FIXTURE(teardown)
{
	json_decref(result);
	result = NULL;
	return guest_close(state);
}

static int run_command(const char *key)
{
	char name[64];
	char *argv[] = { (char[]){ "deployment-run" }, name, NULL };
	const uint64_t began = loop_now();
	int status;
	pid_t pid;

	(void)snprintf(name, sizeof(name), "%s", key);
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0 && setenv("PREHUP_SYSROOT", guest_dir, 1) == 0)
		_exit(command_deployment_run(2, argv));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	took_ms = loop_now() - began;
	json_decref(result);
	result = NULL;
	if (WEXITSTATUS(status) == 0)
		assert_int_equal(jsonfile_read(RESULT, &result), 0);
	return WEXITSTATUS(status);
}

static void run_job(json_t *job)
{
	char *text = json_dumps(job, 0);

	assert_non_null(text);
	guest_put(JOB, text);
	free(text);
	json_decref(job);
	assert_int_equal(run_command("k"), 0);
}

/* A script with an environment and outputs "a", "b", within so many seconds. */
static void run_script(const char *text, unsigned timeout_s)
{
	run_job(json_pack("{ss ss ss ss s[ssss] s{ss ss ss} si}", "program", "", "script", text,
	        "script_path", SCRIPT, "outputs_path", OUTPUTS, "output_names", "a", "b", "d/evil",
	        "", "env", "WHO", "you and me", "bad=name", "x", "heat_outputs_path", "/forged",
	        "timeout_s", (int)timeout_s));
}

static void run_program(const char *path, const char *input)
{
	run_job(json_pack("{ss ss si}", "program", path, "input", input, "timeout_s", 20));
}

static void put_program(const char *path, const char *text, mode_t mode)
{
	char full[PATH_MAX];

	guest_put(path, text);
	assert_int_equal(path_full(full, path), 0);
	assert_int_equal(chmod(full, mode), 0);
}

static const char *text_at(const char *key)
{
	const char *s = json_string_value(json_object_get(result, key));

	return s ? s : "";
}

static const char *output(const char *name)
{
	return json_string_value(json_object_get(json_object_get(result, "outputs"), name));
}

#define assert_status(n) assert_int_equal(json_integer_value(json_object_get(result, "status")), n)

TEST(script_gets_inputs_and_returns_outputs)
{
	run_script("#!/bin/sh\necho \"to $WHO\"; echo oops >&2; printf 1 > $heat_outputs_path.a\n"
	           "printf 'two\\nlines\\n' > $heat_outputs_path.b\necho x > $heat_outputs_path.c\n"
	           "mkdir $heat_outputs_path.d; echo x > $heat_outputs_path.d/evil\n"
	           "env | grep -c PREHUP_SYSROOT; exit 3\n",
	        20);
	assert_status(3);
	assert_string_equal(text_at("stdout"), "to you and me\n0\n");
	assert_string_equal(text_at("stderr"), "oops\n");
	assert_string_equal(text_at("note"), "");
	assert_string_equal(output("a"), "1");
	assert_string_equal(output("b"), "two\nlines\n");
	assert_int_equal(json_object_size(json_object_get(result, "outputs")), 2);
	assert_false(path_exists(OUTPUTS ".a")); /* for the next one to be its own */
}

TEST(a_script_without_an_interpreter_line_is_a_shells)
{
	run_script("echo plain $0\n", 20);
	assert_status(0);
	assert_non_null(strstr(text_at("stdout"), "plain "));
	run_script("#!/no/such/interpreter\n", 20);
	assert_status(127);
}

TEST(program_reads_the_item_and_returns_its_output)
{
	char *input = malloc(200001);

	memset(input, 'x', 200000); /* more than a pipe takes */
	input[200000] = '\0';
	put_program("/hook", "#!/bin/sh\nwc -c\necho \"$#\"\n", 0755);
	run_program("/hook", input);
	free(input);
	assert_status(0);
	assert_string_equal(text_at("stdout"), "200000\n0\n");
}

TEST(missing_and_non_executable_programs_differ)
{
	run_program("/nowhere", "{}");
	assert_status(127);
	assert_non_null(strstr(text_at("stderr"), "/nowhere: No such file"));
	put_program("/data", "#!/bin/sh\n", 0600);
	run_program("/data", "{}");
	assert_status(126);
	assert_non_null(strstr(text_at("stderr"), "/data: Permission denied"));
}

TEST(large_output_keeps_its_end)
{
	const char *out;

	run_script("#!/bin/sh\nhead -c 3145728 /dev/zero | tr '\\0' x\necho; echo the end\n"
	           "head -c 1500000 /dev/zero | tr '\\0' e >&2\n",
	        20);
	out = text_at("stdout");
	assert_int_equal(strlen(out), 1 << 20);
	assert_string_equal(out + strlen(out) - 9, "\nthe end\n");
	assert_int_equal(strlen(text_at("stderr")), 1 << 20);
}

TEST(bytes_that_are_no_text_are_told_as_text)
{
	run_script("#!/bin/sh\nprintf 'a\\000b\\377\\303\\251\\303|\\300\\200\\n'\n"
	           "printf 'x\\000y\\351' > $heat_outputs_path.a\n"
	           "printf 'A\\355\\240\\200B' > $heat_outputs_path.b\n",
	        20);
	assert_string_equal(text_at("stdout"), "a?b?\xc3\xa9?|??\n");
	assert_string_equal(output("a"), "x?y?");
	assert_string_equal(output("b"), "A???B"); /* a surrogate */
	/* A character that the ring has cut in two. */
	run_script("#!/bin/sh\nprintf '\\303\\251'; head -c 1048575 /dev/zero | tr '\\0' x\n", 20);
	assert_int_equal(strlen(text_at("stdout")), 1 << 20);
	assert_int_equal(text_at("stdout")[0], '?');
}

TEST(child_that_ignores_its_end_is_killed_with_group)
{
	char text[PATH_MAX + 256], full[PATH_MAX];

	assert_int_equal(path_full(full, "/alive"), 0);
	(void)snprintf(text, sizeof(text),
	        "#!/bin/sh\ntrap '' TERM\necho begun\n"
	        "(while :; do echo >> %s; sleep 0.05; done) &\nwhile :; do sleep 0.1; done\n",
	        full);
	run_script(text, 1);
	assert_status(124);
	assert_string_equal(text_at("stdout"), "begun\n");
	assert_non_null(strstr(text_at("note"), "did not end within 1 s"));
	assert_true(took_ms < 5000);
	assert_int_equal(path_remove("/alive"), 0);
	(void)poll(NULL, 0, 300);
	assert_false(path_exists("/alive"));
	/* One that heeds it is given the time to say so. */
	run_script("#!/bin/sh\ntrap 'echo tidy; exit 0' TERM\nwhile :; do sleep 0.05; done\n", 1);
	assert_status(124);
	assert_string_equal(text_at("stdout"), "tidy\n");
}

TEST(killed_child_reports_its_signal)
{
	run_script("#!/bin/sh\nkill -9 $$\n", 20);
	assert_status(128 + 9);
	assert_string_equal(text_at("note"), "prehup: killed by signal 9");
}

TEST(left_over_daemon_delays_nothing_and_may_write)
{
	char text[PATH_MAX + 256], full[PATH_MAX];

	assert_int_equal(path_full(full, "/survived"), 0);
	/* Its output is our pipe: a broken one would end it. */
	(void)snprintf(text, sizeof(text),
	        "#!/bin/sh\n(sleep 1; echo late; echo late >&2; echo > %s) &\necho started\n",
	        full);
	run_script(text, 20);
	assert_status(0);
	assert_string_equal(text_at("stdout"), "started\n");
	assert_true(took_ms < 1000);
	for (int i = 0; i < 50 && !path_exists("/survived"); i++)
		(void)poll(NULL, 0, 100);
	assert_true(path_exists("/survived"));
}

static mode_t mode_of(const char *path)
{
	char full[PATH_MAX];
	struct stat st;

	assert_int_equal(path_full(full, path), 0);
	return lstat(full, &st) < 0 ? 0 : st.st_mode;
}

TEST(written_files_are_private_and_links_replaced)
{
	char link[PATH_MAX], full[PATH_MAX], *text = NULL;
	size_t len;

	guest_put("/precious", "as it was");
	guest_put("/var/lib/heat-config/heat-config-script/other", "");
	assert_int_equal(path_full(link, SCRIPT), 0);
	assert_int_equal(path_full(full, "/precious"), 0);
	assert_int_equal(symlink(full, link), 0);
	run_script("#!/bin/sh\necho mine\n", 20);
	assert_string_equal(text_at("stdout"), "mine\n");
	assert_int_equal(mode_of(SCRIPT), S_IFREG | 0700);
	assert_int_equal(path_read("/precious", 100, &text, &len), 0);
	assert_string_equal(text, "as it was");
	free(text);
	assert_int_equal(mode_of("/precious"), S_IFREG | 0600);
	assert_int_equal(mode_of(RESULT), S_IFREG | 0600);
	assert_int_equal(mode_of("/var/run/heat-config/heat-config-script"), S_IFDIR | 0700);
}

TEST(worst_script_output_still_gives_a_readable_result)
{
	(void)state; /* each of these bytes is six in JSON */
	run_script("#!/bin/sh\njunk() { head -c $1 /dev/zero | tr '\\0' '\\1'; }\njunk 1048576\n"
	           "junk 1048576 >&2; junk 900000 > $heat_outputs_path.a\n"
	           "junk 900000 > $heat_outputs_path.b\n",
	        20);
	assert_status(0);
	assert_int_equal(strlen(text_at("stderr")), 1 << 20);
	assert_int_equal(strlen(output("a")), 900000);
	assert_null(output("b"));
	assert_non_null(strstr(text_at("note"), "output b is omitted"));
	assert_false(path_exists(OUTPUTS ".b"));
}

TEST(missing_job_is_a_failure_without_result)
{
	assert_int_equal(run_command("k"), 1);
	assert_int_equal(run_command("../k"), 2);
	guest_put(JOB, "{");
	assert_int_equal(run_command("k"), 1);
	assert_false(path_exists(RESULT));
}
