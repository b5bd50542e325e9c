/* SPDX-License-Identifier: MIT */
#include "audit/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/print.h"
#include "common/clean.h"

int field_column(enum row_table table, const char *name)
{
	const struct row_layout *layout = &row_layouts[table];

	for (size_t i = 0; i < layout->count; i++)
		if (strcmp(layout->columns[i].name, name) == 0)
			return (int)i;
	return -1;
}

const struct value *field_find(const struct row *row, const char *name)
{
	int column = field_column(row->table, name);

	if (column < 0 || row->values[column].type == VALUE_NULL)
		return NULL;
	return &row->values[column];
}

int64_t field_number(const struct row *row, const char *name, int64_t otherwise)
{
	const struct value *value = field_find(row, name);

	return value && value->type == VALUE_INTEGER ? value->number : otherwise;
}

bool field_is(const struct row *row, const char *name, const char *text)
{
	int column = field_column(row->table, name);

	return column >= 0 && row_text_is(row, (size_t)column, text);
}

char *field_text(const struct row *row, const char *name)
{
	const struct value *value = field_find(row, name);
	char text[PRINT_SIZE];

	if (!value || !*print_value(value, text))
		return NULL;
	return strdup(text);
}

bool field_granted(const struct row *row)
{
	if (field_is(row, "verdict", "ask"))
		return field_is(row, "answer", "granted") ||
		       field_is(row, "answer", "granted-before");
	return field_is(row, "verdict", "allow") || field_is(row, "verdict", "audit");
}

void field_put(json_t *object, const char *key, const struct row *row, const char *name)
{
	const struct value *value = field_find(row, name);
	CLEAN_FREE char *text = NULL;

	if (value && value->type == VALUE_INTEGER) {
		(void)json_object_set_new(object, key, json_integer(value->number));
		return;
	}
	text = field_text(row, name);
	if (text)
		(void)json_object_set_new(object, key, json_string(text));
}

/* An argument that is no UTF-8 is {"hex": ...}: shown as such. */
static json_t *word_json(const json_t *word)
{
	const char *hex = json_string_value(json_object_get(word, "hex"));
	char text[PRINT_SIZE];

	if (json_is_string(word)) {
		const struct value value = { .type = VALUE_TEXT,
					     .bytes = json_string_value(word),
					     .size = json_string_length(word) };

		return json_string(print_value(&value, text));
	}
	if (hex)
		return json_sprintf("hex:%s", hex);
	return json_string("...");
}

json_t *field_argv(const struct row *row)
{
	const struct value *value = field_find(row, "argv");
	json_t *words = NULL;
	json_t *kept;

	if (!value || value->type != VALUE_TEXT)
		return NULL;
	kept = json_loadb(value->bytes, value->size, JSON_ALLOW_NUL, NULL);
	if (json_is_array(kept) && json_array_size(kept) > 0)
		words = json_array();
	for (size_t i = 0; words && i < json_array_size(kept); i++)
		(void)json_array_append_new(words, word_json(json_array_get(kept, i)));
	json_decref(kept);
	return words;
}

char *field_command(const struct row *row)
{
	json_t *words = field_argv(row);
	char *text = NULL;
	size_t size = 0;
	FILE *out = words ? open_memstream(&text, &size) : NULL;

	for (size_t i = 0; out && i < json_array_size(words); i++)
		(void)fprintf(out, "%s%s", i ? " " : "",
			      json_string_value(json_array_get(words, i)));
	if (out)
		(void)fclose(out);
	json_decref(words);
	return text;
}
