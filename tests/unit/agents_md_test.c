/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/agents_md.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void print_objects(const struct agents_object *list, const char *before, FILE *out)
{
	for (; list; list = list->next) {
		(void)fprintf(out, "%s%s", before, list->text);
		if (list->args)
			(void)fprintf(out, "(%s)", list->args);
		if (list->port)
			(void)fprintf(out, ":%u", list->port);
	}
}

/* "may rw out/ -x" of each item; "?" of one that is no statement. */
static void print(const struct agents_item *item, FILE *out)
{
	static const char *const moods[] = { "may", "ask", "never" };
	static const char letters[] = "rwdxqcpmt";

	(void)fprintf(out, "%u:%u ", item->line, item->column);
	if (item->why) {
		(void)fputs("?; ", out);
		return;
	}
	(void)fprintf(out, "%s ", moods[item->mood]);
	for (unsigned deed = 0; deed < AGENTS_DEED_COUNT; deed++)
		if (item->deeds & AGENTS_BIT(deed))
			(void)fputc(letters[deed], out);
	(void)fputs(item->read_only ? " ro" : "", out);
	if (item->limit)
		(void)fprintf(out, " %s", item->limit);
	print_objects(item->objects, " ", out);
	print_objects(item->excepted, " -", out);
	(void)fputs("; ", out);
}

static void says(const char *text, const char *want)
{
	struct policy_errors errors = { 0 };
	struct arena arena = { 0 };
	struct agents_md md = { 0 };
	struct fault fault = { 0 };
	char *got = NULL;
	size_t size;
	FILE *out = open_memstream(&got, &size);

	assert_non_null(out);
	assert_int_equal(agents_md_read(&arena, "a.md", text, strlen(text), &md, &errors, &fault),
			 0);
	for (const struct agents_item *item = md.items; item; item = item->next)
		print(item, out);
	assert_int_equal(fclose(out), 0);
	if (strcmp(got, want) != 0)
		fail_msg("'%s': want '%s', got '%s'", text, want, got);
	free(got);
	policy_errors_release(&errors);
	arena_release(&arena);
}

static void sentences_say_what_they_say(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "Read files", "2:3 may r; " },
		{ "Read and write files in `src` and `docs/`.", "2:3 may rw src/ docs/; " },
		{ "**Read**, edit or delete the files in this workspace", "2:3 may rwd; " },
		{ "Write `notes.md`", "2:3 may w notes.md; " },
		{ "Write to the `out` directory", "2:3 may w out/; " },
		{ "Write files except in `gen`", "2:3 may w -gen/; " },
		{ "Write files (requires approval)", "2:3 ask w; " },
		{ "Query databases (read-only by default)", "2:3 may q ro; " },
		{ "Write to database", "2:3 may c; " },
		{ "Call APIs (max 10 per minute)", "2:3 may p 10/minute; " },
		{ "Call APIs of `http://a.example.com`", "2:3 may p a.example.com:80; " },
		{ "Send emails via `mail.example.com:25`", "2:3 may m mail.example.com:25; " },
		{ "Run `npm test` or `make`", "2:3 may x npm(test) make; " },
		{ "Never run `git push`", "2:3 never x git(push); " },
		{ "Don\xe2\x80\x99t read `.env`", "2:3 never r .env; " },
		{ "No network access", "2:3 never p; " },
		{ "Ask before deleting files", "2:3 ask d; " },
		{ "Read files quickly", "2:3 ?; " },
		{ "Read no files", "2:3 ?; " },
		{ "Read files, not", "2:3 ?; " },
		{ "Write files (requires approval) (10/parsec)", "2:3 ?; " },
		{ "Read files in `a` in `b`", "2:3 ?; " },
		{ "Run `x` in `src/`", "2:3 ?; " },
		{ "Access `config.json`", "2:3 ?; " },
		{ "Call API `10.0.0.7:8080`", "2:3 may p 10.0.0.7:8080; " },
		{ "Call API `10.7`", "2:3 ?; " },
		{ "Call API `-.-`", "2:3 ?; " },
		{ "Call API `a.example.com.`", "2:3 ?; " },
		{ "Call API `*.*.example.com`", "2:3 ?; " },
		{ "Never run `git  push`", "2:3 ?; " },
		{ "Never run `git push `", "2:3 ?; " },
		{ "", "2:3 ?; " },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[256];

		(void)snprintf(text, sizeof(text), "You can:\n- %s\n", rows[i].text);
		says(text, rows[i].want);
	}
}

static void labels_say_what_lists_are_about(void **state)
{
	(void)state;
	says("- Read files\n", "1:3 ?; ");
	says("## Capabilities\n\n1. Read files\n", "3:4 may r; ");
	says("YOU CAN:\n- Read files\n\nSkills:\n\n* Delete files\n", "2:3 may r; 6:3 may d; ");
	says("You can\n===\n- Read files\n", "3:3 may r; ");
	says("As a clerk, you can:\n- Read files\n", "2:3 may r; ");
	says("Nobody says you can:\n- Read files\n", "2:3 ?; ");
	says("You can:\n\nNot yet.\n\n- Read files\n", "5:3 ?; ");
	says("You cannot:\n- Read `a`\n", "2:3 never r a; ");
	says("## Constraints\n- Never delete files\n- Read files\n", "2:3 never d; 3:3 ?; ");
	says("Text.\n\nYou must never delete files.\n", "3:1 never d; ");
}

static void what_readers_do_not_see_is_not_said(void **state)
{
	(void)state;
	says("You can:\n- Read files\n  - but not here\n", "2:3 ?; 3:5 ?; ");
	says("You can:\n- Read\n  files\n", "2:3 may r; ");
	says("You can:\n- Read files\n\n  at night\n", "2:3 ?; ");
	says("You can:\n<!--\n- Read files\n-->\n- Delete files\n", "3:3 ?; 5:3 may d; ");
	says("You can:\n<!-- a --> b <!--\n- Read files\n", "3:3 ?; 2:1 ?; ");
	says("You can:\n```\n- Read files\n```\n- Delete files\n", "3:3 ?; 5:3 may d; ");
	says("You can:\n> - Read files\n", "2:5 ?; ");
	says("You can:\n\n     - Read files\n", "3:8 ?; ");
}

static void front_matter_says_its_part(void **state)
{
	(void)state;
	says("---\npolicies:\n- { action: file_read, effect: allow }\n---\n", "3:3 may r; ");
	says("---\npolicies:\n- { effect: deny, action: file_write, requires_approval: true "
	     "}\n---\n",
	     "3:3 never w; ");
	says("---\npolicies:\n- { action: '*', effect: allow }\n---\n", "3:3 ?; ");
	says("---\npolicies:\n- { action: file_read, effect: allow, paths: [a] }\n---\n",
	     "3:3 ?; ");
	says("---\nsecurity: { kernel: { mode: strict } }\n---\n", "");
	says("---\nsecurity: { kernel: { mode: audit } }\n---\n", "2:23 ?; ");
	says("----\npolicies: x\n----\n", "");
}

static void wrong_documents_are_refused_with_the_place(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		unsigned line, column;
	} rows[] = {
		{ "a\nb\xff", 4, 2, 2 },
		{ "a\n\0", 3, 2, 1 },
		{ "---\nname: x\n", 12, 1, 1 },
		{ "---\nname: [\n---\n", 16, 3, 1 },
		{ "---\nname: *x\n---\n", 17, 2, 7 },
		{ "---\n- a\n---\n", 12, 2, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct policy_errors errors = { 0 };
		struct arena arena = { 0 };
		struct agents_md md = { 0 };

		assert_int_equal(agents_md_read(&arena, "a.md", rows[i].text, rows[i].size, &md,
						&errors, NULL),
				 -EINVAL);
		assert_int_equal(errors.count, 1);
		assert_int_equal(errors.items[0].line, rows[i].line);
		assert_int_equal(errors.items[0].column, rows[i].column);
		assert_null(md.items);
		policy_errors_release(&errors);
		arena_release(&arena);
	}
}

static void large_documents_are_refused(void **state)
{
	struct policy_errors errors = { 0 };
	struct arena arena = { 0 };
	struct agents_md md = { 0 };
	struct fault fault = { 0 };
	char *text = calloc(1, AGENTS_SIZE_MAX + 1);

	(void)state;
	assert_non_null(text);
	memset(text, 'a', AGENTS_SIZE_MAX + 1);
	assert_int_equal(
		agents_md_read(&arena, "a.md", text, AGENTS_SIZE_MAX + 1, &md, &errors, &fault),
		-EFBIG);
	assert_string_equal(fault.text, "'a.md' is larger than 4 MiB");
	assert_int_equal(
		agents_md_read(&arena, "a.md", text, AGENTS_SIZE_MAX, &md, &errors, &fault), 0);
	free(text);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences_say_what_they_say),
		cmocka_unit_test(labels_say_what_lists_are_about),
		cmocka_unit_test(what_readers_do_not_see_is_not_said),
		cmocka_unit_test(front_matter_says_its_part),
		cmocka_unit_test(wrong_documents_are_refused_with_the_place),
		cmocka_unit_test(large_documents_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
