/* SPDX-License-Identifier: MIT */
/*
 * For unit tests: policies from texts, in a folder of their own that is the current one.
 */
#ifndef AGENTOS_TESTS_SUPPORT_POLICIES_H
#define AGENTOS_TESTS_SUPPORT_POLICIES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rules/policy.h"

#define POLICIES_FILES_MAX 64

static char policies_folder[64];
static char policies_names[POLICIES_FILES_MAX][64];
static size_t policies_count;

static const struct policy_scope policies_scope = {
	.workspace = "/home/me/ws",
	.home = "/home/me",
	.tmpdir = "/tmp/agentos-1",
	.cwd = "/home/me/ws",
	.user = "me",
	.agent = "tester",
};

/* A load and what came of it. */
struct loading {
	struct policy *policy;
	struct policy_errors errors;
	struct fault fault;
	int result;
};

/** policies_begin(), policies_end() - setup and teardown of a group. */
static inline int policies_begin(void **state)
{
	(void)state;
	(void)snprintf(policies_folder, sizeof(policies_folder), "/tmp/agentos-policies.XXXXXX");
	return mkdtemp(policies_folder) && chdir(policies_folder) == 0 ? 0 : -1;
}

static inline int policies_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < policies_count; i++)
		(void)unlink(policies_names[i]);
	return chdir("/") == 0 && rmdir(policies_folder) == 0 ? 0 : -1;
}

/** policies_write() - make or replace a file of @size bytes. */
static inline void policies_write(const char *name, const char *text, size_t size)
{
	FILE *out;
	size_t i = 0;

	(void)unlink(
		name); /* ext4 writes a file that was truncated to the disk when it is closed */
	out = fopen(name, "we");
	if (!out || fwrite(text, 1, size, out) != size || fclose(out) != 0)
		abort();
	while (i < policies_count && strcmp(policies_names[i], name) != 0)
		i++;
	if (i == POLICIES_FILES_MAX)
		abort();
	(void)snprintf(policies_names[i], sizeof(policies_names[i]), "%s", name);
	policies_count = i < policies_count ? policies_count : i + 1;
}

/** policies_load() - load @sources with the usual scope and @sets. */
static inline struct loading policies_load(const char *const *sources, size_t source_count,
					   const char *const *sets, size_t set_count)
{
	struct policy_scope scope = policies_scope;
	struct loading loading = { 0 };

	scope.sets = sets;
	scope.set_count = set_count;
	loading.result = policy_load(sources, source_count, &scope, &loading.policy,
				     &loading.errors, &loading.fault);
	return loading;
}

struct policies_file {
	const char *name, *text;
};

#define POLICIES_MERGED_MAX 5

/** policies_load_files() - write up to POLICIES_MERGED_MAX @files, and load @sources (NULL ends both). */
static inline struct loading policies_load_files(const struct policies_file *files,
						 const char *const *sources)
{
	size_t count = 0;

	for (size_t i = 0; i < POLICIES_MERGED_MAX && files[i].name; i++)
		policies_write(files[i].name, files[i].text, strlen(files[i].text));
	while (sources[count])
		count++;
	return policies_load(sources, count, NULL, 0);
}

/** policies_load_text() - load one file, p.yaml, with this text. */
static inline struct loading policies_load_text(const char *text)
{
	static const char *const sources[] = { "./p.yaml" };

	policies_write("p.yaml", text, strlen(text));
	return policies_load(sources, 1, NULL, 0);
}

/** policies_release() - free what a load made. */
static inline void policies_release(struct loading *loading)
{
	policy_free(loading->policy);
	policy_errors_release(&loading->errors);
	*loading = (struct loading){ 0 };
}

#endif
