/* SPDX-License-Identifier: Apache-2.0 */
/* deploy_run.c - real scripts and programs, run in a guest's folder by a process of their own. */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include <sys/wait.h>

#include "heat/deploy/deploy_run.c"
#include "tests/unit/lib/guest.h"
#include "tests/unit/lib/json.h"

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
	char *argv[] = { (char[]){ "deployment-run" }, (char *)(uintptr_t)key, NULL };
	const uint64_t began = loop_now();
	int status;
	pid_t pid;

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
	assert_at(result, "stdout", "to you and me\n0\n");
	assert_at(result, "stderr", "oops\n");
	assert_at(result, "note", "");
	assert_string_equal(output("a"), "1");
	assert_string_equal(output("b"), "two\nlines\n");
	assert_int_equal(json_object_size(json_object_get(result, "outputs")), 2);
	assert_false(path_exists(OUTPUTS ".a")); /* for the next one to be its own */
}

TEST(a_script_without_an_interpreter_line_is_a_shells)
{
	run_script("echo plain $0\n", 20);
	assert_status(0);
	assert_non_null(strstr(text_at(result, "stdout"), "plain "));
	run_script("#!/no/such/interpreter\n", 20);
	assert_status(127);
}

TEST(script_has_the_umask_of_hooks)
{
	const mode_t was = umask(077); /* as main() sets it */

	run_script("umask\n", 20);
	(void)umask(was);
	assert_string_equal(json_string_value(json_object_get(result, "stdout")), "0022\n");
}

TEST(program_reads_the_item_and_returns_its_output)
{
	static char input[200001]; /* more than a pipe takes */

	guest_put_program("/hook", "#!/bin/sh\nwc -c\necho \"$#\"\n", 0755);
	run_program("/hook", fill_text(input, sizeof(input), 'x'));
	assert_status(0);
	assert_at(result, "stdout", "200000\n0\n");
}

TEST(missing_and_non_executable_programs_differ)
{
	run_program("/nowhere", "{}");
	assert_status(127);
	assert_non_null(strstr(text_at(result, "stderr"), "/nowhere: No such file"));
	guest_put_program("/data", "#!/bin/sh\n", 0600);
	run_program("/data", "{}");
	assert_status(126);
	assert_non_null(strstr(text_at(result, "stderr"), "/data: Permission denied"));
}

TEST(large_output_keeps_its_end)
{
	const char *out;

	run_script("#!/bin/sh\nhead -c 3145728 /dev/zero | tr '\\0' x\necho; echo the end\n"
	           "head -c 1500000 /dev/zero | tr '\\0' e >&2\n",
	        20);
	out = text_at(result, "stdout");
	assert_int_equal(strlen(out), 1 << 20);
	assert_string_equal(out + strlen(out) - 9, "\nthe end\n");
	assert_int_equal(strlen(text_at(result, "stderr")), 1 << 20);
}

TEST(bytes_that_are_no_text_are_told_as_text)
{
	run_script("#!/bin/sh\nprintf 'a\\000b\\377\\303\\251\\303|\\300\\200\\n'\n"
	           "printf 'x\\000y\\351' > $heat_outputs_path.a\n"
	           "printf 'A\\355\\240\\200B' > $heat_outputs_path.b\n",
	        20);
	assert_at(result, "stdout", "a?b?\xc3\xa9?|??\n");
	assert_string_equal(output("a"), "x?y?");
	assert_string_equal(output("b"), "A???B"); /* a surrogate */
	/* A character that the ring has cut in two. */
	run_script("#!/bin/sh\nprintf '\\303\\251'; head -c 1048575 /dev/zero | tr '\\0' x\n", 20);
	assert_int_equal(strlen(text_at(result, "stdout")), 1 << 20);
	assert_int_equal(text_at(result, "stdout")[0], '?');
}

TEST(child_that_ignores_its_end_is_killed_with_group)
{
	run_script(
	        fmt("#!/bin/sh\ntrap '' TERM\necho begun\n"
	            "(while :; do echo >> %s; sleep 0.05; done) &\nwhile :; do sleep 0.1; done\n",
	                guest_path("/alive")),
	        1);
	assert_status(124);
	assert_at(result, "stdout", "begun\n");
	assert_non_null(strstr(text_at(result, "note"), "did not end within 1 s"));
	assert_true(took_ms < 5000);
	assert_int_equal(path_remove("/alive"), 0);
	(void)poll(NULL, 0, 300);
	assert_false(path_exists("/alive"));
	/* One that heeds it is given the time to say so. */
	run_script("#!/bin/sh\ntrap 'echo tidy; exit 0' TERM\nwhile :; do sleep 0.05; done\n", 1);
	assert_status(124);
	assert_at(result, "stdout", "tidy\n");
}

TEST(killed_child_reports_its_signal)
{
	run_script("#!/bin/sh\nkill -9 $$\n", 20);
	assert_status(128 + 9);
	assert_at(result, "note", "prehup: killed by signal 9");
}

TEST(left_over_daemon_delays_nothing_and_may_write)
{
	/* Its output is our pipe: a broken one would end it. */
	run_script(
	        fmt("#!/bin/sh\n(sleep 1; echo late; echo late >&2; echo > %s) &\necho started\n",
	                guest_path("/survived")),
	        20);
	assert_status(0);
	assert_at(result, "stdout", "started\n");
	assert_true(took_ms < 1000);
	for (int i = 0; i < 50 && !path_exists("/survived"); i++)
		(void)poll(NULL, 0, 100);
	assert_true(path_exists("/survived"));
}

TEST(written_files_are_private_and_links_replaced)
{
	guest_put("/precious", "as it was");
	guest_put("/var/lib/heat-config/heat-config-script/other", "");
	assert_int_equal(symlink(guest_path("/precious"), guest_path(SCRIPT)), 0);
	run_script("#!/bin/sh\necho mine\n", 20);
	assert_at(result, "stdout", "mine\n");
	assert_int_equal(guest_mode(SCRIPT), S_IFREG | 0700);
	assert_string_equal(guest_text("/precious"), "as it was");
	assert_int_equal(guest_mode("/precious"), S_IFREG | 0600);
	assert_int_equal(guest_mode(RESULT), S_IFREG | 0600);
	assert_int_equal(guest_mode("/var/run/heat-config/heat-config-script"), S_IFDIR | 0700);
}

TEST(worst_script_output_still_gives_a_readable_result)
{
	(void)state; /* each of these bytes is six in JSON */
	run_script("#!/bin/sh\njunk() { head -c $1 /dev/zero | tr '\\0' '\\1'; }\njunk 1048576\n"
	           "junk 1048576 >&2; junk 900000 > $heat_outputs_path.a\n"
	           "junk 900000 > $heat_outputs_path.b\n",
	        20);
	assert_status(0);
	assert_int_equal(strlen(text_at(result, "stderr")), 1 << 20);
	assert_int_equal(strlen(output("a")), 900000);
	assert_null(output("b"));
	assert_non_null(strstr(text_at(result, "note"), "output b is omitted"));
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
