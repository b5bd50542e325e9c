/* SPDX-License-Identifier: MIT */
/* link: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/policies.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define HEAD "version: '1.0'\nname: t\n"

/*
 * Memory: counted, and short from a given allocation on.
 */

static unsigned long allocations;
static unsigned long allocations_max = ULONG_MAX;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);

static bool is_short(void)
{
	return ++allocations > allocations_max;
}

void *__wrap_malloc(size_t size)
{
	return is_short() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return is_short() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *at, size_t size)
{
	return is_short() ? NULL : __real_realloc(at, size);
}

/*
 * Decisions.
 */

static const char decisions[] = HEAD
	"base: false\n"
	"rules:\n"
	"  - { name: ws, on: [read_file, write_file], path: '${WORKSPACE}/', action: allow }\n"
	"  - { name: noted, on: read_file, path: notes/, action: audit }\n"
	"  - { name: drafts, path: '**/drafts/', action: deny, message: Private. }\n"
	"  - { name: alarm, on: read_file, path: '**/drafts/alarm', action: stop }\n"
	"  - { name: fire, on: read_file, path: '**/fire', action: kill }\n"
	"  - { name: net, on: connect, host: '*.example', action: allow }\n"
	"  - { name: no-mail, on: connect, port: 25, action: deny }\n"
	"  - { name: git, on: execute, path: /usr/bin/git, action: allow }\n"
	"  - { name: no-push, on: execute, args: 'push*', action: deny }\n";

struct decision_row {
	struct event event;
	enum verdict verdict;
	const char *rule;
	unsigned line;
	const char *message;
};

static const char *const push[] = { "git", "push" };
static const char *const pull[] = { "git", "pull" };

#define FILE_EVENT(action_, path_)                                                                 \
	{                                                                                          \
		.action = action_, .path = path_                                                   \
	}
#define PEER_EVENT(host_, port_)                                                                   \
	{                                                                                          \
		.action = ACTION_CONNECT, .host = host_, .port = port_, .protocol = PROTOCOL_TCP   \
	}
#define EXEC_EVENT(argv_)                                                                          \
	{                                                                                          \
		.action = ACTION_EXECUTE, .path = "/usr/bin/git", .argv = argv_, .argc = 2         \
	}
#define NOBODY "no rule allows it"

static const struct decision_row decision_rows[] = {
	{ FILE_EVENT(ACTION_READ_FILE, "/home/me/ws/a"), VERDICT_ALLOW, "ws", 5, "" },
	{ FILE_EVENT(ACTION_READ_FILE, "/home/me/ws"), VERDICT_ALLOW, "ws", 5, "" },
	{ FILE_EVENT(ACTION_READ_FILE, "/home/me/w"), VERDICT_DENY, "default", 0, NOBODY },
	{ FILE_EVENT(ACTION_DELETE_FILE, "/home/me/ws/a"), VERDICT_DENY, "default", 0, NOBODY },
	{ FILE_EVENT(ACTION_READ_FILE, "/home/me/ws/notes/a"), VERDICT_AUDIT, "noted", 6, "" },
	{ FILE_EVENT(ACTION_WRITE_FILE, "/home/me/ws/notes/a"), VERDICT_ALLOW, "ws", 5, "" },
	{ FILE_EVENT(ACTION_READ_FILE, "/home/me/ws/drafts"), VERDICT_DENY, "drafts", 7,
	  "Private." },
	{ FILE_EVENT(ACTION_READ_FILE, "/home/me/ws/notes/drafts/x"), VERDICT_DENY, "drafts", 7,
	  "Private." },
	{ FILE_EVENT(ACTION_EXECUTE, "/drafts/x"), VERDICT_DENY, "drafts", 7, "Private." },
	{ FILE_EVENT(ACTION_READ_FILE, "/drafts/alarm"), VERDICT_STOP, "alarm", 8, "" },
	{ FILE_EVENT(ACTION_READ_FILE, "/drafts/fire"), VERDICT_KILL, "fire", 9, "" },
	{ PEER_EVENT("a.example", 443), VERDICT_ALLOW, "net", 10, "" },
	{ PEER_EVENT("a.example", 25), VERDICT_DENY, "no-mail", 11, "" },
	{ PEER_EVENT("b.test", 443), VERDICT_DENY, "default", 0, NOBODY },
	{ EXEC_EVENT(pull), VERDICT_ALLOW, "git", 12, "" },
	{ EXEC_EVENT(push), VERDICT_DENY, "no-push", 13, "" },
	{ { .action = ACTION_NONE, .path = "/home/me/ws/a" }, VERDICT_DENY, "default", 0, NOBODY },
	{ { .action = ACTION_COUNT }, VERDICT_DENY, "default", 0, NOBODY },
};

static void check_decision(const struct policy *policy, const struct decision_row *row)
{
	struct decision decision;

	policy_decide(policy, &row->event, &decision);
	assert_string_equal(decision.rule, row->rule);
	assert_int_equal(decision.verdict, row->verdict);
	assert_int_equal(decision.line, row->line);
	assert_string_equal(decision.file, row->line ? "p.yaml" : "");
	assert_string_equal(decision.message, row->message);
}

static void the_strictest_matching_rule_decides(void **state)
{
	struct loading loading = policies_load_text(decisions);

	(void)state;
	assert_string_equal(loading.fault.text, "");
	for (size_t i = 0; i < COUNT_OF(decision_rows); i++)
		check_decision(loading.policy, &decision_rows[i]);
	policies_release(&loading);
}

static void deciding_takes_no_memory(void **state)
{
	struct loading loading = policies_load_text(decisions);
	unsigned long before = allocations;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(decision_rows); i++) {
		struct decision decision;

		policy_decide(loading.policy, &decision_rows[i].event, &decision);
	}
	assert_int_equal(allocations, before);
	policies_release(&loading);
}

static enum verdict verdict_of(const struct policy *policy, enum action action, const char *path)
{
	const struct event event = { .action = action, .path = path };
	struct decision decision;

	policy_decide(policy, &event, &decision);
	return decision.verdict;
}

static void the_order_of_rules_and_files_does_not_matter(void **state)
{
	static const char *const rules[] = {
		"  - { name: a, on: read_file, path: /x/, action: allow }\n",
		"  - { name: b, on: read_file, path: '/x/**', action: deny }\n",
		"  - { name: c, on: read_file, path: '/**/y', action: audit }\n",
	};
	static const size_t orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
					    { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(orders); i++) {
		const char *sources[] = { "./0.yaml", "./1.yaml", "./2.yaml" };
		struct loading loading;
		char text[512];

		for (size_t n = 0; n < 3; n++) {
			(void)snprintf(text, sizeof(text), HEAD "base: false\nrules:\n%s",
				       rules[orders[i][n]]);
			policies_write(sources[n], text, strlen(text));
		}
		loading = policies_load(sources, 3, NULL, 0);
		assert_int_equal(loading.result, 0);
		assert_int_equal(verdict_of(loading.policy, ACTION_READ_FILE, "/x/y"),
				 VERDICT_DENY);
		assert_int_equal(verdict_of(loading.policy, ACTION_READ_FILE, "/x"), VERDICT_ALLOW);
		assert_int_equal(verdict_of(loading.policy, ACTION_READ_FILE, "/y"), VERDICT_AUDIT);
		policies_release(&loading);
	}
}

static void of_several_defaults_the_strictest_holds(void **state)
{
	static const struct {
		const char *a, *b; /* what two files say */
		enum verdict read, write;
	} rows[] = {
		{ "", "", VERDICT_DENY, VERDICT_DENY },
		{ "default: allow", "", VERDICT_ALLOW, VERDICT_ALLOW },
		{ "default: allow", "default: deny", VERDICT_DENY, VERDICT_DENY },
		{ "default: audit", "default: allow", VERDICT_AUDIT, VERDICT_AUDIT },
		{ "default: { kernel: allow }", "", VERDICT_ALLOW, VERDICT_ALLOW },
		{ "default: { kernel: allow, content: allow }", "", VERDICT_ALLOW, VERDICT_ALLOW },
		{ "default: { read_file: allow }", "", VERDICT_ALLOW, VERDICT_DENY },
		{ "default: { read_file: allow, kernel: kill }", "", VERDICT_ALLOW, VERDICT_KILL },
		{ "default: { kernel: deny, read_file: allow }", "default: { kernel: allow }",
		  VERDICT_ALLOW, VERDICT_DENY },
		{ "default: { kernel: allow }", "default: { write_file: stop }", VERDICT_ALLOW,
		  VERDICT_STOP },
	};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT_OF(rows); i++) {
		static const char *const sources[] = { "./0.yaml", "./1.yaml" };
		char text[512];
		struct loading loading;

		/* Either way round. */
		for (size_t n = 0; n < 2; n++) {
			(void)snprintf(text, sizeof(text), HEAD "base: false\n%s\n",
				       (n == i % 2) ? rows[i / 2].a : rows[i / 2].b);
			policies_write(sources[n], text, strlen(text));
		}
		loading = policies_load(sources, 2, NULL, 0);
		assert_string_equal(loading.fault.text, "");
		assert_int_equal(verdict_of(loading.policy, ACTION_READ_FILE, "/x"),
				 rows[i / 2].read);
		assert_int_equal(verdict_of(loading.policy, ACTION_WRITE_FILE, "/x"),
				 rows[i / 2].write);
		policies_release(&loading);
	}
}

static void a_program_without_a_name_is_refused_by_default_too(void **state)
{
	struct loading loading = policies_load_text(HEAD "base: false\ndefault: allow\n");
	struct decision decision;
	struct event event = { .action = ACTION_EXECUTE, .path = "/memfd:x (deleted)" };

	(void)state;
	assert_int_equal(loading.result, 0);
	policy_decide(loading.policy, &event, &decision);
	assert_int_equal(decision.verdict, VERDICT_DENY);
	assert_string_equal(decision.rule, "default");
	event.path = "/bin/x";
	policy_decide(loading.policy, &event, &decision);
	assert_int_equal(decision.verdict, VERDICT_ALLOW);
	assert_string_equal(decision.message, "");
	policies_release(&loading);
}

/* Many rules of all kinds: the index finds what a look at each of them finds. */
static void no_rule_is_overlooked_among_many(void **state)
{
	static char text[65536];
	size_t used = (size_t)snprintf(text, sizeof(text), HEAD "base: false\nrules:\n");
	struct loading loading;

	(void)state;
	for (unsigned i = 0; i < 120; i++)
		used += (size_t)snprintf(
			text + used, sizeof(text) - used,
			"  - { name: t%u, on: read_file, path: /t/%u/, action: allow }\n"
			"  - { name: n%u, on: read_file, path: '**/n%u/a', action: allow }\n"
			"  - { name: s%u, on: read_file, path: '/s/%u/*.c', action: allow }\n"
			"  - { name: d%u, on: read_file, path: '/**/*.d%u', action: allow }\n",
			i, i, i, i, i, i, i, i);
	loading = policies_load_text(text);
	assert_string_equal(loading.fault.text, "");
	for (unsigned i = 0; i < 120; i++) {
		static const char *const formats[][2] = {
			{ "/t/%u", "t%u" },	    { "/t/%u/a/b", "t%u" },
			{ "/n%u/a", "n%u" },	    { "/a/b/n%u/a", "n%u" },
			{ "/s/%u/x.c", "s%u" },	    { "/a/b.d%u", "d%u" },
			{ "/t/%u0000", "default" }, { "/s/%u/x/y.c", "default" },
		};

		for (size_t f = 0; f < COUNT_OF(formats); f++) {
			struct event event = { .action = ACTION_READ_FILE };
			struct decision decision;
			char path[64], rule[64];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
			(void)snprintf(path, sizeof(path), formats[f][0], i);
			(void)snprintf(rule, sizeof(rule), formats[f][1], i);
#pragma GCC diagnostic pop
			event.path = path;
			policy_decide(loading.policy, &event, &decision);
			assert_string_equal(decision.rule, rule);
		}
	}
	policies_release(&loading);
}

/* From each allocation on there is no memory; it is said, and nothing leaks or breaks. */
static void short_of_memory_nothing_is_loaded(void **state)
{
	static const char *const sources[] = { "./a.yaml" };
	static char text[65536];
	size_t used = (size_t)snprintf(text, sizeof(text),
				       HEAD "base: false\nvars: { X: /x }\nrules:\n");
	struct loading loading;
	unsigned long failures = 0;
	bool is_loaded;

	(void)state;
	for (unsigned i = 0; i < 300; i++)
		used += (size_t)snprintf(
			text + used, sizeof(text) - used,
			"  - { name: a%u, on: connect, path: '${X}/{a,b}[c]/', action: allow }\n"
			"  - { name: b%u, host: a%u.example, port: 1, except: { ip: '::1' }, "
			"action: deny }\n",
			i, i, i);
	(void)snprintf(text + used, sizeof(text) - used,
		       "tests: [{ action: execute, path: /x, args: [a, b], expect: deny }]\n");
	policies_write("a.yaml", text, strlen(text));
	do {
		allocations = 0;
		allocations_max = failures;
		loading = policies_load(sources, 1, NULL, 0);
		allocations_max = ULONG_MAX;
		if (loading.result < 0) {
			assert_int_equal(loading.result, -ENOMEM);
			assert_string_equal(loading.fault.text,
					    "cannot load the policy: out of memory");
			assert_null(loading.policy);
			failures++;
		}
		is_loaded = loading.result == 0;
		policies_release(&loading);
	} while (!is_loaded && failures < 1000);
	assert_true(failures > 10 && failures < 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_strictest_matching_rule_decides),
		cmocka_unit_test(deciding_takes_no_memory),
		cmocka_unit_test(the_order_of_rules_and_files_does_not_matter),
		cmocka_unit_test(of_several_defaults_the_strictest_holds),
		cmocka_unit_test(a_program_without_a_name_is_refused_by_default_too),
		cmocka_unit_test(no_rule_is_overlooked_among_many),
		cmocka_unit_test(short_of_memory_nothing_is_loaded),
	};

	return cmocka_run_group_tests(tests, policies_begin, policies_end);
}
