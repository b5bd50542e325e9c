/* SPDX-License-Identifier: MIT */
#include "rules/index.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "common/hash.h"

#define PORTS_MAX 16 /* of a range that are looked up one by one */

/* The kinds of keys start differently, so that they differ. */
enum key {
	KEY_PREFIX = 1,
	KEY_NAME,
	KEY_HOST,
	KEY_NETWORK,
	KEY_TABLE,
	KEY_VERB,
	KEY_PROGRAM,
	KEY_METHOD,
	KEY_PORT,
};

static uint64_t start_of(enum key key)
{
	return hash_byte(HASH_START, key);
}

/* In any letter case. */
static uint64_t hash_word(enum key key, const char *bytes, size_t len)
{
	uint64_t hash = start_of(key);

	for (size_t i = 0; i < len; i++)
		hash = hash_byte(hash, (unsigned char)toupper((unsigned char)bytes[i]));
	return hash;
}

static uint64_t hash_network(const struct in6_addr *ip, unsigned bits)
{
	return hash_byte(hash_bytes(start_of(KEY_NETWORK), ip->s6_addr, sizeof(*ip)),
			 (unsigned char)bits);
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

static uint64_t key_of(const struct glob *glob, bool *out_found)
{
	char name[GLOB_PATTERN_MAX];
	size_t len;

	*out_found = true;
	if (name_of(glob, name, &len))
		return hash_bytes(start_of(KEY_NAME), name, len);
	len = prefix_of(glob);
	*out_found = len > 0;
	return hash_bytes(start_of(KEY_PREFIX), glob->prefix, len);
}

/*
 * Building: each key of a rule that is looked up makes an entry in its bucket. All of it is done twice: once to
 * count the entries.
 */

struct build {
	struct arena *arena; /* NULL: count only */
	struct index *index;
	const struct rule *rule;
	size_t count;
	int result;
};

static void add(struct build *build, const struct index_entry **list, const struct glob *glob,
		uint64_t hash)
{
	struct index_entry *entry;

	build->count++;
	if (!build->arena || build->result < 0)
		return;
	entry = arena_alloc(build->arena, sizeof(*entry));
	if (!entry) {
		build->result = -ENOMEM;
		return;
	}
	*entry = (struct index_entry){
		.next = *list, .rule = build->rule, .glob = glob, .hash = hash
	};
	*list = entry;
}

static void add_always(struct build *build, const struct glob *glob)
{
	add(build, &build->index->always, glob, 0);
}

static void add_hashed(struct build *build, const struct glob *glob, uint64_t hash)
{
	struct index *index = build->index;

	/* There are no buckets before all is counted. */
	add(build, build->arena ? &index->buckets[hash & (index->bucket_count - 1)] : NULL, glob,
	    hash);
}

static void add_paths(struct build *build)
{
	for (const struct glob *glob = build->rule->match.paths; glob; glob = glob->next) {
		bool found;
		uint64_t hash = key_of(glob, &found);

		if (found)
			add_hashed(build, glob, hash);
		else
			add_always(build, glob);
	}
}

static uint64_t hash_host(const char *name, size_t len)
{
	uint64_t hash = start_of(KEY_HOST);

	while (len > 0)
		hash = hash_byte(hash, (unsigned char)tolower((unsigned char)name[--len]));
	return hash;
}

static void add_addresses(struct build *build, const struct address *address)
{
	for (; address; address = address->next) {
		if (address->kind == ADDRESS_EVERY) {
			add_always(build, NULL);
		} else if (address->kind == ADDRESS_NETWORK) {
			build->index->has_bits[address->bits / 64] |= 1ULL << address->bits % 64;
			add_hashed(build, NULL, hash_network(&address->ip, address->bits));
		} else {
			build->index->has_hosts = true;
			add_hashed(build, NULL, hash_host(address->name, strlen(address->name)));
		}
	}
}

static void add_words(struct build *build, const struct word *word, enum key key)
{
	for (; word; word = word->next)
		add_hashed(build, NULL, hash_word(key, word->text, strlen(word->text)));
}

static void add_tables(struct build *build, const struct glob *glob)
{
	for (; glob; glob = glob->next) {
		if (glob->is_literal)
			add_hashed(build, NULL,
				   hash_bytes(start_of(KEY_TABLE), glob->prefix, glob->prefix_len));
		else
			add_always(build, NULL);
	}
}

/* The name that whatever a glob matches ends with, after the last slash; NULL when it can be several. */
static const char *last_name(const struct glob *glob, size_t *out_len)
{
	const char *text = glob->is_literal ? glob->prefix : glob->suffix;
	size_t len = glob->is_literal ? glob->prefix_len : glob->suffix_len;
	const char *slash = memrchr(text, '/', len);

	if (slash) {
		*out_len = len - (size_t)(slash + 1 - text);
		return *out_len > 0 ? slash + 1 : NULL;
	}
	*out_len = len;
	if (len == 0)
		return NULL;
	return glob->is_literal || glob->tokens[glob->token_count - len - 1] == GLOB_BODY ? text
											  : NULL;
}

/* A program is looked up by its base name. */
static void add_programs(struct build *build, const struct glob *glob)
{
	for (; glob; glob = glob->next) {
		size_t len;
		const char *name = last_name(glob, &len);

		if (name)
			add_hashed(build, NULL, hash_bytes(start_of(KEY_PROGRAM), name, len));
		else
			add_always(build, NULL);
	}
}

static uint64_t hash_port(uint16_t port)
{
	return hash_bytes(start_of(KEY_PORT), &port, sizeof(port));
}

static void add_ports(struct build *build, const struct port_range *range)
{
	for (; range; range = range->next) {
		if (range->last - range->first >= PORTS_MAX) {
			add_always(build, NULL);
			continue;
		}
		for (unsigned port = range->first; port <= range->last; port++)
			add_hashed(build, NULL, hash_port((uint16_t)port));
	}
}

static void add_rule(struct build *build)
{
	const struct match *match = &build->rule->match;
	struct index *index = build->index;

	if (match->fields & FIELD_BIT(FIELD_PATH)) {
		add_paths(build);
	} else if (match->fields & FIELD_BIT(FIELD_HOST)) {
		add_addresses(build, match->hosts);
	} else if (match->fields & FIELD_BIT(FIELD_IP)) {
		add_addresses(build, match->ips);
	} else if (match->fields & FIELD_BIT(FIELD_TABLES)) {
		index->has_tables = true;
		add_tables(build, match->tables);
		add(build, &index->by_statement, NULL, 0);
	} else if (match->fields & FIELD_BIT(FIELD_VERB)) {
		index->has_verbs = true;
		add_words(build, match->verbs, KEY_VERB);
		add(build, &index->by_statement, NULL, 0);
	} else if (match->fields & FIELD_BIT(FIELD_PROGRAM)) {
		index->has_programs = true;
		add_programs(build, match->programs);
		add(build, &index->by_program, NULL, 0);
	} else if (match->fields & FIELD_BIT(FIELD_METHOD)) {
		index->has_methods = true;
		add_words(build, match->methods, KEY_METHOD);
	} else if (match->fields & FIELD_BIT(FIELD_PORT)) {
		index->has_ports = true;
		add_ports(build, match->ports);
	} else {
		add_always(build, NULL);
	}
}

static void add_rules(struct build *build, const struct rule *rules, enum action action)
{
	for (const struct rule *rule = rules; rule; rule = rule->next) {
		build->rule = rule;
		if (rule->enabled && rule->actions & ACTION_BIT(action))
			add_rule(build);
	}
}

int index_build(struct arena *arena, const struct rule *rules, enum action action,
		struct index *out)
{
	struct index index = { .bucket_count = 16 };
	struct build count = { .index = &index };
	struct build build = { .arena = arena, .index = &index };

	add_rules(&count, rules, action);
	while (index.bucket_count < 2 * count.count)
		index.bucket_count *= 2;
	index.buckets = arena_alloc(arena, index.bucket_count * sizeof(*index.buckets));
	if (!index.buckets)
		return -ENOMEM;
	add_rules(&build, rules, action);
	if (build.result == 0)
		*out = index;
	return build.result;
}

/*
 * Looking up.
 */

struct visit {
	const struct index *index;
	const char *path;
	size_t len;
	index_fn *call;
	void *data;
};

/* Entries whose glob, if they have one, fits the path. */
static void visit_list(const struct visit *visit, const struct index_entry *entry)
{
	for (; entry; entry = entry->next)
		if (!entry->glob ||
		    (visit->path && glob_matches(entry->glob, visit->path, visit->len)))
			visit->call(entry->rule, visit->data);
}

static void visit_bucket(const struct visit *visit, uint64_t hash)
{
	const struct index *index = visit->index;
	const struct index_entry *entry = index->buckets[hash & (index->bucket_count - 1)];

	for (; entry; entry = entry->next)
		if (entry->hash == hash &&
		    (!entry->glob ||
		     (visit->path && glob_matches(entry->glob, visit->path, visit->len))))
			visit->call(entry->rule, visit->data);
}

static void visit_path(const struct visit *visit)
{
	const char *path = visit->path;
	uint64_t prefix = start_of(KEY_PREFIX);
	uint64_t name = start_of(KEY_NAME);

	for (size_t i = 0; i <= visit->len; i++) {
		if (i == visit->len || path[i] == '/') {
			if (i > 0) {
				visit_bucket(visit, prefix);
				visit_bucket(visit, name);
			}
			name = start_of(KEY_NAME);
		} else {
			name = hash_byte(name, (unsigned char)path[i]);
		}
		if (i < visit->len)
			prefix = hash_byte(prefix, (unsigned char)path[i]);
	}
}

/* From its end: at each dot "*.rest" is looked up, with that dot; then the name. */
static void visit_host(const struct visit *visit, const char *host)
{
	size_t len = strlen(host);
	uint64_t hash = start_of(KEY_HOST);

	if (len > 0 && host[len - 1] == '.')
		len--;
	while (len > 0) {
		hash = hash_byte(hash, (unsigned char)tolower((unsigned char)host[--len]));
		if (host[len] == '.' && len > 0)
			visit_bucket(visit, hash);
	}
	visit_bucket(visit, hash);
}

static void visit_networks(const struct visit *visit, const struct in6_addr *ip)
{
	struct in6_addr masked = *ip;

	/* From the longest on: each step clears some more bits. */
	for (unsigned bits = INDEX_BITS_MAX + 1; bits-- > 0;) {
		if (bits < INDEX_BITS_MAX)
			masked.s6_addr[bits / 8] &= (unsigned char)(0xff00u >> bits % 8);
		if (visit->index->has_bits[bits / 64] >> bits % 64 & 1)
			visit_bucket(visit, hash_network(&masked, bits));
	}
}

static void visit_statement(const struct visit *visit, const struct statement *statement)
{
	if (!statement || !statement->is_understood) {
		visit_list(visit, visit->index->by_statement);
		return;
	}
	for (size_t i = 0; i < statement->table_count && visit->index->has_tables; i++)
		visit_bucket(visit, hash_bytes(start_of(KEY_TABLE), statement->tables[i],
					       strlen(statement->tables[i])));
	if (visit->index->has_verbs)
		visit_bucket(visit, hash_word(KEY_VERB, statement->verb, strlen(statement->verb)));
}

static void visit_program(const struct visit *visit, const char *program)
{
	const char *slash = program ? strrchr(program, '/') : NULL;
	const char *name = slash ? slash + 1 : program;

	if (program && !program[0])
		visit_list(visit, visit->index->by_program);
	else if (program)
		visit_bucket(visit, hash_bytes(start_of(KEY_PROGRAM), name, strlen(name)));
}

void index_visit(const struct index *index, const struct event *event, index_fn *call, void *data)
{
	const char *path = event->path;
	const struct visit visit = {
		.index = index,
		.path = path,
		.len = path ? strlen(path) : 0,
		.call = call,
		.data = data,
	};

	visit_list(&visit, index->always);
	if (path)
		visit_path(&visit);
	if (event->host && index->has_hosts)
		visit_host(&visit, event->host);
	if (index->has_ports && (event->host || event->has_ip))
		visit_bucket(&visit, hash_port(event->port));
	if (event->has_ip && (index->has_bits[0] || index->has_bits[1] || index->has_bits[2]))
		visit_networks(&visit, &event->ip);
	if (index->by_statement)
		visit_statement(&visit, event->statement);
	if (index->has_programs)
		visit_program(&visit, event->action == ACTION_EXECUTE ? path : event->program);
	if (index->has_methods && event->content && event->content->method.bytes)
		visit_bucket(&visit, hash_word(KEY_METHOD, event->content->method.bytes,
					       event->content->method.size));
}
