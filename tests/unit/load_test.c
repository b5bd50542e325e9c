/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/explain.h"
#include "rules/plan.h"
#include "tests/support/policies.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define HEAD "version: '1.0'\nname: t\n"

static enum verdict verdict_of(const struct policy *policy, enum action action, const char *path)
{
	const struct event event = { .action = action, .path = path };
	struct decision decision;

	policy_decide(policy, &event, &decision);
	return decision.verdict;
}

static void files_are_merged_with_what_they_extend(void **state)
{
	static const struct policies_file files[POLICIES_MERGED_MAX] = {
		{ "a.yaml", HEAD "base: false\nextends: [./b.yaml, c.yaml]\n" },
		{ "b.yaml", HEAD "extends: ./d.yaml\n"
				 "rules: [{ name: b, on: read_file, path: /b, action: allow }]\n" },
		{ "c.yaml", HEAD "extends: [d.yaml]\n"
				 "rules: [{ name: c, on: read_file, path: /c, action: allow }]\n" },
		{ "d.yaml", HEAD "rules: [{ name: d, on: read_file, path: /b, action: deny }]\n" },
	};
	static const char *const want[] = { "/d.yaml", "/b.yaml", "/c.yaml", "/a.yaml" };
	const char *const sources[] = { "./a.yaml", NULL };
	struct loading loading = policies_load_files(files, sources);

	(void)state;
	assert_string_equal(loading.fault.text, "");
	assert_int_equal(verdict_of(loading.policy, ACTION_READ_FILE, "/b"), VERDICT_DENY);
	assert_int_equal(verdict_of(loading.policy, ACTION_READ_FILE, "/c"), VERDICT_ALLOW);
	assert_int_equal(policy_file_count(loading.policy), COUNT_OF(want));
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		const char *path = policy_file(loading.policy, i);

		assert_int_equal(path[0], '/');
		assert_string_equal(path + strlen(path) - strlen(want[i]), want[i]);
	}
	assert_string_equal(policy_file(loading.policy, COUNT_OF(want)), "");
	policies_release(&loading);
}

static void base_is_there_unless_a_named_policy_says_otherwise(void **state)
{
	static const struct {
		struct policies_file files[POLICIES_MERGED_MAX];
		const char *sources[3];
		bool want;
	} rows[] = {
		{ .sources = { NULL }, .want = true },
		{ .sources = { "base" }, .want = true },
		{ .sources = { "strict" }, .want = true },
		{ { { "a.yaml", HEAD } }, { "./a.yaml" }, true },
		{ { { "a.yaml", HEAD "base: true\n" } }, { "./a.yaml" }, true },
		{ { { "a.yaml", HEAD "base: false\n" } }, { "./a.yaml" }, false },
		{ { { "a.yaml", HEAD "base: false\n" } }, { "./a.yaml", "base" }, true },
		{ { { "a.yaml", HEAD "base: false\nextends: base\n" } }, { "./a.yaml" }, true },
		{ { { "a.yaml", HEAD "extends: b.yaml\n" }, { "b.yaml", HEAD "base: false\n" } },
		  { "./a.yaml" },
		  true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct loading loading = policies_load_files(rows[i].files, rows[i].sources);
		bool is_first;

		assert_string_equal(loading.fault.text, "");
		is_first = strcmp(policy_file(loading.policy, 0), "base.yaml") == 0;
		if (is_first != rows[i].want)
			fail_msg("row %zu", i);
		for (size_t n = 1; n < policy_file_count(loading.policy); n++)
			assert_string_not_equal(policy_file(loading.policy, n), "base.yaml");
		policies_release(&loading);
	}
}

static void only_a_named_policy_can_ask_for_shadow_mode(void **state)
{
	static const struct {
		struct policies_file files[POLICIES_MERGED_MAX];
		const char *sources[3];
		bool want;
	} rows[] = {
		{ { { "a.yaml", HEAD } }, { "./a.yaml" }, false },
		{ { { "a.yaml", HEAD "mode: enforce\n" } }, { "./a.yaml" }, false },
		{ { { "a.yaml", HEAD "mode: shadow\n" } }, { "./a.yaml" }, true },
		{ { { "a.yaml", HEAD "mode: shadow\n" }, { "b.yaml", HEAD } },
		  { "./a.yaml", "./b.yaml" },
		  true },
		{ { { "a.yaml", HEAD "mode: shadow\n" }, { "b.yaml", HEAD "mode: enforce\n" } },
		  { "./a.yaml", "./b.yaml" },
		  false },
		{ { { "a.yaml", HEAD "extends: b.yaml\n" }, { "b.yaml", HEAD "mode: shadow\n" } },
		  { "./a.yaml" },
		  false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct loading loading = policies_load_files(rows[i].files, rows[i].sources);

		assert_string_equal(loading.fault.text, "");
		if (policy_is_shadow(loading.policy) != rows[i].want)
			fail_msg("row %zu", i);
		policies_release(&loading);
	}
}

static void a_variable_means_the_same_wherever_its_file_is_extended(void **state)
{
	static const struct policies_file files[POLICIES_MERGED_MAX] = {
		{ "a.yaml", HEAD
		  "base: false\ndefault: allow\nextends: b.yaml\nvars: { X: /other, Z: '${X}/z' }\n"
		  "rules:\n"
		  "  - { name: a, on: read_file, path: '${X}/a', action: deny }\n"
		  "  - { name: y, on: read_file, path: '${Y}', action: deny }\n"
		  "  - { name: z, on: read_file, path: '${Z}', action: deny }\n" },
		{ "b.yaml",
		  HEAD "vars: { X: /secret, Y: '${X}/y' }\n"
		       "rules: [{ name: b, on: read_file, path: '${X}/', action: deny }]\n" },
	};
	static const struct {
		const char *path;
		enum verdict want;
	} rows[] = {
		{ "/secret/a", VERDICT_DENY }, { "/secret/y", VERDICT_DENY },
		{ "/other/a", VERDICT_DENY },  { "/other/z", VERDICT_DENY },
		{ "/other/y", VERDICT_ALLOW }, { "/other", VERDICT_ALLOW },
	};
	const char *const sources[] = { "./a.yaml", NULL };
	struct loading loading = policies_load_files(files, sources);

	(void)state;
	assert_string_equal(loading.fault.text, "");
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(verdict_of(loading.policy, ACTION_READ_FILE, rows[i].path),
				 rows[i].want);
	policies_release(&loading);
}

static void a_variable_can_be_set(void **state)
{
	static const char text[] = HEAD "base: false\nvars: { DATA: /srv, SUB: '${DATA}/s' }\n"
					"rules: [{ name: d, on: read_file, path: ['${DATA}/a', "
					"'${SUB}'], action: allow }]\n";
	static const struct {
		const char *sets[2];
		const char *granted; /* NULL: does not load */
		const char *fault;
	} rows[] = {
		{ { NULL }, "/srv/a", NULL },
		{ { NULL }, "/srv/s", NULL },
		{ { "DATA=/d" }, "/d/a", NULL },
		{ { "DATA=/d" }, "/d/s", NULL },
		{ { "DATA=/d", "DATA=/e" },
		  NULL,
		  "cannot set a variable: 'DATA=/d': no policy uses it" },
		{ { "DATA=x*" }, "/home/me/ws/x*/a", NULL },
		{ { "OTHER=/d" }, NULL, "cannot set a variable: 'OTHER=/d': no policy uses it" },
		{ { "DATA" }, NULL, "cannot set a variable: 'DATA': NAME=VALUE is needed" },
		{ { "=x" }, NULL, "cannot set a variable: '=x': NAME=VALUE is needed" },
		{ { "A-B=x" }, NULL, "cannot set a variable: 'A-B=x': NAME=VALUE is needed" },
		{ { "HOME=/x" }, NULL, "cannot set a variable: 'HOME=/x': agentos sets it itself" },
		{ { "DATA=~/x" },
		  NULL,
		  "cannot set a variable: 'DATA=~/x': its value counts literally; hint: write the "
		  "home in full" },
	};
	const char *const sources[] = { "./a.yaml" };

	(void)state;
	policies_write("a.yaml", text, strlen(text));
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		size_t count = rows[i].sets[0] ? rows[i].sets[1] ? 2 : 1 : 0;
		struct loading loading = policies_load(sources, 1, rows[i].sets, count);

		assert_string_equal(loading.fault.text, rows[i].fault ? rows[i].fault : "");
		assert_int_equal(loading.result, rows[i].granted ? 0 : -EINVAL);
		if (rows[i].granted)
			assert_int_equal(
				verdict_of(loading.policy, ACTION_READ_FILE, rows[i].granted),
				VERDICT_ALLOW);
		policies_release(&loading);
	}
}

static void the_hash_is_of_names_and_texts(void **state)
{
	static const struct {
		struct policies_file files[POLICIES_MERGED_MAX];
		const char *sources[3];
	} rows[] = {
		{ { { "a.yaml", HEAD } }, { "./a.yaml" } },
		{ { { "a.yaml", HEAD "# x\n" } }, { "./a.yaml" } },
		{ { { "b.yaml", HEAD } }, { "./b.yaml" } },
		{ { { "a.yaml", HEAD "base: false\n" } }, { "./a.yaml" } },
		{ { { "a.yaml", HEAD "extends: strict\n" } }, { "./a.yaml" } },
		{ .sources = { NULL } },
	};
	char hashes[COUNT_OF(rows)][65];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct loading loading = policies_load_files(rows[i].files, rows[i].sources);
		struct loading again = policies_load_files(rows[i].files, rows[i].sources);

		assert_string_equal(loading.fault.text, "");
		(void)snprintf(hashes[i], sizeof(hashes[i]), "%s", policy_hash(loading.policy));
		assert_int_equal(strspn(hashes[i], "0123456789abcdef"), 64);
		assert_string_equal(hashes[i], policy_hash(again.policy));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(hashes[i], hashes[j]);
		policies_release(&loading);
		policies_release(&again);
	}
}

/* Those that refuse, note or count some programs: there the kernel alone cannot decide. */
static bool looks_at_programs(const char *name)
{
	static const char *const names[] = {
		"cost-controls", "data-protection", "development",  "enterprise",
		"gdpr",		 "hipaa",	    "multi-tenant", "production",
		"rate-limiting", "secure-coding",   "sox",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void every_built_in_policy_loads_alone_and_keeps_its_promises(void **state)
{
	(void)state;
	for (const char *const *name = builtin_names(); *name; name++) {
		struct loading loading = policies_load(name, 1, NULL, 0);
		struct policy_test_result result;

		assert_string_equal(loading.fault.text, "");
		policy_test(loading.policy, stderr, &result);
		assert_int_equal(result.failed, 0);
		assert_int_equal(
			verdict_of(loading.policy, ACTION_READ_FILE, "/home/me/.ssh/id_rsa"),
			VERDICT_DENY);
		assert_int_equal(verdict_of(loading.policy, ACTION_WRITE_FILE, "/etc/hosts"),
				 VERDICT_DENY);
		assert_int_equal(verdict_of(loading.policy, ACTION_READ_FILE, "/srv/x"),
				 VERDICT_DENY);
		if (!looks_at_programs(*name))
			assert_false(policy_needs_image_integrity(loading.policy));
		assert_int_equal(policy_execute_is_static(loading.policy),
				 !looks_at_programs(*name));
		assert_false(policy_is_shadow(loading.policy));
		policies_release(&loading);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_merged_with_what_they_extend),
		cmocka_unit_test(base_is_there_unless_a_named_policy_says_otherwise),
		cmocka_unit_test(only_a_named_policy_can_ask_for_shadow_mode),
		cmocka_unit_test(a_variable_means_the_same_wherever_its_file_is_extended),
		cmocka_unit_test(a_variable_can_be_set),
		cmocka_unit_test(the_hash_is_of_names_and_texts),
		cmocka_unit_test(every_built_in_policy_loads_alone_and_keeps_its_promises),
	};

	return cmocka_run_group_tests(tests, policies_begin, policies_end);
}
