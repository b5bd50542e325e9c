/* SPDX-License-Identifier: MIT */
/*
 * Edit distance with swaps of neighbours (optimal string alignment), three rows at a time.
 */
#include "common/nearest.h"

#include <ctype.h>
#include <string.h>

#define WORD_MAX 63

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static int fold(char c)
{
	return tolower((unsigned char)c);
}

static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][WORD_MAX + 1];
	unsigned *before = rows[0];
	unsigned *above = rows[1];
	unsigned *row = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		above[j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned *spare = before;

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned differs = fold(a[i - 1]) != fold(b[j - 1]);

			row[j] = least(above[j - 1] + differs, least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
			    fold(a[i - 2]) == fold(b[j - 1]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = spare;
	}
	return above[b_len];
}

const char *nearest_word(const char *word, const char *const *words, size_t word_count)
{
	size_t len = strlen(word);
	const char *nearest = NULL;
	unsigned nearest_distance = 0;

	if (len > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < word_count; i++) {
		size_t other_len = strlen(words[i]);
		size_t longer = len > other_len ? len : other_len;
		unsigned found;

		if (other_len > WORD_MAX)
			continue;
		found = distance(word, len, words[i], other_len);
		/* Nothing is kept of a word that differs in as many characters as it has. */
		if (found >= len || (found > 1 && found > longer / 3))
			continue;
		if (!nearest || found < nearest_distance) {
			nearest = words[i];
			nearest_distance = found;
		}
	}
	return nearest;
}
