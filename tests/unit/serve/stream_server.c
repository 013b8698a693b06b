/* SPDX-License-Identifier: Apache-2.0 */
#define TEST_SETUP    setup
#define TEST_TEARDOWN teardown
#include "tests/unit/lib/test.h"

#include "agent/serve/stream_server.h"
#include "tests/unit/lib/guest.h"
#include "tests/unit/lib/stream_rig.h"

enum { SLOTS = 10, REQUEST = 64, BIG = 3 << 20 };

static struct stream_server s;
static struct stream_client slot[SLOTS];
static char buffer[SLOTS][REQUEST];
static struct stream_client *waiting;
static unsigned responses;

static bool accept_all(struct stream_client *c)
{
	(void)c;
	return true;
}

/* A request is a line; '!' is a mistake. */
static int parse(struct stream_client *c, bool ended)
{
	if (c->len > 0 && c->buffer[0] == '!')
		return -EINVAL;
	return !ended && memchr(c->buffer, '\n', c->len);
}

static void respond(struct stream_client *c)
{
	char *big = NULL;

	responses++;
	switch (c->buffer[0]) {
	case 'b':
		big = malloc(BIG);
		assert_non_null(big);
		memset(big, 'x', BIG);
		stream_server_reply(c, 2, big, BIG);
		break;
	case 'n':
		stream_server_reply(c, 0, NULL, 0);
		break;
	case 'w':
		waiting = c;
		break;
	default:
		stream_server_reply(c, c->len, NULL, 0);
	}
}

static struct stream_protocol protocol;

FIXTURE(setup)
{
	protocol = (struct stream_protocol){ .clients = SLOTS,
		.request_max = REQUEST,
		.limit_ms = 5000,
		.accept = accept_all,
		.parse = parse,
		.respond = respond };
	s = (struct stream_server){ .protocol = &protocol };
	for (int i = 0; i < SLOTS; i++) {
		slot[i] = (struct stream_client){ .buffer = buffer[i] };
		s.client[i] = &slot[i];
	}
	waiting = NULL;
	responses = 0;
	return guest_open(state) < 0 ? -1 : loop_open(&loop);
}

FIXTURE(teardown)
{
	stream_server_close(&s);
	loop_close(&loop);
	return guest_close(state);
}

static void start(void)
{
	assert_int_equal(stream_server_open_path(&s, &loop, "/s", 0600), 0);
}

static void call(struct client *c, const char *request)
{
	client_connect(c, "/s");
	say(c, request, strlen(request));
}

static void await_end(struct client *c)
{
	for (int i = 0; i < 40 && !c->gone; i++)
		run_ms(50);
	assert_true(c->gone);
}

static void assert_answer(const char *request, const char *answer)
{
	struct client c;

	call(&c, request);
	await_end(&c);
	if (answer)
		assert_string_equal(c.text, answer);
	else
		assert_null(c.text);
	leave(&c);
}

static unsigned slots_in_use(void)
{
	unsigned n = 0;

	for (int i = 0; i < SLOTS; i++)
		n += slot[i].state != STREAM_FREE;
	return n;
}

TEST(stream_request_in_pieces_is_one)
{
	struct client c;

	start();
	assert_answer("hello\n", "hello\n");
	call(&c, "");
	for (const char *p = "pieces\n"; *p; p++) {
		assert_int_equal(responses, 1);
		say(&c, p, 1);
		run_ms(1);
	}
	await_end(&c);
	assert_string_equal(c.text, "pieces\n");
	leave(&c);
}

TEST(answer_is_head_then_body)
{
	struct client c;

	start();
	call(&c, "b\n");
	await_end(&c);
	assert_int_equal(c.len, 2 + BIG);
	assert_memory_equal(c.text, "b\n", 2);
	assert_int_equal(strspn(c.text + 2, "x"), BIG);
	leave(&c);
	assert_answer("nothing\n", NULL);
}

TEST(incomplete_or_rejected_request_is_dropped)
{
	char text[REQUEST + 1] = "";
	struct client c;

	start();
	assert_answer("!\n", NULL);
	assert_answer(memset(text, 'x', REQUEST), NULL);
	text[REQUEST - 1] = '\n';
	assert_answer(text, text); /* the longest that is complete */
	call(&c, "hel");
	assert_int_equal(shutdown(c.io.fd, SHUT_WR), 0);
	await_end(&c);
	assert_null(c.text);
	leave(&c);
	call(&c, "b\n");
	leave(&c); /* before the answer */
	run_ms(50);
	assert_int_equal(slots_in_use(), 0);
}

/* More clients than the server accepts at once. */
TEST(idle_client_gives_its_slot_to_a_new_one)
{
	struct client c[SLOTS], more;

	start();
	for (int i = 0; i < SLOTS; i++)
		call(&c[i], i % 2 ? "" : "partial");
	run_ms(20);
	assert_int_equal(slots_in_use(), SLOTS);
	assert_answer("hello\n", "hello\n");
	run_ms(20);
	assert_true(c[0].gone); /* the oldest */
	leave(&c[0]);
	call(&more, "");
	run_ms(20);
	assert_int_equal(slots_in_use(), SLOTS);
	for (int i = 1; i < SLOTS; i++) {
		say(&c[i], "x\n", 2);
		await_end(&c[i]);
		assert_string_equal(c[i].text, i % 2 ? "x\n" : "partialx\n");
		leave(&c[i]);
	}
	leave(&more);
}

TEST(client_with_an_answer_to_come_keeps_its_slot)
{
	struct client c[SLOTS];

	start();
	for (int i = 0; i < SLOTS; i++)
		call(&c[i], "w\n");
	run_ms(20);
	assert_int_equal(responses, SLOTS);
	assert_answer("hello\n", NULL);
	stream_server_reply(waiting, 2, NULL, 0);
	assert_answer("hello\n", "hello\n");
	for (int i = 0; i < SLOTS; i++)
		leave(&c[i]);
}

/* The first sends nothing, the second byte by byte, the third does not read, the fourth does not close. */
TEST(exchange_has_one_limit)
{
	struct client c[4];
	uint64_t begin = loop_now();

	protocol.limit_ms = 300;
	protocol.discard_max = 1000;
	start();
	for (int i = 0; i < 4; i++)
		client_connect(&c[i], "/s");
	client_pause(&c[2]);
	say(&c[2], "b\n", 2);
	say(&c[3], "x\n", 2);
	while (!c[1].gone && loop_now() - begin < 3000) {
		(void)!send(c[1].io.fd, "G", 1, MSG_NOSIGNAL);
		run_ms(20);
	}
	assert_in_range(loop_now() - begin, 290, 1000);
	run_ms(20);
	assert_int_equal(slots_in_use(), 0);
	client_watch(&c[2], c[2].io.fd);
	for (int i = 0; i < 4; i++) {
		await_end(&c[i]);
		assert_int_equal(c[i].len > 0, i >= 2);
		assert_true(c[i].len < BIG);
		leave(&c[i]);
	}
}

/* Reads a little every 10 ms, for 1 s. */
static uint64_t slow_reader_lasts_ms(void)
{
	uint64_t begin = loop_now();
	static char part[BIG / 200];
	struct client c;

	call(&c, "b\n");
	client_pause(&c);
	c.gone = true;
	run_ms(20);
	while (slots_in_use() && loop_now() - begin < 1000) {
		(void)!recv(c.io.fd, part, sizeof(part), MSG_DONTWAIT);
		run_ms(10);
	}
	begin = loop_now() - begin;
	leave(&c);
	run_ms(20);
	return begin;
}

TEST(reading_renews_the_limit_where_it_may)
{
	struct client deaf;

	protocol.limit_ms = 300;
	start();
	assert_in_range(slow_reader_lasts_ms(), 290, 900);
	protocol.limit_renewed = true;
	assert_in_range(slow_reader_lasts_ms(), 1000, 3000);
	call(&deaf, "b\n");
	client_pause(&deaf);
	run_ms(500);
	assert_int_equal(slots_in_use(), 0);
	deaf.gone = true;
	leave(&deaf);
}

TEST(waiting_client_has_time_where_limits_renew)
{
	struct client c;

	protocol.limit_ms = 100;
	start();
	assert_answer("w\n", NULL);
	protocol.limit_renewed = true;
	call(&c, "w\n");
	run_ms(300);
	assert_false(c.gone);
	stream_server_reply(waiting, 2, NULL, 0);
	await_end(&c);
	assert_string_equal(c.text, "w\n");
	leave(&c);
}

TEST(slot_of_a_gone_client_is_kept_until_its_reply)
{
	struct client c;

	start();
	call(&c, "w\n");
	run_ms(20);
	leave(&c);
	run_ms(20);
	assert_int_equal(waiting->state, STREAM_GONE);
	stream_server_reply(waiting, 0, strdup("late"), 4);
	assert_int_equal(slots_in_use(), 0);
	stream_server_reply(waiting, 0, strdup("twice"), 5); /* has no effect */
	assert_answer("hello\n", "hello\n");
}

TEST(bytes_after_a_request_are_discarded_to_a_limit)
{
	static char text[1000];
	struct client c;
	ssize_t n = 0;

	protocol.discard_max = 10000;
	start();
	call(&c, "a\nmore");
	run_ms(20);
	assert_string_equal(c.text, "a\nmore"); /* parse() takes all that has come */
	say(&c, "and more", 8);
	assert_int_equal(shutdown(c.io.fd, SHUT_WR), 0);
	run_ms(20);
	assert_int_equal(slots_in_use(), 0);
	assert_int_equal(c.error, 0);
	leave(&c);
	call(&c, "a\n");
	client_pause(&c);
	c.gone = true;
	for (int i = 0; n >= 0 && i < 20; i++) {
		n = send(c.io.fd, text, sizeof(text), MSG_NOSIGNAL | MSG_DONTWAIT);
		run_ms(5);
	}
	assert_true(n < 0 && errno == EPIPE);
	leave(&c);
}

TEST(socket_has_its_mode_whatever_the_umask)
{
	mode_t was = umask(0777);

	start();
	assert_int_equal(umask(was), 0777);
	assert_int_equal(mode_of("/s"), S_IFSOCK | 0600);
	stream_server_close(&s);
	assert_int_equal(mode_of("/s"), -ENOENT);
	umask(0);
	assert_int_equal(stream_server_open_path(&s, &loop, "/s", 0666), 0);
	umask(was);
	assert_int_equal(mode_of("/s"), S_IFSOCK | 0666);
}

TEST(stale_socket_is_replaced_and_other_files_are_not)
{
	static struct stream_server second;
	char full[PATH_MAX];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_int_equal(unix_socket_call(bind, fd, "/s"), 0);
	close(fd); /* a killed process leaves it so */
	start();
	second.protocol = &protocol;
	assert_int_equal(stream_server_open_path(&second, &loop, "/s", 0600), -EADDRINUSE);
	stream_server_close(&second);
	assert_answer("hello\n", "hello\n"); /* the first one's socket is still there */
	/* Another process has replaced the file: it is not this server's to remove. */
	assert_int_equal(path_remove("/s"), 0);
	guest_put("/s", "mine");
	stream_server_close(&s);
	assert_int_equal(mode_of("/s") & S_IFMT, S_IFREG);
	assert_int_equal(stream_server_open_path(&s, &loop, "/s", 0600), -EEXIST);
	assert_int_equal(mode_of("/s") & S_IFMT, S_IFREG);
	assert_int_equal(stream_server_open_path(&s, &loop, "/no/such/s", 0600), -ENOENT);
	assert_int_equal(path_remove("/s"), 0);
	assert_int_equal(path_full(full, "/s"), 0);
	assert_int_equal(symlink("/etc/passwd", full), 0);
	assert_int_equal(stream_server_open_path(&s, &loop, "/s", 0600), -EEXIST);
}

TEST(path_may_be_longer_than_a_socket_address)
{
	char path[256];
	struct client c;

	(void)snprintf(path, sizeof(path), "/%0100d", 0);
	assert_int_equal(path_mkdir(path), 0);
	(void)snprintf(path, sizeof(path), "/%0100d/%080d", 0, 0);
	assert_int_equal(stream_server_open_path(&s, &loop, path, 0600), 0);
	client_connect(&c, path);
	say(&c, "x\n", 2);
	await_end(&c);
	assert_string_equal(c.text, "x\n");
	leave(&c);
	stream_server_close(&s);
	assert_false(path_exists(path));
	(void)snprintf(path, sizeof(path), "/%0100d/%0100d", 0, 0);
	assert_int_equal(stream_server_open_path(&s, &loop, path, 0600), -ENAMETOOLONG);
}

static unsigned open_fds(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* The sanitizers count the bodies. */
TEST(close_ends_clients_in_every_state)
{
	static struct stream_server zeroed;
	static const char *const request[] = { "x", "w\n", "w\n", "b\n", "x\n" };
	unsigned before = open_fds();
	struct client c[5];

	stream_server_close(&zeroed);
	protocol.discard_max = 1000;
	for (int round = 0; round < 2; round++) {
		start();
		for (int i = 0; i < 5; i++)
			call(&c[i], request[i]);
		client_pause(&c[3]);
		run_ms(20);
		leave(&c[2]);
		for (int i = 0; i < 100 &&
		                (slot[2].state != STREAM_GONE || slot[4].state != STREAM_DRAINING);
		        i++)
			run_ms(50); /* a loaded machine takes longer */
		assert_int_equal(slot[0].state, STREAM_READING);
		assert_int_equal(slot[1].state, STREAM_WAITING);
		assert_int_equal(slot[2].state, STREAM_GONE);
		assert_int_equal(slot[3].state, STREAM_WRITING);
		assert_int_equal(slot[4].state, STREAM_DRAINING);
		client_watch(&c[3], c[3].io.fd);
		stream_server_close(&s);
		assert_int_equal(slots_in_use(), 0);
		for (int i = 0; i < 5; i++)
			if (i != 2) {
				await_end(&c[i]);
				leave(&c[i]);
			}
	}
	assert_int_equal(open_fds(), before);
}
