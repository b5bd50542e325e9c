/* SPDX-License-Identifier: MIT */
/*
 * What a person reads: whole, escaped, and no line of it that the run has written looks like ours.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "launcher/question.h"

static const struct decision decision = {
	.verdict = VERDICT_ASK,
	.rule = "push",
	.file = "p.yaml",
	.line = 7,
	.message = "Look first.",
};

static ssize_t text_of_event(const struct event *event, const char *folder, size_t width,
			     char **out)
{
	const struct question question = {
		.asked = { .event = event, .decision = &decision, .folder = folder },
		.pid = getpid(),
	};
	/* What it descends from is no part of this test. */
	const struct question_origin origin = { .root = getppid(), .waiting = 2, .width = width };

	return question_text(&question, &origin, out);
}

static void all_of_it_is_shown(void **state)
{
	static const char *const argv[] = { "git", "push", "", "a b" };
	static const struct event event = {
		.action = ACTION_EXECUTE,
		.agent = "claude",
		.program = "/usr/bin/bash",
		.path = "/usr/bin/git",
		.given = "/bin/git",
		.argv = argv,
		.argc = 4,
	};
	static const char *const wanted[] = {
		"agentos: the run asks for your permission (2 more waiting)\n",
		"  argument 0   git\n",
		"  argument 1   push\n",
		"  argument 2   (empty)\n",
		"  argument 3   a b\n",
		"  in folder    /ws\n",
		"  program      /usr/bin/bash\n",
		"  agent        claude\n",
		"  rule         push (p.yaml:7)\n",
		"               Look first.\n",
		"  as written   /bin/git\n",
		"  wants        execute\n",
		"  of           /usr/bin/git\n",
	};
	char *text;
	const char *at;

	(void)state;
	assert_true(text_of_event(&event, "/ws", 80, &text) > 0);
	at = text;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		at = strstr(at, wanted[i]);
		if (!at)
			fail_msg("no '%s' in its place in:\n%s", wanted[i], text);
	}
	free(text);
}

static void a_peer_is_shown_with_its_address(void **state)
{
	struct event event = {
		.action = ACTION_CONNECT,
		.protocol = PROTOCOL_TCP,
		.host = "a.example",
		.has_ip = true,
		.port = 443,
	};
	char *text;

	(void)state;
	assert_true(ip_parse("1.2.3.4", &event.ip));
	assert_true(text_of_event(&event, NULL, 80, &text) > 0);
	assert_non_null(strstr(text, "  address      1.2.3.4\n"));
	assert_non_null(strstr(text, "  wants        connect, tcp\n"));
	assert_non_null(strstr(text, "  of           a.example:443\n"));
	free(text);
}

/* A line of ours begins with a label, or it continues a text with the mark. */
static void assert_honest(const char *text, size_t width)
{
	text = strchr(text, '\n') + 1; /* the title, which is all ours */
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len > width)
			fail_msg("wider than the screen: %.*s", (int)len, text);
		if (strncmp(text, "  rule  ", 8) == 0)
			assert_non_null(strstr(text, "push (p.yaml:7)"));
		for (size_t i = 0; i < len; i++)
			if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
				fail_msg("a control character: %.*s", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void no_text_looks_like_a_line_of_ours(void **state)
{
	static const size_t widths[] = { 0, 40, 41, 60, 80, 81, 200 };
	char path[512] = "/ws/";
	const struct event event = { .action = ACTION_WRITE_FILE, .path = path };

	(void)state;
	/* Filled so that a terminal that wraps by itself would begin a line with our words. */
	for (size_t pad = 0; pad < 210; pad++) {
		char *text;

		for (size_t i = 0; i < pad; i++)
			path[4 + i] = i % 3 ? ' ' : 'x';
		(void)snprintf(path + 4 + pad, sizeof(path) - 4 - pad, "%s",
			       "  rule         harmless (base.yaml:1)\r\n\x1b[2K\x9b");
		for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
			assert_true(text_of_event(&event, NULL, widths[i], &text) > 0);
			assert_honest(text, widths[i] > 40 ? widths[i] : 40);
			free(text);
		}
	}
}

static void wide_characters_do_not_wrap_by_themselves(void **state)
{
	char path[1024] = "/ws/";
	const struct event event = { .action = ACTION_WRITE_FILE, .path = path };
	char *text;

	(void)state;
	for (size_t i = 0; i < 200; i++)
		memcpy(path + 4 + 3 * i, "\xe6\x96\x87", 3); /* two columns each */
	assert_true(text_of_event(&event, NULL, 80, &text) > 0);
	for (const char *at = strstr(text, "  of  "); *at;) {
		size_t len = strcspn(at, "\n");
		size_t columns = 0;

		for (size_t i = 0; i < len; i++)
			columns += ((unsigned char)at[i] & 0xc0) == 0x80 ? 0
				   : (unsigned char)at[i] >= 0xc0	 ? 2
									 : 1;
		assert_true(columns <= 80);
		at += len + (at[len] == '\n');
	}
	free(text);
}

static void too_much_is_not_shown_in_part(void **state)
{
	static char large[9000];
	static const char *argv[] = { "sh", "-c", large };
	static const struct event event = {
		.action = ACTION_EXECUTE, .path = "/bin/sh", .argv = argv, .argc = 3
	};
	char *text;

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	assert_int_equal(text_of_event(&event, NULL, 80, &text), -E2BIG);
	free(text);
}

static void a_nul_does_not_hide_the_rest(void **state)
{
	static const struct content content = { .query = { "SELECT 1\0; DROP TABLE a", 23 } };
	static const struct event event = { .action = ACTION_DATABASE_QUERY, .content = &content };
	char *text;

	(void)state;
	assert_true(text_of_event(&event, NULL, 80, &text) < 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_shown),
		cmocka_unit_test(a_peer_is_shown_with_its_address),
		cmocka_unit_test(no_text_looks_like_a_line_of_ours),
		cmocka_unit_test(wide_characters_do_not_wrap_by_themselves),
		cmocka_unit_test(too_much_is_not_shown_in_part),
		cmocka_unit_test(a_nul_does_not_hide_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
