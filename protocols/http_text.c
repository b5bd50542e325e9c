/* SPDX-License-Identifier: MIT */
#include "protocols/http_text.h"

#include <string.h>
#include <strings.h>

#define DEL 0x7f

bool http_is_token_char(char c)
{
	static const bool of[256] = {
		['!'] = true,	      ['#'] = true,	    ['$'] = true, ['%'] = true,
		['&'] = true,	      ['\''] = true,	    ['*'] = true, ['+'] = true,
		['-'] = true,	      ['.'] = true,	    ['^'] = true, ['_'] = true,
		['`'] = true,	      ['|'] = true,	    ['~'] = true, ['0' ... '9'] = true,
		['A' ... 'Z'] = true, ['a' ... 'z'] = true,
	};

	return of[(unsigned char)c];
}

bool http_is_token(struct text text)
{
	for (size_t i = 0; i < text.size; i++)
		if (!http_is_token_char(text.bytes[i]))
			return false;
	return text.size > 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool http_is_value(struct text text)
{
	unsigned char is_bad = 0;

	if (text.size > 0 && (is_blank(text.bytes[0]) || is_blank(text.bytes[text.size - 1])))
		return false;
	/* No branch in it: most are good, and long. */
	for (size_t i = 0; i < text.size; i++) {
		unsigned char c = (unsigned char)text.bytes[i];

		is_bad |= ((c < ' ') & (c != '\t')) | (c == DEL);
	}
	return !is_bad;
}

bool http_is_target(struct text text)
{
	for (size_t i = 0; i < text.size; i++) {
		unsigned char c = (unsigned char)text.bytes[i];

		if (c <= ' ' || c == DEL || c == '#')
			return false;
	}
	return text.size > 0;
}

size_t http_host_size(struct text authority)
{
	size_t size = authority.size;

	while (size > 0 && authority.bytes[size - 1] >= '0' && authority.bytes[size - 1] <= '9')
		size--;
	return size > 0 && size < authority.size && authority.bytes[size - 1] == ':'
		       ? size - 1
		       : authority.size;
}

bool http_is_authority(struct text text)
{
	size_t size = http_host_size(text);
	bool is_address = size > 2 && text.bytes[0] == '[' && text.bytes[size - 1] == ']';
	const char *extra = is_address ? ":." : "-._~";

	for (size_t i = is_address; i < size - is_address; i++) {
		char c = text.bytes[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c && strchr(extra, c))))
			return false;
	}
	return size > 0;
}

bool text_is(struct text text, const char *other)
{
	return text.bytes && text.size == strlen(other) &&
	       strncasecmp(text.bytes, other, text.size) == 0;
}
