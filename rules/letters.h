/* SPDX-License-Identifier: MIT */
/*
 * Folding: one form for all names that a file system which ignores letter case may take for the
 * same file, so that a refusal of ".env" is one of ".ENV" there (CVE-2025-59944).
 *
 * Each such file system has a table of its own, so this one folds what any of them does: letters of
 * ASCII, and the characters that fold to them (the Kelvin sign, the long s, ligatures, fullwidth forms);
 * letters of Latin, Greek, Cyrillic and Armenian; accents of Latin letters and combining ones, which
 * some keep apart and others put together; characters that are ignored (joiners, marks, variation
 * selectors, the soft hyphen); dots and blanks at the end of a name, and an NTFS stream
 * (".env::$DATA"). Two different files may have the same form, and then only refusals meet.
 * What is not UTF-8 stays as it is.
 *
 * Source: CaseFolding.txt and DerivedCoreProperties.txt (Default_Ignorable_Code_Point) of Unicode;
 * fs/unicode of Linux (NFDICF); Apple's TN1150, "HFS Plus Volume Format"; [MS-FSCC] 2.1.5 (streams).
 */
#ifndef AGENTOS_RULES_LETTERS_H
#define AGENTOS_RULES_LETTERS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * letters_fold() - fold @len bytes of a name, character by character
 * @out: as many bytes; the form is never longer than the name. May be @text itself.
 *
 * Return: bytes of @out; no NUL is added.
 */
size_t letters_fold(const char *text, size_t len, char *out);

/**
 * letters_trim() - without the dots and blanks at the end of a folded name
 * @may_be_empty: more of the name comes before; a whole name of these alone stays as it is
 *
 * Return: bytes that are left.
 */
size_t letters_trim(const char *name, size_t len, bool may_be_empty);

/**
 * letters_fold_path() - fold every name of a path, ends of names included
 * @path: absolute
 * @out:  as many bytes as @path with its NUL; NUL-terminated
 *
 * Return: @out. No allocation; thread-safe.
 */
char *letters_fold_path(const char *path, char *out);

/**
 * letters_has_short_name() - whether a name in a path looks like one that vfat and NTFS make up
 *
 * "ENV~1" or "CONFIG~1.WOR": at most six characters, a tilde and a number, which are eight together, and at
 * most three more behind a dot. Another file has it beside its own name, which nothing here tells.
 *
 * Source: [MS-FSCC] 2.1.5.2.1, "8.3 Filename"; fs/fat/namei_vfat.c, vfat_create_shortname().
 */
bool letters_has_short_name(const char *path);

/** letters_equal() - whether @len bytes of a name fold to @word, which is folded. */
bool letters_equal(const char *name, size_t len, const char *word);

#endif
