/* SPDX-License-Identifier: MIT */
/*
 * Compiling and matching.
 *
 * The matcher keeps two places to go back to: the last * and the last **. That
 * is enough: whatever comes after one of them can take over what an earlier one would
 * have matched, so the first way to reach it is as good as any.
 */
#include "rules/glob.h"

#include <errno.h>
#include <string.h>

struct compiler {
	struct arena *arena;
	enum glob_kind kind;
	const char *at; /* what is left of the pattern */
	uint16_t *tokens;
	size_t token_count;
	struct glob_set *sets;
	size_t set_count;
	const char *reason;
};

static void emit(struct compiler *compiler, unsigned token)
{
	compiler->tokens[compiler->token_count++] = (uint16_t)token;
}

static void set_add(struct glob_set *set, unsigned byte)
{
	set->bits[byte / 64] |= 1ULL << (byte % 64);
}

static bool set_has(const struct glob_set *set, unsigned char byte)
{
	return set->bits[byte / 64] >> (byte % 64) & 1;
}

/* One byte of a set, an escaped one included; 0 when there is none. */
static unsigned set_byte(struct compiler *compiler)
{
	const char **at = &compiler->at;

	if (**at == '\\' && (*at)[1])
		(*at)++;
	return **at ? (unsigned char)*(*at)++ : 0;
}

static bool set_range(struct compiler *compiler, struct glob_set *set)
{
	unsigned first = set_byte(compiler);
	unsigned last = first;

	if (compiler->at[0] == '-' && compiler->at[1] && compiler->at[1] != ']') {
		compiler->at++;
		last = set_byte(compiler);
	}
	if (!first || !last)
		compiler->reason = "a '[' is not closed";
	else if (first > 127 || last > 127)
		compiler->reason = "a set in brackets can hold ASCII characters only";
	else if (last < first)
		compiler->reason = "a range in brackets is the wrong way round";
	if (compiler->reason)
		return false;
	for (unsigned byte = first; byte <= last; byte++)
		set_add(set, byte);
	return true;
}

static bool compile_set(struct compiler *compiler)
{
	struct glob_set *set = &compiler->sets[compiler->set_count];
	bool negated = compiler->at[1] == '!' || compiler->at[1] == '^';

	compiler->at += negated ? 2 : 1;
	do {
		if (!set_range(compiler, set))
			return false;
	} while (*compiler->at != ']');
	compiler->at++;
	for (int i = 0; negated && i < 4; i++)
		set->bits[i] = ~set->bits[i];
	if (compiler->kind == GLOB_PATH)
		set->bits['/' / 64] &= ~(1ULL << ('/' % 64));
	if (!(set->bits[0] | set->bits[1] | set->bits[2] | set->bits[3])) {
		compiler->reason = "a set in brackets matches no slash";
		return false;
	}
	emit(compiler, GLOB_SET + (unsigned)compiler->set_count++);
	return true;
}

/* Two or more stars: whole names when they are a name of their own. */
static void compile_stars(struct compiler *compiler)
{
	size_t count = strspn(compiler->at, "*");
	bool starts_name = compiler->token_count > 0 &&
			   compiler->tokens[compiler->token_count - 1] == '/';
	size_t n = compiler->token_count;

	compiler->at += count;
	if (compiler->kind == GLOB_TEXT) {
		emit(compiler, GLOB_DEEP);
	} else if (count == 1) {
		emit(compiler, GLOB_STAR);
	} else if (strcmp(compiler->at, "/") == 0) {
		compiler->at++; /* any tree is whatever there is */
		emit(compiler, GLOB_DEEP);
	} else if (*compiler->at == '/' &&
		   (starts_name || (n && compiler->tokens[n - 1] == GLOB_BODY))) {
		compiler->at++;
		if (!starts_name)
			return; /* one more whole name "**": the first already takes any number */
		emit(compiler, GLOB_DIRS);
		emit(compiler, GLOB_BODY);
	} else {
		emit(compiler, GLOB_DEEP);
	}
}

static bool compile_one(struct compiler *compiler)
{
	switch (*compiler->at) {
	case '*':
		compile_stars(compiler);
		return true;
	case '?':
		compiler->at++;
		emit(compiler, compiler->kind == GLOB_PATH ? GLOB_ANY : GLOB_BYTE);
		return true;
	case '[':
		return compile_set(compiler);
	case '\\':
		if (!compiler->at[1])
			compiler->reason = "a '\\' stands at the end";
		else if (compiler->kind == GLOB_PATH && compiler->at[1] == '/' &&
			 compiler->token_count > 0) /* at the start it is the root alone */
			compiler->reason = "a '\\' stands before a slash";
		if (compiler->reason)
			return false;
		compiler->at++;
		break;
	default:
		break;
	}
	emit(compiler, (unsigned char)*compiler->at++);
	return true;
}

static bool compile_tokens(struct compiler *compiler)
{
	while (*compiler->at) {
		if (compiler->kind == GLOB_PATH && strcmp(compiler->at, "/") == 0) {
			emit(compiler, GLOB_TREE);
			emit(compiler, GLOB_DEEP);
			return true;
		}
		if (!compile_one(compiler))
			return false;
	}
	return true;
}

bool glob_find_literals(struct arena *arena, struct glob *glob)
{
	const uint16_t *tokens = glob->tokens;
	size_t count = glob->token_count;
	char *bytes = arena_alloc(arena, count + 1);
	size_t first = 0;
	size_t last = count;

	if (!bytes)
		return false;
	for (size_t i = 0; i < count; i++)
		bytes[i] = tokens[i] < 256 ? (char)tokens[i] : '\0';
	while (first < count && tokens[first] < 256)
		first++;
	while (last > first && tokens[last - 1] < 256)
		last--;
	glob->prefix = bytes;
	glob->prefix_len = first;
	glob->suffix = bytes + last;
	glob->suffix_len = first == count ? 0 : count - last;
	glob->is_literal = first == count;
	glob->is_tree = first < count && tokens[first] == GLOB_TREE;
	return true;
}

int glob_compile(struct arena *arena, enum glob_kind kind, const char *pattern,
		 struct glob **out_glob, const char **out_reason)
{
	size_t len = strlen(pattern);
	struct compiler compiler = { .arena = arena, .kind = kind, .at = pattern };
	struct glob *glob = arena_alloc(arena, sizeof(*glob));
	size_t set_count = 0;

	if (len == 0 || len > GLOB_PATTERN_MAX - 2) {
		*out_reason = len ? "it is longer than a path can be" : "it is empty";
		return -EINVAL;
	}
	for (size_t i = 0; i < len; i++)
		set_count += pattern[i] == '[';
	compiler.tokens = arena_alloc(arena, (len + 2) * sizeof(*compiler.tokens));
	compiler.sets = arena_alloc(arena, set_count * sizeof(*compiler.sets));
	if (!glob || !compiler.tokens || !compiler.sets)
		return -ENOMEM;
	if (!compile_tokens(&compiler)) {
		*out_reason = compiler.reason;
		return -EINVAL;
	}
	glob->text = arena_copy(arena, pattern, len);
	glob->tokens = compiler.tokens;
	glob->token_count = compiler.token_count;
	glob->sets = compiler.sets;
	if (!glob->text || !glob_find_literals(arena, glob))
		return -ENOMEM;
	*out_glob = glob;
	return 0;
}

/* Where a match stands, and where it goes back to. */
struct walk {
	const struct glob *glob;
	const char *text;
	size_t len;
	size_t token, byte;
	size_t star_token, star_byte; /* token 0: no star yet (no token comes before it) */
	size_t deep_token, deep_byte;
	bool deep_is_dirs;
};

static bool go_back(struct walk *walk)
{
	if (walk->star_token && walk->star_byte < walk->len && walk->text[walk->star_byte] != '/') {
		walk->byte = ++walk->star_byte;
		walk->token = walk->star_token;
		return true;
	}
	walk->star_token = 0;
	if (!walk->deep_token)
		return false;
	if (walk->deep_is_dirs) {
		const char *slash = memchr(walk->text + walk->deep_byte, '/',
					   walk->len - walk->deep_byte);

		if (!slash)
			return false;
		walk->deep_byte = (size_t)(slash - walk->text);
	}
	if (walk->deep_byte >= walk->len)
		return false;
	walk->byte = ++walk->deep_byte;
	walk->token = walk->deep_token;
	return true;
}

static bool byte_fits(const struct glob *glob, unsigned token, char byte)
{
	if (token < 256)
		return token == (unsigned char)byte;
	if (token == GLOB_ANY || token == GLOB_BYTE)
		return token == GLOB_BYTE || byte != '/';
	return set_has(&glob->sets[token - GLOB_SET], (unsigned char)byte);
}

/* A token that matches runs: remember it, try the shortest first. */
static void go_into_run(struct walk *walk, unsigned token)
{
	walk->token += token == GLOB_DIRS ? 2 : 1;
	if (token == GLOB_STAR) {
		walk->star_token = walk->token;
		walk->star_byte = walk->byte;
		return;
	}
	walk->star_token = 0;
	walk->deep_token = walk->token;
	walk->deep_byte = walk->byte;
	walk->deep_is_dirs = token == GLOB_DIRS;
}

static bool walk_matches(struct walk *walk)
{
	const struct glob *glob = walk->glob;

	for (;;) {
		unsigned token;

		if (walk->token == glob->token_count) {
			if (walk->byte == walk->len)
				return true;
			if (glob->tokens[glob->token_count - 1] == GLOB_DEEP)
				return true;
			if (!go_back(walk))
				return false;
			continue;
		}
		token = glob->tokens[walk->token];
		if (token == GLOB_TREE) {
			if (walk->byte == walk->len || walk->text[walk->byte] == '/')
				return true;
			if (!go_back(walk))
				return false;
		} else if (token == GLOB_STAR || token == GLOB_DEEP || token == GLOB_DIRS) {
			go_into_run(walk, token);
		} else if (walk->byte < walk->len &&
			   byte_fits(glob, token, walk->text[walk->byte])) {
			walk->token++;
			walk->byte++;
		} else if (!go_back(walk)) {
			return false;
		}
	}
}

bool glob_matches(const struct glob *glob, const char *text, size_t len)
{
	struct walk walk = {
		.glob = glob,
		.text = text,
		.len = len,
		.token = glob->prefix_len,
		.byte = glob->prefix_len,
	};

	if (len < glob->prefix_len + glob->suffix_len ||
	    memcmp(text, glob->prefix, glob->prefix_len) != 0)
		return false;
	if (glob->is_literal)
		return len == glob->prefix_len;
	if (memcmp(text + len - glob->suffix_len, glob->suffix, glob->suffix_len) != 0)
		return false;
	return walk_matches(&walk);
}

bool glob_matches_any(const struct glob *globs, const char *text)
{
	size_t len = strlen(text);

	for (const struct glob *glob = globs; glob; glob = glob->next)
		if (glob_matches(glob, text, len))
			return true;
	return false;
}

bool glob_is_base_name(const struct glob *glob)
{
	return glob->text[0] != '@' && !strchr(glob->text, '/');
}

/*
 * The automaton: state i stands before token i.
 */

static bool state_has(const struct glob_states *states, size_t state)
{
	return states->bits[state / 64] >> (state % 64) & 1;
}

static void state_add(struct glob_states *states, size_t state)
{
	states->bits[state / 64] |= 1ULL << (state % 64);
}

static size_t word_count(const struct glob *glob)
{
	return glob->token_count / 64 + 1;
}

static void states_clear(const struct glob *glob, struct glob_states *states)
{
	memset(states->bits, 0, word_count(glob) * sizeof(states->bits[0]));
}

/* Tokens that match nothing lead forwards only, so each state is added before it is left. */
static void state_add_closed(const struct glob *glob, struct glob_states *states, size_t state)
{
	while (state < glob->token_count) {
		unsigned token = glob->tokens[state];

		state_add(states, state);
		if (token == GLOB_DIRS)
			state_add(states, state + 1); /* the body */
		if (token == GLOB_DIRS || token == GLOB_TREE)
			state += 2;
		else if (token == GLOB_STAR || token == GLOB_DEEP)
			state += 1;
		else
			return;
	}
	state_add(states, state);
}

static void state_step(const struct glob *glob, size_t state, char byte, struct glob_states *out)
{
	unsigned token = glob->tokens[state];

	switch (token) {
	case GLOB_STAR:
		if (byte != '/')
			state_add_closed(glob, out, state);
		break;
	case GLOB_DEEP:
		state_add_closed(glob, out, state);
		break;
	case GLOB_DIRS:
		break; /* its body does the work */
	case GLOB_BODY:
		state_add_closed(glob, out, byte == '/' ? state - 1 : state);
		break;
	case GLOB_TREE:
		if (byte == '/')
			state_add_closed(glob, out, state + 1);
		break;
	default:
		if (byte_fits(glob, token, byte))
			state_add_closed(glob, out, state + 1);
		break;
	}
}

bool glob_states_empty(const struct glob *glob, const struct glob_states *states)
{
	for (size_t i = 0; i < word_count(glob); i++)
		if (states->bits[i])
			return false;
	return true;
}

static bool states_step(const struct glob *glob, struct glob_states *states, char byte)
{
	struct glob_states next;

	states_clear(glob, &next);
	for (size_t word = 0; word < word_count(glob); word++) {
		uint64_t left = states->bits[word];

		for (; left; left &= left - 1) {
			size_t state = word * 64 + (size_t)__builtin_ctzll(left);

			if (state < glob->token_count)
				state_step(glob, state, byte, &next);
		}
	}
	memcpy(states->bits, next.bits, word_count(glob) * sizeof(next.bits[0]));
	return !glob_states_empty(glob, states);
}

static void states_after(const struct glob *glob, const char *text, struct glob_states *out)
{
	size_t len = strnlen(text, glob->prefix_len);

	states_clear(glob, out);
	/* Most globs are elsewhere, which their first names tell. */
	if (memcmp(text, glob->prefix, len) != 0)
		return;
	state_add_closed(glob, out, 0);
	while (*text && states_step(glob, out, *text))
		text++;
}

void glob_states_below(const struct glob *glob, const char *path, struct glob_states *out)
{
	states_after(glob, path, out);
	if (strcmp(path, "/") != 0)
		(void)states_step(glob, out, '/');
}

bool glob_states_equal(const struct glob *glob, const struct glob_states *a,
		       const struct glob_states *b)
{
	return memcmp(a->bits, b->bits, word_count(glob) * sizeof(a->bits[0])) == 0;
}

bool glob_states_full(const struct glob *glob, const struct glob_states *states)
{
	size_t last = glob->token_count - 1;

	return glob->tokens[last] == GLOB_DEEP && state_has(states, last);
}

bool glob_touches(const struct glob *glob, const char *path)
{
	struct glob_states states;

	states_after(glob, path, &states);
	if (state_has(&states, glob->token_count))
		return true;
	if (strcmp(path, "/") != 0)
		(void)states_step(glob, &states, '/');
	return !glob_states_empty(glob, &states);
}
