/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <ctype.h>

unsigned long words_count(FILE *in)
{
	unsigned long count = 0;
	int c, before = ' ';

	while ((c = getc(in)) != EOF) {
		if (!isspace(c) && isspace(before))
			count++;
		before = c;
	}
	return count;
}
