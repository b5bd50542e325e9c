/* SPDX-License-Identifier: MIT */
/*
 * Policy text: whatever it is, loading ends, and says what is wrong or makes a policy that keeps
 * what rules/policy.h promises.
 *
 * The input is a policy; after a NUL, paths to decide about, one a line.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rules/explain.h"
#include "rules/letters.h"
#include "rules/plan.h"

#define PATHS_MAX 8
#define PATH_SIZE 256

static char folder[] = "/tmp/agentos-fuzz.XXXXXX";
static char file[64];

static void folder_remove(void)
{
	(void)unlink(file);
	(void)rmdir(folder);
}

static void policy_write(const uint8_t *text, size_t size)
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

static int load(struct policy **policy)
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
	int r = policy_load(sources, 1, &scope, policy, &errors, &fault);

	if (r == 0 ? errors.count != 0 : !fault.text[0] || *policy)
		abort();
	policy_errors_release(&errors);
	return r;
}

static enum verdict decide(const struct policy *policy, enum action action, const char *path)
{
	static const char *const argv[] = { "x", "push", "origin" };
	const struct event event = {
		.action = action,
		.path = path,
		.program = "/usr/bin/git",
		.argv = argv,
		.argc = 3,
		.protocol = PROTOCOL_UNIX,
	};
	struct decision decision;

	policy_decide(policy, &event, &decision);
	if (decision.verdict >= VERDICT_COUNT || !decision.rule || !decision.file ||
	    !decision.message)
		abort();
	return decision.verdict;
}

struct search {
	const char *path;
	bool in_hull, in_exact;
};

static int note_tree(const char *tree, bool is_exact, void *data)
{
	struct search *search = data;
	size_t len = strcmp(tree, "/") == 0 ? 0 : strlen(tree);

	if (strncmp(search->path, tree, len) == 0 &&
	    (search->path[len] == '\0' || search->path[len] == '/')) {
		search->in_hull = true;
		search->in_exact = search->in_exact || is_exact;
	}
	return 0;
}

/* The names that are tried below a directory. */
static const char *const names[] = {
	"a", ".env", ".git/hooks/x", "x.key", "a/b/c", "b", ".git/config", "aa",
};

#define NAMES (sizeof(names) / sizeof(names[0]))

static void below(const char *path, const char *name, char *out)
{
	(void)snprintf(out, 2 * PATH_SIZE, "%s/%s", strcmp(path, "/") == 0 ? "" : path, name);
}

static void check_path(const struct policy *policy, enum action action, const char *path)
{
	struct search search = { .path = path };
	bool is_clean = policy_tree_is_clean(policy, action, path);
	bool grants = verdict_grants(decide(policy, action, path));
	char text[2 * PATH_SIZE];

	(void)policy_trees(policy, action, note_tree, &search);
	if (grants && !search.in_hull && strncmp(path, "/memfd:", 7) != 0)
		abort();
	if (action == ACTION_EXECUTE && policy_execute_is_static(policy) &&
	    grants != search.in_exact && !strstr(path, "(deleted)") && !strstr(path, "memfd:"))
		abort();
	if (!is_clean || action == ACTION_EXECUTE)
		return;
	for (size_t i = 0; i < NAMES; i++) {
		below(path, names[i], text);
		if (decide(policy, action, text) != VERDICT_ALLOW)
			abort();
	}
}

/* Whether a rule refuses, and not only the default: then its name, else "". */
static const char *refusal(const struct policy *policy, const char *path)
{
	const struct event event = {
		.action = ACTION_WRITE_FILE,
		.path = path,
		.program = "/usr/bin/git",
	};
	struct decision decision;

	policy_decide(policy, &event, &decision);
	return verdict_grants(decision.verdict) || strcmp(decision.rule, "default") == 0
		       ? ""
		       : decision.rule;
}

/* A folded path is no longer than before, and what a folded policy says of it is a refusal. */
static void check_folded(const struct policy *folded, enum action action, const char *path)
{
	char text[PATH_SIZE];
	struct event event = { .action = action, .path = letters_fold_path(path, text) };
	struct decision decision;

	if (strlen(text) > strlen(path))
		abort();
	if (policy_refuses(folded, &event, &decision) && verdict_grants(decision.verdict))
		abort();
}

/* Where two names agree, what is below is refused by the same rule, or by none. */
static void check_rename(const struct policy *policy, const char *from, const char *to)
{
	char at_from[2 * PATH_SIZE], at_to[2 * PATH_SIZE];

	if (!policy_names_agree(policy, from, to))
		return;
	if (!policy_names_agree(policy, to, from))
		abort();
	for (size_t i = 0; i < NAMES; i++) {
		below(from, names[i], at_from);
		below(to, names[i], at_to);
		if (strcmp(refusal(policy, at_from), refusal(policy, at_to)) != 0)
			abort();
	}
}

static size_t split(const uint8_t *data, size_t size, char paths[][PATH_SIZE])
{
	static const char *const usual[] = { "/", "/home/me/ws", "/home/me/ws/.git", "/usr/bin/git",
					     "/memfd:x (deleted)" };
	size_t count = 0;

	for (; count < sizeof(usual) / sizeof(usual[0]); count++)
		(void)snprintf(paths[count], PATH_SIZE, "%s", usual[count]);
	while (size > 1 && count < PATHS_MAX) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end ? (size_t)(end - data) : size;

		(void)snprintf(paths[count++], PATH_SIZE, "/%.*s", (int)(len < 200 ? len : 200),
			       (const char *)data);
		data += end ? len + 1 : len;
		size -= end ? len + 1 : len;
	}
	return count;
}

/* A resolved path has neither empty names nor a slash at its end. */
static bool is_resolved(const char *path)
{
	size_t len = strlen(path);

	return !strstr(path, "//") && (len == 1 || path[len - 1] != '/');
}

static void question(const struct policy *policy, char paths[][PATH_SIZE], size_t count)
{
	struct policy *folded = policy_fold(policy);

	if (!folded)
		abort();
	for (size_t i = 0; i < count; i++) {
		if (!is_resolved(paths[i]))
			continue;
		for (int action = 1; action < ACTION_COUNT; action++) {
			check_path(policy, (enum action)action, paths[i]);
			check_folded(folded, (enum action)action, paths[i]);
		}
		for (size_t j = 0; j < i; j++)
			if (is_resolved(paths[j]))
				check_rename(policy, paths[j], paths[i]);
	}
	policy_free(folded);
}

static void print(const struct policy *policy)
{
	const struct event event = { .action = ACTION_CONNECT, .host = "a.example", .port = 443 };
	struct policy_test_result result;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	policy_test(policy, out, &result);
	policy_explain(policy, &event, out);
	if (policy_show(policy, false, out) < 0 || policy_show(policy, true, out) < 0)
		abort();
	(void)fclose(out);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\0', size) : NULL;
	size_t text_size = end ? (size_t)(end - data) : size;
	char paths[PATHS_MAX][PATH_SIZE];
	struct policy *policy = NULL;
	size_t count;

	policy_write(data, text_size);
	if (load(&policy) < 0)
		return 0;
	count = split(data + text_size + (end ? 1 : 0), size - text_size - (end ? 1 : 0), paths);
	question(policy, paths, count);
	print(policy);
	policy_free(policy);
	return 0;
}
