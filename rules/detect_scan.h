/* SPDX-License-Identifier: MIT */
/*
 * What the detectors share. Each of them says whether its kind of data begins at a byte, and looks
 * at a bounded number of bytes around it: so a text takes a time that grows with its size alone.
 */
#ifndef AGENTOS_RULES_DETECT_SCAN_H
#define AGENTOS_RULES_DETECT_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/content.h"

typedef bool detect_fn(struct text text, size_t at);

detect_fn detect_card, detect_iban, detect_ssn, detect_email, detect_phone, detect_cloud_key;

/* Outside of the text, even before it, there are only NULs. */
static inline char byte_at(struct text text, size_t at)
{
	return at < text.size ? text.bytes[at] : '\0';
}

/* Of ASCII, whatever the locale is. */
static inline bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* As above. */
static inline bool is_upper(char byte)
{
	return byte >= 'A' && byte <= 'Z';
}

/* As above. */
static inline bool is_letter(char byte)
{
	return is_upper(byte) || (byte >= 'a' && byte <= 'z');
}

/**
 * blank_at() - how many bytes the blank at @at has, in one of the ways in which it is written: as itself, U+00A0,
 * U+2007 to U+200A, U+202F, &nbsp; or %20. Return: 0: there is none.
 */
size_t blank_at(struct text text, size_t at);

/** hyphen_at() - as blank_at(), of '-' and U+2010 to U+2013. */
size_t hyphen_at(struct text text, size_t at);

/** word_at() - whether the character at @at is of a word: a letter of any alphabet, a digit, '_'. */
bool word_at(struct text text, size_t at);

/** word_before() - as above, of the one before @at; the \n of JSON and the %3D of URLs are of no word. */
bool word_before(struct text text, size_t at);

/* How many digits follow each other from @at on, @max at most. */
static inline size_t digits_at(struct text text, size_t at, size_t max)
{
	size_t count = 0;

	while (count < max && is_digit(byte_at(text, at + count)))
		count++;
	return count;
}

/* Whether @byte joins digits to one number or code: 1.2, 1-2, 1/2. */
static inline bool is_joint(char byte)
{
	return byte == '-' || byte == '.' || byte == '/' || byte == ':';
}

/* Whether a number may begin at @at: it is no later part of a word, of a version, of a date. */
static inline bool begins_number(struct text text, size_t at)
{
	char before = byte_at(text, at - 1);

	return !word_before(text, at) && before != '+' &&
	       !(is_joint(before) && is_digit(byte_at(text, at - 2)));
}

/* Whether a number may end before @at. */
static inline bool ends_number(struct text text, size_t at)
{
	char after = byte_at(text, at);

	return !word_at(text, at) && !(is_joint(after) && is_digit(byte_at(text, at + 1)));
}

#endif
