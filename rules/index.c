/* SPDX-License-Identifier: MIT */
#include "rules/index.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* FNV-1a, 32 bits. The two kinds of keys start differently, so that they differ. */
#define HASH_PREFIX 2166136261u
#define HASH_NAME 84696351u
#define HASH_PRIME 16777619u

static uint32_t hash_byte(uint32_t hash, char byte)
{
	return (hash ^ (unsigned char)byte) * HASH_PRIME;
}

static uint32_t hash_bytes(uint32_t hash, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = hash_byte(hash, bytes[i]);
	return hash;
}

/* "/(any)/NAME": the literal name that must be somewhere in the path. */
static bool name_of(const struct glob *glob, char *name, size_t *out_len)
{
	size_t i = 3;

	if (glob->token_count < 4 || glob->tokens[0] != '/' || glob->tokens[1] != GLOB_DIRS)
		return false;
	for (; i < glob->token_count && glob->tokens[i] < 256 && glob->tokens[i] != '/'; i++)
		name[i - 3] = (char)glob->tokens[i];
	*out_len = i - 3;
	return i > 3 &&
	       (i == glob->token_count || glob->tokens[i] == '/' || glob->tokens[i] == GLOB_TREE);
}

/* Length of the whole literal names that a glob starts with; 0 when there are none. */
static size_t prefix_of(const struct glob *glob)
{
	size_t len = glob->prefix_len;

	if (glob->is_literal || glob->is_tree)
		return len;
	while (len > 0 && glob->prefix[len - 1] != '/')
		len--;
	return len > 0 ? len - 1 : 0;
}

static uint32_t key_of(const struct glob *glob, bool *out_found)
{
	char name[GLOB_PATTERN_MAX];
	size_t len;

	*out_found = true;
	if (name_of(glob, name, &len))
		return hash_bytes(HASH_NAME, name, len);
	len = prefix_of(glob);
	*out_found = len > 0;
	return hash_bytes(HASH_PREFIX, glob->prefix, len);
}

static int add(struct arena *arena, struct index *index, const struct rule *rule,
	       const struct glob *glob)
{
	struct index_entry *entry = arena_alloc(arena, sizeof(*entry));
	const struct index_entry **list = &index->always;
	bool found = false;

	if (!entry)
		return -ENOMEM;
	*entry = (struct index_entry){ .rule = rule, .glob = glob };
	if (glob)
		entry->hash = key_of(glob, &found);
	if (found)
		list = &index->buckets[entry->hash & (index->bucket_count - 1)];
	entry->next = *list;
	*list = entry;
	return 0;
}

static bool is_indexed(const struct rule *rule, enum action action)
{
	return rule->enabled && rule->actions & ACTION_BIT(action);
}

static int add_rule(struct arena *arena, struct index *index, const struct rule *rule)
{
	int r = 0;

	if (!(rule->match.fields & FIELD_BIT(FIELD_PATH)))
		return add(arena, index, rule, NULL);
	for (const struct glob *glob = rule->match.paths; glob && r == 0; glob = glob->next)
		r = add(arena, index, rule, glob);
	return r;
}

int index_build(struct arena *arena, const struct rule *rules, enum action action,
		struct index *out)
{
	struct index index = { .bucket_count = 16 };
	size_t count = 0;
	int r = 0;

	for (const struct rule *rule = rules; rule; rule = rule->next)
		for (const struct glob *glob = rule->match.paths; glob; glob = glob->next)
			count += is_indexed(rule, action);
	while (index.bucket_count < 2 * count)
		index.bucket_count *= 2;
	index.buckets = arena_alloc(arena, index.bucket_count * sizeof(*index.buckets));
	if (!index.buckets)
		return -ENOMEM;
	for (const struct rule *rule = rules; rule && r == 0; rule = rule->next)
		if (is_indexed(rule, action))
			r = add_rule(arena, &index, rule);
	if (r == 0)
		*out = index;
	return r;
}

struct visit {
	const char *path;
	size_t len;
	index_fn *call;
	void *data;
};

static void visit_bucket(const struct index *index, uint32_t hash, const struct visit *visit)
{
	const struct index_entry *entry = index->buckets[hash & (index->bucket_count - 1)];

	for (; entry; entry = entry->next)
		if (entry->hash == hash && glob_matches(entry->glob, visit->path, visit->len))
			visit->call(entry->rule, visit->data);
}

void index_visit(const struct index *index, const struct event *event, index_fn *call, void *data)
{
	const char *path = event->path;
	struct visit visit = {
		.path = path, .len = path ? strlen(path) : 0, .call = call, .data = data
	};
	uint32_t prefix = HASH_PREFIX;
	uint32_t name = HASH_NAME;

	for (const struct index_entry *entry = index->always; entry; entry = entry->next)
		if (!entry->glob || (path && glob_matches(entry->glob, path, visit.len)))
			call(entry->rule, data);
	for (size_t i = 0; i <= visit.len && path; i++) {
		if (i == visit.len || path[i] == '/') {
			if (i > 0) {
				visit_bucket(index, prefix, &visit);
				visit_bucket(index, name, &visit);
			}
			name = HASH_NAME;
		} else {
			name = hash_byte(name, path[i]);
		}
		if (i < visit.len)
			prefix = hash_byte(prefix, path[i]);
	}
}
