/* SPDX-License-Identifier: MIT */
/*
 * An argument vector as JSON text: an array of strings; {"hex":"..."} for an argument that is not
 * UTF-8; and last {"cut":N} when the text had to end before the last N arguments were whole (of the
 * first of them as much as fits is shown).
 */
#ifndef AGENTOS_AUDIT_ARGUMENTS_H
#define AGENTOS_AUDIT_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#define ARGUMENTS_SIZE_MIN 128

/**
 * arguments_to_json() - write the text
 * @argv: @argc strings
 * @text: @size bytes, at least ARGUMENTS_SIZE_MIN; receives a NUL-terminated, valid JSON text
 *
 * Return: whether it had to be cut.
 */
bool arguments_to_json(const char *const *argv, size_t argc, char *text, size_t size);

#endif
