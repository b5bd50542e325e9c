/* SPDX-License-Identifier: MIT */
#include "rules/errors.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clean.h"

int errors_add(struct policy_errors *errors, const char *file, unsigned line, unsigned column,
	       const char *format, ...)
{
	struct policy_error *items;
	CLEAN_FREE char *copy = strdup(file);
	char *text = NULL;
	va_list args;

	if (!copy || errors->count == ERRORS_MAX)
		return -EINVAL;
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	items = realloc(errors->items, (errors->count + 1) * sizeof(*items));
	if (!items || !text) {
		free(text);
		if (items)
			errors->items = items;
		return -EINVAL;
	}
	errors->items = items;
	items[errors->count++] = (struct policy_error){
		.file = take_ptr(&copy), .line = line, .column = column, .text = text,
	};
	return -EINVAL;
}

void policy_errors_release(struct policy_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++) {
		free((void *)(uintptr_t)errors->items[i].file);
		free((void *)(uintptr_t)errors->items[i].text);
	}
	free(errors->items);
	*errors = (struct policy_errors){ 0 };
}
