/* SPDX-License-Identifier: MIT */
/*
 * JSON as all commands print it: one object a line, all but ASCII escaped, so that nothing in it
 * reaches a terminal as a command.
 */
#ifndef AGENTOS_CLI_JSON_H
#define AGENTOS_CLI_JSON_H

#include <jansson.h>
#include <stddef.h>

/**
 * text_to_json() - any bytes, without loss
 *
 * Return: a string, or {"hex": "..."} for what is not UTF-8; a new reference; NULL without memory.
 */
json_t *text_to_json(const char *text);

/** bytes_to_hex() - @text: 2 * @size + 1 bytes. Return: @text. */
char *bytes_to_hex(const void *bytes, size_t size, char *text);

/** json_print() - a line on standard output; takes over @object, NULL is a failure. Return: 0, -EIO. */
int json_print(json_t *object);

#endif
