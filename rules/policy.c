/* SPDX-License-Identifier: MIT */
/*
 * Loading goes in rounds over all files: read, merge, index; so that where a
 * rule stands never matters.
 */
#include "rules/policy.h"

#include <errno.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clean.h"
#include "common/hash.h"
#include "rules/merge.h"
#include "rules/variables.h"

static int merge_files(struct policy *policy, const struct load *load)
{
	struct merge merge = {
		.policy = policy,
		.compile = { .arena = load->arena, .errors = load->errors },
	};

	for (const struct loaded *file = load->files; file; file = file->next)
		merge_file(&merge, file);
	merge_finish(&merge);
	if (merge.compile.no_memory)
		return -ENOMEM;
	return load->errors->count > 0 ? -EINVAL : 0;
}

/* Names and texts, each with its length, so that nothing can be moved from one to the other. */
static void hash_files(const struct loaded *files, char *hash, size_t hash_size)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;

	(void)crypto_hash_sha256_init(&state);
	for (const struct loaded *file = files; file; file = file->next) {
		const char *label = file->source->label;
		char head[64];
		int len = snprintf(head, sizeof(head), "%zu:%zu:", strlen(label), file->size);

		(void)crypto_hash_sha256_update(&state, (const unsigned char *)head, (size_t)len);
		(void)crypto_hash_sha256_update(&state, (const unsigned char *)label,
						strlen(label));
		(void)crypto_hash_sha256_update(&state, (const unsigned char *)file->text,
						file->size);
	}
	(void)crypto_hash_sha256_final(&state, digest);
	(void)sodium_bin2hex(hash, hash_size, digest, sizeof(digest));
}

/* While hosts are collected: each name once. */
struct collecting {
	struct policy *policy;
	const struct host **end;
	size_t bucket_count; /* a power of two; 0: they are only counted */
	struct bucket {
		const struct bucket *next;
		const struct host *host;
	} * *buckets;
	size_t count;
};

static int host_add(struct collecting *collecting, const char *name)
{
	struct arena *arena = &collecting->policy->arena;
	struct bucket **bucket, *entry;
	struct host *host;

	collecting->count++;
	if (collecting->bucket_count == 0)
		return 0;
	bucket = &collecting
			  ->buckets[hash_string(HASH_START, name) & (collecting->bucket_count - 1)];
	for (const struct bucket *at = *bucket; at; at = at->next)
		if (strcmp(at->host->name, name) == 0)
			return 0;
	host = arena_alloc(arena, sizeof(*host));
	entry = arena_alloc(arena, sizeof(*entry));
	if (!host || !entry)
		return -ENOMEM;
	host->name = name;
	*entry = (struct bucket){ .next = *bucket, .host = host };
	*bucket = entry;
	*collecting->end = host;
	collecting->end = &host->next;
	return 0;
}

/* Those of refusing rules and of exceptions too: else an address could not be told to be theirs. */
static int hosts_add(struct collecting *collecting)
{
	int r = 0;

	for (const struct rule *rule = collecting->policy->rules; rule; rule = rule->next) {
		const struct match *match = &rule->match;

		if (!rule->enabled || !(rule->actions & ACTION_BIT(ACTION_CONNECT)))
			continue;
		while (match && r == 0) {
			for (const struct address *at = match->hosts; at && r == 0; at = at->next)
				r = at->kind == ADDRESS_NAME ? host_add(collecting, at->name) : 0;
			match = match == &rule->match ? rule->excepts : match->next;
		}
	}
	return r;
}

static int hosts_collect(struct policy *policy)
{
	struct collecting collecting = { .policy = policy, .end = &policy->hosts };
	size_t bucket_count = 16;

	(void)hosts_add(&collecting);
	while (bucket_count < collecting.count)
		bucket_count *= 2;
	collecting.buckets = arena_alloc(&policy->arena,
					 bucket_count * sizeof(*collecting.buckets));
	collecting.bucket_count = bucket_count;
	return collecting.buckets ? hosts_add(&collecting) : -ENOMEM;
}

static int finish(struct policy *policy, const struct load *load)
{
	const struct source **end = &policy->sources;
	int r = 0;

	for (const struct loaded *file = load->files; file; file = file->next) {
		*end = file->source;
		end = &file->source->next;
		policy->source_count++;
	}
	for (int i = 1; i < ACTION_COUNT && r == 0; i++)
		r = index_build(&policy->arena, policy->rules, (enum action)i, &policy->indexes[i]);
	if (r == 0)
		r = hosts_collect(policy);
	hash_files(load->files, policy->hash, sizeof(policy->hash));
	return r;
}

static int check_sets(const struct policy_scope *scope, const bool *set_used, struct fault *fault)
{
	for (size_t i = 0; i < scope->set_count; i++)
		if (!set_used[i])
			return fault_set(fault, -EINVAL,
					 "cannot set a variable: '%s': no policy uses it",
					 scope->sets[i]);
	return 0;
}

static int build(struct policy *policy, struct load *load, const char *const *sources,
		 size_t source_count, const struct policy_scope *scope)
{
	CLEAN_FREE bool *set_used = calloc(scope->set_count + 1, sizeof(*set_used));
	int r = set_used ? 0 : -ENOMEM;

	if (r == 0)
		r = variables_of_scope(load->arena, scope, set_used, &load->variables, load->fault);
	if (r == 0)
		r = load_all(load, sources, source_count);
	if (r == 0)
		r = merge_files(policy, load);
	if (r == 0)
		r = check_sets(scope, set_used, load->fault);
	return r == 0 ? finish(policy, load) : r;
}

/* The first error as the sentence of @fault, unless it has one of its own. */
static void fault_from_errors(struct fault *fault, int code, const struct policy_errors *errors)
{
	const struct policy_error *first = errors->items;

	if (errors->count > 0)
		(void)fault_set(fault, code, "%s:%u:%u: %s", first->file, first->line,
				first->column, first->text);
	else if (code == -ENOMEM)
		(void)fault_set(fault, code, "cannot load the policy: out of memory");
}

int policy_load(const char *const *sources, size_t source_count, const struct policy_scope *scope,
		struct policy **out_policy, struct policy_errors *errors, struct fault *fault)
{
	struct policy *policy = calloc(1, sizeof(*policy));
	struct load load = { .errors = errors, .fault = fault };
	int r;

	if (!policy || sodium_init() < 0) {
		free(policy);
		return fault_set(fault, -ENOMEM, "cannot load the policy: out of memory");
	}
	load.arena = &policy->arena;
	r = build(policy, &load, sources, source_count, scope);
	if (r < 0) {
		errors_sort(errors);
		fault_from_errors(fault, r, errors);
		policy_free(policy);
		return r;
	}
	*out_policy = policy;
	return 0;
}

void policy_free(struct policy *policy)
{
	if (!policy)
		return;
	arena_release(&policy->arena);
	free(policy);
}

bool policy_is_shadow(const struct policy *policy)
{
	return policy->shadow;
}

const char *policy_hash(const struct policy *policy)
{
	return policy->hash;
}

size_t policy_file_count(const struct policy *policy)
{
	return policy->source_count;
}

const char *policy_file(const struct policy *policy, size_t index)
{
	const struct source *source = policy->sources;

	while (index-- > 0 && source)
		source = source->next;
	return source ? source->path : "";
}

const struct policy_limits *policy_limits(const struct policy *policy)
{
	return &policy->limits;
}

enum policy_record policy_record(const struct policy *policy)
{
	return policy->record;
}
