/* SPDX-License-Identifier: MIT */
#include "rules/command.h"

#include <stdbool.h>
#include <string.h>

/* A place in the text: the byte at argv[word][byte]; its NUL is the blank after a word. */
struct spot {
	size_t word, byte;
};

struct reader {
	const char *const *argv;
	size_t argc;
	unsigned steps;
};

#define END_OF_TEXT (-1)

static int byte_at(const struct reader *reader, struct spot spot)
{
	unsigned char byte;

	if (spot.word >= reader->argc)
		return END_OF_TEXT;
	byte = (unsigned char)reader->argv[spot.word][spot.byte];
	if (byte)
		return byte;
	return spot.word + 1 < reader->argc ? ' ' : END_OF_TEXT;
}

static void spot_advance(const struct reader *reader, struct spot *spot)
{
	if (reader->argv[spot->word][spot->byte]) {
		spot->byte++;
	} else {
		spot->word++;
		spot->byte = 0;
	}
}

static bool token_fits(const struct glob *glob, unsigned token, int byte)
{
	if (byte == END_OF_TEXT)
		return false;
	if (token == GLOB_BYTE)
		return true;
	if (token >= GLOB_SET)
		return glob->sets[token - GLOB_SET].bits[byte / 64] >> (byte % 64) & 1;
	return token == (unsigned)byte;
}

enum matched command_matches(const struct glob *glob, const char *const *argv, size_t argc)
{
	struct reader reader = { .argv = argv, .argc = argc };
	struct spot spot = { .word = 1 };
	struct spot back = spot;
	size_t token = 0;
	size_t back_token = 0; /* 0: no star yet */

	for (;;) {
		int byte = byte_at(&reader, spot);

		if (++reader.steps > COMMAND_STEPS_MAX)
			return MATCHED_UNDECIDED;
		if (token == glob->token_count) {
			if (byte == END_OF_TEXT || glob->tokens[token - 1] == GLOB_DEEP)
				return MATCHED_YES;
		} else if (glob->tokens[token] == GLOB_DEEP) {
			back_token = ++token;
			back = spot;
			continue;
		} else if (token_fits(glob, glob->tokens[token], byte)) {
			token++;
			spot_advance(&reader, &spot);
			continue;
		}
		if (!back_token || byte_at(&reader, back) == END_OF_TEXT)
			return MATCHED_NO;
		spot_advance(&reader, &back);
		spot = back;
		token = back_token;
	}
}

static bool ends_fit(const struct glob *glob, const char *bytes, size_t size)
{
	return size >= glob->prefix_len + glob->suffix_len &&
	       (size == 0 ||
		(memcmp(bytes, glob->prefix, glob->prefix_len) == 0 &&
		 memcmp(bytes + size - glob->suffix_len, glob->suffix, glob->suffix_len) == 0));
}

enum matched command_matches_text(const struct glob *glob, const char *bytes, size_t size)
{
	size_t at = glob->prefix_len;
	size_t token = at; /* each byte of the prefix is one */
	size_t back = at;
	size_t back_token = 0; /* 0: no star yet */
	unsigned steps = 0;

	if (!ends_fit(glob, bytes, size))
		return MATCHED_NO;
	for (;;) {
		if (++steps > COMMAND_STEPS_MAX)
			return MATCHED_UNDECIDED;
		if (token == glob->token_count) {
			if (at == size || glob->tokens[token - 1] == GLOB_DEEP)
				return MATCHED_YES;
		} else if (glob->tokens[token] == GLOB_DEEP) {
			back_token = ++token;
			back = at;
			continue;
		} else if (at < size &&
			   token_fits(glob, glob->tokens[token], (unsigned char)bytes[at])) {
			token++;
			at++;
			continue;
		}
		if (!back_token || back == size)
			return MATCHED_NO;
		at = ++back;
		token = back_token;
	}
}
