/* SPDX-License-Identifier: MIT */
#include "rules/errors.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clean.h"
#include "common/printable.h"

#define TEXT_SIZE 1024

/* What an alias stands for may be wrong each time. */
static bool is_said(const struct policy_errors *errors, const char *file, unsigned line,
		    unsigned column, const char *text)
{
	for (size_t i = 0; i < errors->count; i++) {
		const struct policy_error *error = &errors->items[i];

		if (error->line == line && error->column == column &&
		    strcmp(error->text, text) == 0 && strcmp(error->file, file) == 0)
			return true;
	}
	return false;
}

int errors_add(struct policy_errors *errors, const char *file, unsigned line, unsigned column,
	       const char *format, ...)
{
	struct policy_error *items;
	char raw[TEXT_SIZE], shown[TEXT_SIZE];
	CLEAN_FREE char *copy = NULL;
	CLEAN_FREE char *text = NULL;
	va_list args;

	if (errors->count == ERRORS_MAX)
		return -EINVAL;
	va_start(args, format);
	(void)vsnprintf(raw, sizeof(raw), format, args);
	va_end(args);
	text = strdup(printable_copy(raw, shown, sizeof(shown)));
	copy = strdup(printable_copy(file, shown, sizeof(shown)));
	if (text && copy && is_said(errors, copy, line, column, text))
		return -EINVAL;
	items = realloc(errors->items, (errors->count + 1) * sizeof(*items));
	if (items)
		errors->items = items;
	if (!items || !text || !copy)
		return -EINVAL;
	items[errors->count++] = (struct policy_error){
		.file = take_ptr(&copy),
		.line = line,
		.column = column,
		.text = take_ptr(&text),
	};
	return -EINVAL;
}

/* The rank of a file is where it came first. */
static size_t rank(const struct policy_errors *errors, size_t count, const char *file)
{
	size_t i = 0;

	while (i < count && strcmp(errors->items[i].file, file) != 0)
		i++;
	return i;
}

static bool is_before(const struct policy_error *a, const struct policy_error *b)
{
	return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* By insertion: they are few, and nearly in order. */
void errors_sort(struct policy_errors *errors)
{
	for (size_t i = 1; i < errors->count; i++) {
		struct policy_error error = errors->items[i];
		size_t first = rank(errors, i, error.file);
		size_t at = i;

		/* Behind the last of its own file that is not after it, or at the end. */
		if (first == i)
			continue;
		for (at = first; at < i && strcmp(errors->items[at].file, error.file) == 0; at++)
			if (is_before(&error, &errors->items[at]))
				break;
		memmove(&errors->items[at + 1], &errors->items[at],
			(i - at) * sizeof(*errors->items));
		errors->items[at] = error;
	}
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
