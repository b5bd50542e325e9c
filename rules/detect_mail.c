/* SPDX-License-Identifier: MIT */
/*
 * How people are reached: mail.
 */
#include <string.h>
#include <strings.h>

#include "rules/detect_scan.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Mail: the usual part of what RFC 5321, 4.1.2 and RFC 6531, 3.3 allow.
 */

#define LOCAL_MAX 64   /* RFC 5321, 4.5.3.1.1 */
#define DOMAIN_MAX 255 /* 4.5.3.1.2 */

static bool is_local(char byte)
{
	return is_digit(byte) || is_letter(byte) || (unsigned char)byte >= 0x80 ||
	       (byte && strchr("._+'-", byte));
}

static bool is_domain(char byte)
{
	return is_digit(byte) || is_letter(byte) || (unsigned char)byte >= 0x80 || byte == '-' ||
	       byte == '.';
}

/* "jane doe"@example.com. Return: the size of the quoted name that ends before @at; 0: there is none. */
static size_t quoted_before(struct text text, size_t at)
{
	bool has_word = false;

	if (byte_at(text, at - 1) != '"')
		return 0;
	for (size_t size = 2; size < LOCAL_MAX && size <= at; size++) {
		if (byte_at(text, at - size) == '"')
			return has_word ? size : 0;
		has_word = has_word || is_digit(byte_at(text, at - size)) ||
			   is_letter(byte_at(text, at - size));
	}
	return 0;
}

/* Return: how many bytes before @at may be a name; it has a letter or digit at least. */
static size_t local_before(struct text text, size_t at)
{
	size_t size = 0;
	bool has_word = false;

	while (size < LOCAL_MAX && size < at && is_local(byte_at(text, at - size - 1))) {
		char byte = byte_at(text, at - size - 1);

		has_word = has_word || is_digit(byte) || is_letter(byte) ||
			   (unsigned char)byte >= 0x80;
		size++;
	}
	/* The \n of JSON, and no name that begins with n. */
	if (size > 1 && byte_at(text, at - size - 1) == '\\' &&
	    strchr("bfnrt", byte_at(text, at - size)))
		size--;
	return has_word ? size : quoted_before(text, at);
}

/* The name of a file or of a unit of systemd, not of a domain: icon@2x.png, getty@tty1.service. */
static bool is_file_ending(const char *ending, size_t size)
{
	static const char *const endings[] = { "png",	 "jpg",	  "jpeg",  "gif",   "svg",
					       "webp",	 "js",	  "css",   "json",  "service",
					       "socket", "timer", "mount", "slice", "scope",
					       "target", "avif",  "ico",   "bmp" };

	for (size_t i = 0; i < COUNT_OF(endings); i++)
		if (strlen(endings[i]) == size && strncasecmp(endings[i], ending, size) == 0)
			return true;
	return false;
}

/* 18.2.0, as behind the name of a package; not 163.com. */
static bool is_version(struct text text, size_t at)
{
	size_t digits = digits_at(text, at, LOCAL_MAX);

	return digits > 0 && byte_at(text, at + digits) == '.' &&
	       is_digit(byte_at(text, at + digits + 1));
}

/* Whether a domain of two labels at least follows, the last of them of letters alone. */
static bool domain_follows(struct text text, size_t at, size_t *out_end)
{
	size_t size = 0;
	size_t label = 0; /* where the last begins */
	size_t i;

	while (size < DOMAIN_MAX && is_domain(byte_at(text, at + size)))
		size++;
	/* The stop of a sentence, and what joins it to the next word. */
	while (size > 0 && !is_digit(byte_at(text, at + size - 1)) &&
	       !is_letter(byte_at(text, at + size - 1)))
		size--;
	for (i = 0; i < size; i++) {
		if (byte_at(text, at + i) != '.')
			continue;
		if (i == label)
			return false;
		label = i + 1;
	}
	for (i = label; i < size; i++)
		if (!is_letter(byte_at(text, at + i)) &&
		    (unsigned char)byte_at(text, at + i) < 0x80)
			break;
	*out_end = at + size;
	return label > 0 && i == size && size - label >= 2 && !is_version(text, at) &&
	       byte_at(text, at + size) != '(' && /* a call: query@key.transpose(...) */
	       !is_file_ending(text.bytes + at + label, size - label);
}

/* git@host:path, user@host:/path, ssh user@host, and the password of scheme://user:password@host. */
static bool is_login(struct text text, size_t local, size_t end)
{
	size_t i = local;

	if (byte_at(text, end) == ':' &&
	    (strncmp(text.bytes + local, "git@", 4) == 0 || byte_at(text, end + 1) == '/' ||
	     byte_at(text, end + 1) == '~'))
		return true;
	if (local >= 4 && strncmp(text.bytes + local - 4, "ssh ", 4) == 0 &&
	    !word_before(text, local - 4))
		return true;
	for (size_t back = 0; back < LOCAL_MAX && i > 0; back++, i--) {
		char before = byte_at(text, i - 1);

		if (before == '/')
			return i >= 3 && strncmp(text.bytes + i - 3, "://", 3) == 0;
		if (!is_local(before) && before != ':')
			return false;
	}
	return false;
}

/* At the '@', which addresses of pages write as %40. */
bool detect_email(struct text text, size_t at)
{
	size_t mark = byte_at(text, at) == '@' ? 1 : 0;
	size_t local, end;

	if (byte_at(text, at) == '%' && byte_at(text, at + 1) == '4' &&
	    byte_at(text, at + 2) == '0')
		mark = 3;
	if (mark == 0)
		return false;
	local = local_before(text, at);
	return local > 0 && domain_follows(text, at + mark, &end) &&
	       !is_login(text, at - local, end);
}
