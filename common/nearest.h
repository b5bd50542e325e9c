/* SPDX-License-Identifier: MIT */
/*
 * The nearest valid word, for the hint in an error: options, commands, keys.
 */
#ifndef AGENTOS_COMMON_NEAREST_H
#define AGENTOS_COMMON_NEAREST_H

#include <stddef.h>

/**
 * nearest_word() - the word that was probably meant
 * @word:  what was written
 * @words: @word_count valid words
 *
 * Counts inserted, dropped, changed and swapped characters, upper and lower case being the same.
 * A word longer than 63 bytes resembles nothing.
 *
 * Return: one of @words (the first of equals), or NULL when none is near enough to be a hint: a
 * third of the longer word may differ, and one character always.
 */
const char *nearest_word(const char *word, const char *const *words, size_t word_count);

#endif
