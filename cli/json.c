/* SPDX-License-Identifier: MIT */
#include "cli/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clean.h"

char *bytes_to_hex(const void *bytes, size_t size, char *text)
{
	const unsigned char *byte = bytes;

	text[0] = '\0';
	for (size_t i = 0; i < size; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", byte[i]);
	return text;
}

json_t *text_to_json(const char *text)
{
	json_t *json = json_string(text);
	CLEAN_FREE char *hex = NULL;

	if (json)
		return json;
	hex = malloc(2 * strlen(text) + 1);
	return hex ? json_pack("{s:s}", "hex", bytes_to_hex(text, strlen(text), hex)) : NULL;
}

int json_print(json_t *object)
{
	int r = object ? json_dumpf(object, stdout, JSON_COMPACT | JSON_ENSURE_ASCII) : -1;

	json_decref(object);
	return r < 0 || putchar('\n') == EOF ? -EIO : 0;
}
