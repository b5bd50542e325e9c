/* SPDX-License-Identifier: MIT */
/*
 * AGENTS.md: whatever the text is, either it is said what is wrong with it, or the policy that follows loads and
 * keeps its refusals; what a list does not grant is not granted.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rules/agents_policy.h"
#include "rules/explain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/agentos-fuzz.XXXXXX";
static char file[64];

static void folder_remove(void)
{
	(void)unlink(file);
	(void)rmdir(folder);
}

static void policy_keep(const char *text, size_t size)
{
	FILE *out;

	if (!file[0]) {
		if (!mkdtemp(folder))
			abort();
		(void)snprintf(file, sizeof(file), "%s/p.yaml", folder);
		(void)atexit(folder_remove);
	}
	out = fopen(file, "we");
	if (!out || fwrite(text, 1, size, out) != size || fclose(out) != 0)
		abort();
}

static struct policy *load(void)
{
	static const struct policy_scope scope = {
		.workspace = "/home/me/ws",
		.home = "/home/me",
		.tmpdir = "/tmp/agentos-1",
		.cwd = "/home/me/ws",
		.user = "me",
		.agent = "fuzz",
	};
	const char *const sources[] = { file };
	struct policy_errors errors = { 0 };
	struct fault fault = { 0 };
	struct policy *policy = NULL;

	if (policy_load(sources, 1, &scope, &policy, &errors, &fault) < 0) {
		(void)fprintf(stderr, "%s\n", fault.text);
		abort();
	}
	policy_errors_release(&errors);
	return policy;
}

/* Whether anything that was understood grants @deed, or names a policy that may. */
static bool is_granted(const struct agents_md *md, enum agents_deed deed)
{
	for (const struct agents_item *item = md->items; item; item = item->next)
		if (!item->why && (item->is_named ||
				   (item->mood != AGENTS_NEVER && item->deeds & AGENTS_BIT(deed))))
			return true;
	return false;
}

static bool grants(const struct policy *policy, const struct event *event)
{
	struct decision decision;

	policy_decide(policy, event, &decision);
	return decision.verdict <= VERDICT_ASK;
}

static void check_grants(const struct agents_md *md, const struct policy *policy)
{
	const struct event outside = { .action = ACTION_READ_FILE, .path = "/home/me/notes" };
	const struct event inside = { .action = ACTION_WRITE_FILE, .path = "/home/me/ws/x" };
	const struct event away = {
		.action = ACTION_CONNECT,
		.host = "a.example",
		.port = 443,
		.protocol = PROTOCOL_TCP,
	};

	if (!is_granted(md, AGENTS_READ) && grants(policy, &outside))
		abort();
	if (md->has_list && !is_granted(md, AGENTS_WRITE) && grants(policy, &inside))
		abort();
	if (!is_granted(md, AGENTS_CALL) && !is_granted(md, AGENTS_MAIL) && grants(policy, &away))
		abort();
}

/* Whether a line of a report is about a refusal: what was expected comes last, behind what the text named. */
static bool is_refusal(const char *line, size_t size)
{
	static const char expected[] = "': expected ";
	size_t length = sizeof(expected) - 1;

	for (size_t at = size; at-- > 0;)
		if (size - at > length && memcmp(line + at, expected, length) == 0)
			return strncmp(line + at + length, "deny", strlen("deny")) == 0;
	return false;
}

static bool has_refusal(const char *report)
{
	while (*report) {
		size_t size = strcspn(report, "\n");

		if (is_refusal(report, size))
			return true;
		report += size + (report[size] == '\n');
	}
	return false;
}

/* A refusal among the tests that does not hold. */
static void check_tests(const struct policy *policy, unsigned rows)
{
	struct policy_test_result result;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	policy_test(policy, out, &result);
	(void)fclose(out);
	if (result.passed + result.failed != rows || has_refusal(text))
		abort();
	free(text);
}

static void check_policy(const struct agents_md *md)
{
	char *text = NULL;
	size_t size = 0;
	unsigned first, rows;
	bool has_contents;
	struct policy *policy;
	FILE *out = open_memstream(&text, &size);

	if (!out || agents_policy_write(md, NULL, 0, out, &first, &rows, &has_contents) < 0 ||
	    fclose(out) != 0)
		abort();
	policy_keep(text, size);
	policy = load();
	check_grants(md, policy);
	check_tests(policy, rows);
	policy_free(policy);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy_errors errors = { 0 };
	struct arena arena = { 0 };
	struct agents_md md = { 0 };
	struct fault fault = { 0 };
	int r = agents_md_read(&arena, "AGENTS.md", (const char *)data, size, &md, &errors, &fault);

	if (r == 0)
		check_policy(&md);
	else if (r != -EINVAL || errors.count == 0)
		abort();
	policy_errors_release(&errors);
	arena_release(&arena);
	return 0;
}
