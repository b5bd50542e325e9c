/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>

#include "rules/limits.h"
#include "tests/support/policies.h"

#define SECOND 1000000000ULL
#define START (1000 * SECOND)

#define HEAD "version: \"1.0\"\nname: t\nbase: false\nrules:\n"

struct scene {
	struct loading loading;
	struct limits *limits;
};

static struct scene begin(const char *rules)
{
	struct scene scene = { 0 };
	char text[2048];

	(void)snprintf(text, sizeof(text), HEAD "%s", rules);
	scene.loading = policies_load_text(text);
	assert_string_equal(scene.loading.fault.text, "");
	scene.limits = limits_new(scene.loading.policy);
	assert_non_null(scene.limits);
	return scene;
}

static void end(struct scene *scene)
{
	limits_free(scene->limits);
	policies_release(&scene->loading);
}

/* What comes of a read at a time; @rule of the decision must be as said, unless that is NULL. */
static enum verdict take(struct scene *scene, const struct event *event, uint64_t now,
			 const char *rule)
{
	struct decision decision;

	policy_decide(scene->loading.policy, event, &decision);
	limits_take(scene->limits, event, &decision, now);
	if (rule)
		assert_string_equal(decision.rule, rule);
	return decision.verdict;
}

static const struct event reading = {
	.action = ACTION_READ_FILE, .path = "/srv/x", .agent = "a", .program = "/bin/p"
};

static void as_many_as_the_limit_says_go_through(void **state)
{
	struct scene scene = begin("  - { name: all, on: read_file, path: /, action: allow }\n"
				   "  - { name: few, on: read_file, path: /srv/, limit: 3/10s }\n");
	struct decision decision;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(take(&scene, &reading, START, "all"), VERDICT_ALLOW);
	assert_int_equal(take(&scene, &reading, START, "few"), VERDICT_DENY);
	/* One more when a third of the time has passed, and no second one. */
	assert_int_equal(take(&scene, &reading, START + 3 * SECOND, "few"), VERDICT_DENY);
	assert_int_equal(take(&scene, &reading, START + 4 * SECOND, "all"), VERDICT_ALLOW);
	assert_int_equal(take(&scene, &reading, START + 4 * SECOND, "few"), VERDICT_DENY);
	/* After a long time all three, not more. */
	for (int i = 0; i < 3; i++)
		assert_int_equal(take(&scene, &reading, START + 999 * SECOND, "all"),
				 VERDICT_ALLOW);
	policy_decide(scene.loading.policy, &reading, &decision);
	limits_take(scene.limits, &reading, &decision, START + 999 * SECOND);
	assert_string_equal(decision.message, "at most 3/10s, again in 4 s");
	assert_int_equal(decision.line, 6);
	end(&scene);
}

static void a_limit_alone_grants_nothing(void **state)
{
	struct scene scene = begin("  - { name: few, on: read_file, path: /srv/, limit: 3/10s }\n");

	(void)state;
	assert_int_equal(take(&scene, &reading, START, "default"), VERDICT_DENY);
	end(&scene);
}

static void a_rule_can_grant_and_limit_at_once(void **state)
{
	struct scene scene = begin("  - { name: few, on: read_file, path: /srv/, limit: 1/10s, "
				   "action: allow, message: slowly }\n");
	struct decision decision;

	(void)state;
	assert_int_equal(take(&scene, &reading, START, "few"), VERDICT_ALLOW);
	policy_decide(scene.loading.policy, &reading, &decision);
	limits_take(scene.limits, &reading, &decision, START);
	assert_int_equal(decision.verdict, VERDICT_DENY);
	assert_string_equal(decision.message, "slowly; at most 1/10s, again in 10 s");
	end(&scene);
}

static void a_refusing_rule_refuses_what_exceeds_its_limit(void **state)
{
	struct scene scene = begin("  - { name: all, on: read_file, path: /, action: allow }\n"
				   "  - { name: two, on: read_file, path: /srv/, limit: 2/10s, "
				   "action: kill }\n"
				   "  - { name: one, on: read_file, limit: 1/10s }\n");

	(void)state;
	assert_int_equal(take(&scene, &reading, START, "all"), VERDICT_ALLOW);
	/* What is refused does not count for the other. */
	assert_int_equal(take(&scene, &reading, START, "one"), VERDICT_DENY);
	assert_int_equal(take(&scene, &reading, START, "one"), VERDICT_DENY);
	assert_int_equal(take(&scene, &reading, START + 10 * SECOND, "all"), VERDICT_ALLOW);
	end(&scene);
	scene = begin(
		"  - { name: all, on: read_file, path: /, action: allow }\n"
		"  - { name: two, on: read_file, path: /srv/, limit: 2/10s, action: kill }\n");
	assert_int_equal(take(&scene, &reading, START, "all"), VERDICT_ALLOW);
	assert_int_equal(take(&scene, &reading, START, "all"), VERDICT_ALLOW);
	assert_int_equal(take(&scene, &reading, START, "two"), VERDICT_KILL);
	end(&scene);
}

static void what_is_counted_apart_has_a_limit_each(void **state)
{
	static const struct {
		const char *by;
		struct event first, same, other;
	} rows[] = {
		{ "program",
		  { .action = ACTION_CONNECT, .host = "h", .port = 1, .program = "/bin/p" },
		  { .action = ACTION_CONNECT, .host = "i", .port = 2, .program = "/bin/p" },
		  { .action = ACTION_CONNECT, .host = "h", .port = 1, .program = "/bin/q" } },
		{ "host",
		  { .action = ACTION_CONNECT, .host = "h", .port = 1, .program = "/bin/p" },
		  { .action = ACTION_CONNECT, .host = "h", .port = 2, .program = "/bin/q" },
		  { .action = ACTION_CONNECT, .host = "i", .port = 1, .program = "/bin/p" } },
		{ "agent",
		  { .action = ACTION_CONNECT, .host = "h", .port = 1, .agent = "a" },
		  { .action = ACTION_CONNECT, .host = "i", .port = 1, .agent = "a" },
		  { .action = ACTION_CONNECT, .host = "h", .port = 1, .agent = "b" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char rules[256];
		struct scene scene;

		(void)snprintf(rules, sizeof(rules),
			       "  - { name: r, on: connect, host: [h, i], action: allow, limit: "
			       "1/hour, limit_by: %s }\n",
			       rows[i].by);
		scene = begin(rules);
		assert_int_equal(take(&scene, &rows[i].first, START, "r"), VERDICT_ALLOW);
		assert_int_equal(take(&scene, &rows[i].same, START, "r"), VERDICT_DENY);
		assert_int_equal(take(&scene, &rows[i].other, START, "r"), VERDICT_ALLOW);
		end(&scene);
	}
}

/* More keys than there is room for: what does not fit is refused, what is there stays counted. */
static void what_cannot_be_counted_is_refused(void **state)
{
	struct scene scene = begin("  - { name: r, on: connect, host: \"*.example.com\", action: "
				   "allow, limit: 1/hour, limit_by: host }\n");
	unsigned granted = 0, again = 0;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (unsigned i = 0; i < 10000; i++) {
			struct event event = { .action = ACTION_CONNECT, .port = 1 };
			char host[32];

			(void)snprintf(host, sizeof(host), "h%u.example.com", i);
			event.host = host;
			if (verdict_grants(take(&scene, &event, START + (unsigned)round, "r")))
				*(round ? &again : &granted) += 1;
		}
	}
	assert_in_range(granted, 3000, 4096);
	/* Those that found no place the first time find none now, but for a few. */
	assert_in_range(again, 0, 4096 - granted);
	end(&scene);
}

static atomic_uint granted;

static void *take_many(void *scene)
{
	for (int i = 0; i < 2000; i++)
		if (verdict_grants(take(scene, &reading, START, NULL)))
			atomic_fetch_add(&granted, 1);
	return NULL;
}

static void threads_share_one_limit(void **state)
{
	struct scene scene = begin(
		"  - { name: few, on: read_file, path: /srv/, limit: 1000/hour, action: allow }\n");
	pthread_t threads[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_many, &scene), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(granted, 1000);
	end(&scene);
}

static void too_many_refusals_lead_to_a_signal(void **state)
{
	struct loading loading = policies_load_text(
		"version: \"1.0\"\nname: t\nbase: false\nescalate: { denials: 2/10s, signal: "
		"SIGKILL }\n"
		"rules:\n  - { name: no, on: read_file, path: /, action: deny, message: no }\n");
	struct limits *limits = limits_new(loading.policy);
	static const struct {
		uint64_t at;
		enum verdict verdict;
		const char *message;
	} rows[] = {
		{ 0, VERDICT_DENY, "no" },
		{ 1, VERDICT_DENY, "no" },
		{ 2, VERDICT_KILL, "no; too many refusals: 2 in 10 s" },
		{ 7, VERDICT_DENY, "no" },
		{ 7, VERDICT_KILL, "no; too many refusals: 2 in 10 s" },
	};

	(void)state;
	assert_string_equal(loading.fault.text, "");
	assert_true(limits_exist(loading.policy));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct decision decision;

		policy_decide(loading.policy, &reading, &decision);
		limits_escalate(limits, &decision, START + rows[i].at * SECOND);
		assert_int_equal(decision.verdict, rows[i].verdict);
		assert_string_equal(decision.message, rows[i].message);
		assert_string_equal(decision.rule, "no");
	}
	limits_free(limits);
	policies_release(&loading);
}

static void a_grant_ends_with_its_day(void **state)
{
	struct scene scene = begin(
		"  - { name: past, on: read_file, path: /srv/, action: allow, "
		"until: 2020-01-01 }\n"
		"  - { name: future, on: write_file, path: /srv/, action: allow, "
		"until: 2100-01-01 }\n");
	struct event writing = reading;

	(void)state;
	writing.action = ACTION_WRITE_FILE;
	assert_int_equal(take(&scene, &reading, START, "default"), VERDICT_DENY);
	assert_int_equal(take(&scene, &writing, START, "future"), VERDICT_ALLOW);
	end(&scene);
}

/* The last level that was visited, and how many were. */
struct seen {
	struct limit_level level;
	unsigned count;
};

static int note_level(const struct limit_level *level, void *data)
{
	struct seen *seen = data;

	seen->level = *level;
	seen->count++;
	return 0;
}

static struct seen look(const struct scene *scene, const struct event *event, uint64_t now)
{
	struct seen seen = { .count = 0 };

	assert_int_equal(limits_levels(scene->limits, event, now, note_level, &seen), 0);
	return seen;
}

static void a_level_is_what_is_used_and_when_it_ends(void **state)
{
	struct scene scene = begin("  - { name: all, on: read_file, path: /, action: allow }\n"
				   "  - { name: few, on: read_file, path: /srv/, limit: 3/9s }\n");
	static const struct {
		unsigned at, used, wait, full;
	} rows[] = {
		{ 0, 3, 3, 9 }, { 1, 3, 2, 8 }, { 3, 2, 0, 6 }, { 8, 1, 0, 1 }, { 9, 0, 0, 0 }
	};
	struct seen seen = look(&scene, &reading, START);

	(void)state;
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.level.used, 0);
	assert_int_equal(seen.level.full, 0);
	for (int i = 0; i < 4; i++)
		(void)take(&scene, &reading, START, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t now = START + rows[i].at * SECOND;

		/* Looking changes nothing. */
		(void)look(&scene, &reading, now);
		seen = look(&scene, &reading, now);
		assert_string_equal(seen.level.rule, "few");
		assert_int_equal(seen.level.line, 6);
		assert_int_equal(seen.level.rate.count, 3);
		assert_int_equal(seen.level.used, rows[i].used);
		assert_int_equal(seen.level.wait, rows[i].wait * SECOND);
		assert_int_equal(seen.level.full, rows[i].full * SECOND);
	}
	end(&scene);
}

static void what_is_recalled_is_what_was_counted(void **state)
{
	static const char rules[] = "  - { name: all, on: read_file, path: /, action: allow }\n"
				    "  - { name: few, on: read_file, path: /srv/, limit: 5/60s, "
				    "limit_by: program }\n"
				    "escalate: { denials: 4/minute, signal: SIGKILL }\n";
	struct scene scene = begin(rules);
	struct scene again = begin(rules);
	struct event other = reading;

	(void)state;
	other.program = "/bin/q";
	for (unsigned i = 0; i < 20; i++) {
		const struct event *event = i % 4 ? &reading : &other;
		uint64_t now = START + i * SECOND / 10;
		struct decision decision;

		policy_decide(scene.loading.policy, event, &decision);
		limits_take(scene.limits, event, &decision, now);
		if (decision.verdict == VERDICT_DENY)
			limits_escalate(scene.limits, &decision, now);
		limits_recall(again.limits, event, decision.verdict, now);
		for (int j = 0; j < 2; j++) {
			struct seen want = look(&scene, j ? &reading : &other, now);
			struct seen have = look(&again, j ? &reading : &other, now);

			assert_int_equal(want.count, 2);
			assert_int_equal(want.level.used, have.level.used);
			assert_int_equal(want.level.full, have.level.full);
		}
	}
	assert_int_equal(look(&again, &reading, START + 2 * SECOND).level.used, 4);
	end(&scene);
	end(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_many_as_the_limit_says_go_through),
		cmocka_unit_test(a_limit_alone_grants_nothing),
		cmocka_unit_test(a_rule_can_grant_and_limit_at_once),
		cmocka_unit_test(a_refusing_rule_refuses_what_exceeds_its_limit),
		cmocka_unit_test(what_is_counted_apart_has_a_limit_each),
		cmocka_unit_test(what_cannot_be_counted_is_refused),
		cmocka_unit_test(threads_share_one_limit),
		cmocka_unit_test(too_many_refusals_lead_to_a_signal),
		cmocka_unit_test(a_grant_ends_with_its_day),
		cmocka_unit_test(a_level_is_what_is_used_and_when_it_ends),
		cmocka_unit_test(what_is_recalled_is_what_was_counted),
	};

	return cmocka_run_group_tests(tests, policies_begin, policies_end);
}
