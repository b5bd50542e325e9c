/* SPDX-License-Identifier: MIT */
/*
 * A glob is folded token by token: runs of literal bytes as text, sets by adding small letters for
 * capital ones. What a wildcard matches needs no folding.
 */
#include <errno.h>
#include <string.h>

#include "rules/glob.h"
#include "rules/letters.h"

struct folding {
	const struct glob *glob;
	size_t token;	   /* the next one of @glob */
	size_t name_start; /* of the name that is being folded, in @tokens */
	uint16_t *tokens;  /* the result */
	size_t token_count;
};

static bool is_literal(unsigned token)
{
	return token < 256 && token != '/';
}

static bool ends_name(const struct folding *folding)
{
	unsigned token;

	if (folding->token == folding->glob->token_count)
		return true;
	token = folding->glob->tokens[folding->token];
	return token == '/' || token == GLOB_TREE;
}

/* A run of literal bytes; at the end of a name without the dots and blanks there. */
static void fold_run(struct folding *folding)
{
	const struct glob *glob = folding->glob;
	bool is_whole = folding->name_start == folding->token_count;
	char bytes[GLOB_PATTERN_MAX];
	size_t len = 0;

	while (folding->token < glob->token_count && is_literal(glob->tokens[folding->token]))
		bytes[len++] = (char)glob->tokens[folding->token++];
	len = letters_fold(bytes, len, bytes);
	if (ends_name(folding))
		len = letters_trim(bytes, len, !is_whole);
	for (size_t i = 0; i < len; i++)
		folding->tokens[folding->token_count++] = (unsigned char)bytes[i];
}

static void fold_tokens(struct folding *folding)
{
	const struct glob *glob = folding->glob;

	while (folding->token < glob->token_count) {
		if (is_literal(glob->tokens[folding->token])) {
			fold_run(folding);
			continue;
		}
		folding->tokens[folding->token_count++] = glob->tokens[folding->token++];
		if (glob->tokens[folding->token - 1] == '/')
			folding->name_start = folding->token_count;
	}
}

static struct glob_set *fold_sets(struct arena *arena, const struct glob *glob)
{
	size_t count = 0;
	struct glob_set *sets;

	for (size_t i = 0; i < glob->token_count; i++)
		if (glob->tokens[i] >= GLOB_SET && glob->tokens[i] - GLOB_SET >= (int)count)
			count = glob->tokens[i] - GLOB_SET + 1u;
	sets = arena_alloc(arena, count * sizeof(*sets) + 1);
	for (size_t i = 0; sets && i < count; i++) {
		const uint64_t capitals = glob->sets[i].bits[1] & 0x07fffffe; /* 'A' is 65 */

		sets[i] = glob->sets[i];
		sets[i].bits[1] |= capitals << ('a' - 'A');
	}
	return sets;
}

int glob_fold(struct arena *arena, const struct glob *glob, struct glob **out)
{
	struct glob *folded = arena_alloc(arena, sizeof(*folded));
	uint16_t *tokens = arena_alloc(arena, glob->token_count * sizeof(*tokens));
	struct folding folding = { .glob = glob, .tokens = tokens };

	if (!folded || !tokens)
		return -ENOMEM;
	fold_tokens(&folding);
	*folded = (struct glob){ .text = glob->text,
				 .tokens = tokens,
				 .token_count = folding.token_count,
				 .sets = fold_sets(arena, glob) };
	if (!folded->sets || !glob_find_literals(arena, folded))
		return -ENOMEM;
	*out = folded;
	return 0;
}
