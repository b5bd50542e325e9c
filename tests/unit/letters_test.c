/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "launcher/guard.h"
#include "rules/letters.h"
#include "rules/plan.h"
#include "tests/support/policies.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define READ ACTION_READ_FILE
#define WRITE ACTION_WRITE_FILE
#define EXECUTE ACTION_EXECUTE

static void paths_fold_to_one_form(void **state)
{
	static const struct {
		const char *path, *want;
	} rows[] = {
		{ "/", "/" },
		{ "/w/.env", "/w/.env" },
		{ "/W/.ENV", "/w/.env" },
		{ "/w/@[`{AZ09", "/w/@[`{az09" },
		/* what folds to ASCII */
		{ "/\xe2\x84\xaa\x65y", "/key" },			     /* Kelvin sign */
		{ "/\xc5\xbf\x65t", "/set" },				     /* long s */
		{ "/pa\xc3\x9f", "/pass" },				     /* sharp s */
		{ "/PA\xe1\xba\x9e", "/pass" },				     /* capital sharp s */
		{ "/\xef\xac\x80-\xef\xac\x83-\xef\xac\x86", "/ff-ffi-st" }, /* ligatures */
		{ "/\xef\xac\x81-\xef\xac\x82-\xef\xac\x84-\xef\xac\x85", "/fi-fl-ffl-st" },
		{ "/\xef\xbc\x8e\xef\xbc\xa5\xef\xbd\x8e\xef\xbd\x96", "/.env" }, /* fullwidth */
		{ "/\xcd\xbe\xe1\xbf\xaf", "/;`" },
		/* what is ignored */
		{ "/.e\xe2\x80\x8dnv", "/.env" },     /* joiner */
		{ "/.e\xe2\x80\x8cnv", "/.env" },     /* non-joiner */
		{ "/\xef\xbb\xbf.env", "/.env" },     /* byte order mark */
		{ "/.en\xc2\xadv", "/.env" },	      /* soft hyphen */
		{ "/.env\xef\xb8\x8f", "/.env" },     /* variation selector */
		{ "/.env\xf3\xa0\x84\x80", "/.env" }, /* the same, supplementary */
		{ "/.git\xe2\x80\xae/x", "/.git/x" }, /* direction */
		{ "/.g\xcd\x8fit", "/.git" },	      /* grapheme joiner */
		{ "/.g\xe2\x81\xaait", "/.git" },
		/* ends of names, and streams */
		{ "/.env.", "/.env" },
		{ "/.env. . ", "/.env" },
		{ "/.git./config ", "/.git/config" },
		{ "/.env.\xe2\x80\x8b", "/.env" },
		{ "/.../x", "/.../x" },
		{ "/ /x", "/ /x" },
		{ "/.env::$DATA", "/.env" },
		{ "/.ENV:x:$data", "/.env" },
		{ "/.git::$INDEX_ALLOCATION/config", "/.git/config" },
		{ "/a:b", "/a:b" },
		{ "/:$x", "/:$x" },
		/* other letters */
		{ "/SCHL\xc3\x9cSSEL", "/schlussel" },
		{ "/schlu\xcc\x88ssel", "/schlussel" }, /* put together by some */
		{ "/\xc4\xb0\xc4\xb1\xc3\x97", "/ii\xc3\x97" },
		{ "/\xce\x91\xce\xa9\xcf\x82", "/\xce\xb1\xcf\x89\xcf\x83" },
		{ "/\xd0\x90\xd0\xaf\xd0\x81", "/\xd0\xb0\xd1\x8f\xd0\xb5" },
		{ "/\xd0\xb8\xcc\x86\xd0\xb9", "/\xd0\xb8\xd0\xb8" },
		{ "/\xd5\x84", "/\xd5\xb4" },
		/* what is no UTF-8 stays */
		{ "/\xff\x80\xc3", "/\xff\x80\xc3" },
		{ "/\xc1\x81\xe0\x80\x80", "/\xc1\x81\xe0\x80\x80" },
		{ "/\xe4\xb8\xad", "/\xe4\xb8\xad" },
	};
	char out[256];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		memset(out, 'X', sizeof(out));
		(void)letters_fold_path(rows[i].path, out);
		if (strcmp(out, rows[i].want) != 0)
			fail_msg("row %zu: '%s' folds to '%s', not to '%s'", i, rows[i].path, out,
				 rows[i].want);
		(void)letters_fold_path(out, out);
		assert_string_equal(out, rows[i].want);
	}
}

static void no_character_grows(void **state)
{
	(void)state;
	for (uint32_t character = 0x80; character < 0x110000; character++) {
		char text[4], out[8];
		size_t len = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
		uint32_t rest = character;

		for (size_t i = len; i-- > 1; rest >>= 6)
			text[i] = (char)(0x80 | (rest & 0x3f));
		text[0] = (char)((0xff00u >> len) | rest);
		if (letters_fold(text, len, out) > len)
			fail_msg("U+%04x grows", character);
	}
}

static void short_names_are_known_by_their_look(void **state)
{
	static const char *const short_names[] = {
		"/w/ENV~1",	 "/GIT~1/config", "/w/config~2.wor", "/w/a~123456",
		"/w/SECRET~1.E", "/w/id_rs~1.",	  "/w/x~1/y",
	};
	static const char *const others[] = {
		"/",	   "/w/a~",    "/w/~1",	      "/w/a~b",	    "/w/long_name~1",
		"/w/a~1b", "/w/a.~1~", "/w/a~1.long", "/w/a~1.b.c", "/w/1.0~1",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(short_names); i++)
		if (!letters_has_short_name(short_names[i]))
			fail_msg("'%s' is none", short_names[i]);
	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (letters_has_short_name(others[i]))
			fail_msg("'%s' is one", others[i]);
}

static void a_word_is_known_in_any_spelling(void **state)
{
	(void)state;
	assert_true(letters_equal("HOOKS", 5, "hooks"));
	assert_true(letters_equal("hook\xc5\xbf.", 7, "hooks"));
	assert_false(letters_equal("hooks", 4, "hooks"));
	assert_false(letters_equal("hookss", 6, "hooks"));
}

static const char policy_text[] =
	"version: '1.0'\nname: t\nbase: false\ndefault: allow\nrules:\n"
	"  - { name: env, on: read_file, path: ['**/.env', '**/.env.*'], action: deny,\n"
	"      except: { path: '**/.env.Example' } }\n"
	"  - { name: tree, on: [read_file, write_file], path: /w/Secrets/, action: stop }\n"
	"  - { name: set, on: read_file, path: '/w/[A-C]x[!Q]', action: deny }\n"
	"  - { name: dot, on: read_file, path: ['/w/d./**', '/w/e*.'], action: deny }\n"
	"  - { name: key, on: read_file, path: '/w/\xe2\x84\xaa\xc3\xa4se', action: deny }\n"
	"  - { name: tool, on: execute, program: [Curl, /w/Bin/x], action: deny }\n"
	"  - { name: by, on: write_file, path: /w/By, program: Mallory, action: deny }\n"
	"  - { name: but, on: write_file, path: /w/But, except: { program: /w/Good }, action: deny "
	"}\n"
	"  - { name: allowed, on: read_file, path: /w/allowed, action: allow }\n"
	"  - { name: off, on: read_file, path: /w/off, enabled: false, action: deny }\n";

static void refusing_rules_meet_every_spelling(void **state)
{
	static const struct {
		enum action action;
		const char *path, *program;
		const char *rule; /* NULL: none refuses */
	} rows[] = {
		{ READ, "/w/.env", NULL, "env" },	  { READ, "/w/.eNV", NULL, "env" },
		{ READ, "/w/x/.ENV.local", NULL, "env" }, { READ, "/w/.ENV.EXAMPLE", NULL, NULL },
		{ READ, "/w/.env.example", NULL, NULL },  { READ, "/w/NOENV", NULL, NULL },
		{ READ, "/w/SECRETS/x", NULL, "tree" },	  { WRITE, "/W/secrets", NULL, "tree" },
		{ READ, "/w/secrets2", NULL, NULL },	  { READ, "/w/axb", NULL, "set" },
		{ READ, "/w/BXQ", NULL, "set" }, /* "Q" may be "q" */
		{ READ, "/w/dxb", NULL, NULL },		  { READ, "/w/D/x", NULL, "dot" },
		{ READ, "/w/exx", NULL, "dot" },	  { READ, "/w/k\xc3\x84SE", NULL, "key" },
		{ EXECUTE, "/w/CURL", NULL, "tool" },	  { EXECUTE, "/W/BIN/X", NULL, "tool" },
		{ EXECUTE, "/w/curling", NULL, NULL },	  { WRITE, "/w/BY", "/bin/Mallory", "by" },
		{ WRITE, "/w/BY", "/bin/bob", NULL },	  { WRITE, "/w/BUT", "/w/Good", NULL },
		{ WRITE, "/w/BUT", "/w/good", "but" },	  { READ, "/w/allowed", NULL, NULL },
		{ READ, "/w/OFF", NULL, NULL },
	};
	struct loading loading = policies_load_text(policy_text);
	struct policy *folded;

	(void)state;
	if (loading.result < 0)
		fail_msg("%s", loading.fault.text);
	folded = policy_fold(loading.policy);
	assert_non_null(folded);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char path[64];
		struct event event = { .action = rows[i].action, .program = rows[i].program };
		struct decision decision;
		bool refused;

		event.path = letters_fold_path(rows[i].path, path);
		refused = policy_refuses(folded, &event, &decision);
		if (refused != !!rows[i].rule ||
		    (refused && strcmp(decision.rule, rows[i].rule) != 0))
			fail_msg("row %zu: '%s': %s", i, rows[i].path,
				 refused ? decision.rule : "granted");
	}
	policy_free(folded);
	policies_release(&loading);
}

static void folders_move_by_their_folded_names(void **state)
{
	static const struct {
		const char *from, *to;
		bool agree;
	} rows[] = {
		{ "/w/A", "/w/B", true },
		{ "/w/a", "/W/SECRETS", false },
		{ "/w/a", "/w/SECRETS2", true },
		{ "/w/Secrets/a", "/w/SECRETS/b", true },
	};
	struct loading loading = policies_load_text(policy_text);
	struct policy *folded = policy_fold(loading.policy);
	char path[64];

	(void)state;
	assert_non_null(folded);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char from[64], to[64];

		if (policy_names_agree(folded, letters_fold_path(rows[i].from, from),
				       letters_fold_path(rows[i].to, to)) != rows[i].agree)
			fail_msg("row %zu", i);
	}
	assert_true(policy_protects_below(folded, letters_fold_path("/w/SECRETS", path)));
	assert_false(policy_protects_below(folded, letters_fold_path("/w/OTHER", path)));
	policy_free(folded);
	policies_release(&loading);
}

static void the_guard_knows_its_files_in_any_spelling(void **state)
{
	struct guard *guard = guard_new();
	struct event event = { .action = READ, .path = "/w/audit.db-wal" };
	struct decision decision;

	(void)state;
	assert_int_equal(guard_add(guard, "/w/Audit.DB", true, false), 0);
	assert_false(guard_refuses(guard, &event, &decision));
	assert_true(guard_refuses_folded(guard, &event, &decision));
	event.path = "/w/audit.dbx";
	assert_false(guard_refuses_folded(guard, &event, &decision));
	event = (struct event){ .action = WRITE, .path = "/w", .operation = "rename" };
	assert_true(guard_refuses_folded(guard, &event, &decision));
	guard_free(guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_fold_to_one_form),
		cmocka_unit_test(no_character_grows),
		cmocka_unit_test(short_names_are_known_by_their_look),
		cmocka_unit_test(a_word_is_known_in_any_spelling),
		cmocka_unit_test(refusing_rules_meet_every_spelling),
		cmocka_unit_test(folders_move_by_their_folded_names),
		cmocka_unit_test(the_guard_knows_its_files_in_any_spelling),
	};

	return cmocka_run_group_tests_name("letters", tests, policies_begin, policies_end);
}
