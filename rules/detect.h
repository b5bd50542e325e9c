/* SPDX-License-Identifier: MIT */
/*
 * The key `detect`: kinds of data that are known by their form and, where they have one, by their
 * check digits. They are searched in the same texts as `pattern` (rules/search.h).
 *
 *   card       numbers of payment cards: 13 to 19 digits with a known beginning, Luhn's check digit
 *   iban       bank accounts: the length of the country, the remainder of 97
 *   ssn        US social security numbers of the ranges that are issued, and the two of adverts
 *   email      addresses of people
 *   phone      numbers in the international form, usual national ones, and digits in a row that are
 *              called a telephone
 *   cloud_key  keys and tokens of services, private keys, JSON web tokens
 *
 * A form is no proof: what looks like a card is taken for one, and what is written in words, in
 * pieces or in code is not seen.
 */
#ifndef AGENTOS_RULES_DETECT_H
#define AGENTOS_RULES_DETECT_H

#include <stdbool.h>

#include "common/content.h"

enum detector {
	DETECTOR_CARD,
	DETECTOR_IBAN,
	DETECTOR_SSN,
	DETECTOR_EMAIL,
	DETECTOR_PHONE,
	DETECTOR_CLOUD_KEY,
	DETECTOR_COUNT,
};

#define DETECTOR_BIT(detector) (1u << (detector))

/** detector_names() - Return: DETECTOR_COUNT words, by enum detector. */
const char *const *detector_names(void);

/** detector_parse() - Return: whether @word is a detector. @out is written only then. */
bool detector_parse(const char *word, enum detector *out);

/**
 * detect() - whether a text holds data of one of these kinds
 * @detectors: DETECTOR_BITs
 *
 * Takes a time that grows with the size of the text and no faster. No allocation; thread-safe.
 */
bool detect(unsigned detectors, struct text text);

/**
 * detect_find() - the first of them that begins at @start or behind it, for leaving it out
 * @out: offsets of its first byte and of the one behind it; written only when there is one
 *
 * What is found is taken generously: up to the end of the word, a private key up to its END line.
 */
bool detect_find(unsigned detectors, struct text text, size_t start, size_t out[2]);

#endif
