/* SPDX-License-Identifier: MIT */
#include "audit/print.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clean.h"
#include "common/printable.h"

#define TEXT_MAX 16384 /* bytes of a text that are shown; no column keeps more */
#define SHOWN_SIZE PRINT_SIZE
#define NS_PER_SECOND 1000000000

char *print_time(int64_t ns, char *text, size_t size)
{
	int64_t part = ns % NS_PER_SECOND;
	time_t seconds = (time_t)(ns / NS_PER_SECOND) - (part < 0);
	struct tm utc;
	char day[32] = "?";

	part += part < 0 ? NS_PER_SECOND : 0;
	if (gmtime_r(&seconds, &utc))
		(void)strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &utc);
	(void)snprintf(text, size, "%s.%03dZ", day, (int)(part / 1000000));
	return text;
}

/* @size bytes, of which some may be NUL, escaped. @text: SHOWN_SIZE bytes. */
static void bytes_text(const char *bytes, size_t size, char *text)
{
	char raw[TEXT_MAX + 1];
	size_t used = 0;

	size = size < TEXT_MAX ? size : TEXT_MAX;
	for (size_t at = 0; at < size;) {
		size_t len = strnlen(bytes + at, size - at);

		memcpy(raw, bytes + at, len);
		raw[len] = '\0';
		(void)printable_copy(raw, text + used, SHOWN_SIZE - used);
		used += strlen(text + used);
		at += len;
		if (at < size && used + sizeof("\\x00") <= SHOWN_SIZE) {
			memcpy(text + used, "\\x00", sizeof("\\x00"));
			used += strlen("\\x00");
		}
		at++;
	}
	text[used] = '\0';
}

/* A value that is no text, for people: "" for NULL. */
static void other_text(const struct value *value, char *text)
{
	size_t size = value->size < TEXT_MAX ? value->size : TEXT_MAX;
	double real;

	text[0] = '\0';
	if (value->type == VALUE_INTEGER) {
		(void)snprintf(text, SHOWN_SIZE, "%" PRId64, value->number);
	} else if (value->type == VALUE_REAL) {
		memcpy(&real, &value->number, sizeof(real));
		(void)snprintf(text, SHOWN_SIZE, "%.17g", real);
	} else if (value->type == VALUE_BLOB && size > 0) {
		(void)sodium_bin2hex(text, SHOWN_SIZE, value->bytes, size);
	}
}

char *print_value(const struct value *value, char *text)
{
	if (value->type == VALUE_TEXT)
		bytes_text(value->bytes, value->size, text);
	else
		other_text(value, text);
	return text;
}

static bool is_time(const struct row *row, size_t column)
{
	return row->values[column].type == VALUE_INTEGER &&
	       strcmp(row_layouts[row->table].columns[column].name, "time") == 0;
}

static char *column_text(const struct row *row, size_t column, char *text)
{
	if (is_time(row, column))
		print_time(row->values[column].number, text, SHOWN_SIZE);
	else
		(void)print_value(&row->values[column], text);
	return text;
}

/* A column of a line: never empty, and no space at its ends or after another. */
static void put_column(const char *text, FILE *out)
{
	char before = ' ';

	if (!*text)
		(void)fputc('-', out);
	for (; *text; before = *text++) {
		if (*text == ' ' && (before == ' ' || !text[1]))
			(void)fputs("\\x20", out);
		else
			(void)fputc(*text, out);
	}
}

static bool is_set(const struct value *value)
{
	return value->type == VALUE_TEXT && value->size > 0;
}

void print_target(const struct row *row, FILE *out)
{
	const struct value *path = &row->values[ACTIONS_path];
	const struct value *host = &row->values[ACTIONS_host];
	const struct value *port = &row->values[ACTIONS_port];
	char text[SHOWN_SIZE];
	bool is_six;

	if (is_set(path) || port->type != VALUE_INTEGER) {
		put_column(print_value(path, text), out);
		return;
	}
	(void)print_value(is_set(host) ? host : &row->values[ACTIONS_ip], text);
	is_six = strchr(text, ':');
	(void)fputs(is_six ? "[" : "", out);
	put_column(text, out);
	(void)fprintf(out, "%s:%" PRId64, is_six ? "]" : "", port->number);
}

/* With what came of a question: "ask:granted". */
static void put_verdict(const struct row *row, FILE *out)
{
	char text[SHOWN_SIZE];

	put_column(print_value(&row->values[ACTIONS_verdict], text), out);
	if (!is_set(&row->values[ACTIONS_answer]))
		return;
	(void)fputc(':', out);
	put_column(print_value(&row->values[ACTIONS_answer], text), out);
}

int print_line(const struct row *row, FILE *out)
{
	static const enum actions_column columns[] = {
		ACTIONS_time, ACTIONS_agent,   ACTIONS_action,
		ACTIONS_path, ACTIONS_verdict, ACTIONS_rule,
	};
	char text[SHOWN_SIZE];

	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		(void)fputs(i ? "  " : "", out);
		if (columns[i] == ACTIONS_path)
			print_target(row, out);
		else if (columns[i] == ACTIONS_verdict)
			put_verdict(row, out);
		else
			put_column(column_text(row, columns[i], text), out);
	}
	return fputc('\n', out) == EOF || ferror(out) ? -EIO : 0;
}

static void put_field(const char *name, const char *text, FILE *out)
{
	(void)fprintf(out, "%-13s%s%s\n", name, *text ? " " : "", text);
}

int print_fields(const struct row *row, FILE *out)
{
	const struct row_layout *layout = &row_layouts[row->table];
	char text[SHOWN_SIZE];

	(void)fprintf(out, "%-13s %" PRId64 "\n", "seq", row->seq);
	for (size_t i = 0; i < layout->count; i++)
		if (row->values[i].type != VALUE_NULL)
			put_field(layout->columns[i].name, column_text(row, i, text), out);
	put_field("prev", print_value(&row->prev, text), out);
	put_field("hash", print_value(&row->hash, text), out);
	return ferror(out) ? -EIO : 0;
}

static json_t *hex_json(const char *key, const struct value *value)
{
	size_t size = 2 * value->size + 1;
	CLEAN_FREE char *hex = malloc(size);

	if (!hex)
		return NULL;
	(void)sodium_bin2hex(hex, size, value->size ? value->bytes : "", value->size);
	return json_pack("{s:s}", key, hex);
}

static json_t *text_json(const struct value *value, bool is_argv)
{
	const char *bytes = value->size ? value->bytes : "";
	json_t *json = NULL;

	if (is_argv) /* it is JSON already, when nobody has meddled with it */
		json = json_loadb(bytes, value->size, JSON_ALLOW_NUL, NULL);
	if (!json)
		json = json_stringn(bytes, value->size);
	return json ? json : hex_json("hex", value);
}

static json_t *value_json(const struct row *row, size_t column)
{
	const struct value *value = &row->values[column];
	bool is_argv = strcmp(row_layouts[row->table].columns[column].name, "argv") == 0;
	char when[64];
	double real;

	if (is_time(row, column)) {
		print_time(value->number, when, sizeof(when));
		return json_string(when);
	}
	switch (value->type) {
	case VALUE_INTEGER:
		return json_integer(value->number);
	case VALUE_TEXT:
		return text_json(value, is_argv);
	case VALUE_BLOB:
		return hex_json("blob", value);
	case VALUE_REAL:
		memcpy(&real, &value->number, sizeof(real));
		return isfinite(real) ? json_real(real) : json_null(); /* JSON has no infinity */
	case VALUE_NULL:
		break;
	}
	return json_null();
}

static int put_json(const struct row *row, json_t *object)
{
	const struct row_layout *layout = &row_layouts[row->table];
	char text[SHOWN_SIZE];
	int r = json_object_set_new(object, "seq", json_integer(row->seq));

	for (size_t i = 0; i < layout->count && r == 0; i++)
		if (row->values[i].type != VALUE_NULL)
			r = json_object_set_new(object, layout->columns[i].name,
						value_json(row, i));
	if (r == 0)
		r = json_object_set_new(object, "prev", json_string(print_value(&row->prev, text)));
	if (r == 0)
		r = json_object_set_new(object, "hash", json_string(print_value(&row->hash, text)));
	return r < 0 ? -ENOMEM : 0;
}

json_t *print_object(const struct row *row)
{
	json_t *object = json_object();

	if (object && put_json(row, object) < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

int print_json(const struct row *row, FILE *out)
{
	json_t *object = print_object(row);
	int r = object ? 0 : -ENOMEM;

	if (r == 0 && json_dumpf(object, out, JSON_COMPACT | JSON_ENSURE_ASCII) < 0)
		r = -EIO;
	json_decref(object);
	if (r == 0 && fputc('\n', out) == EOF)
		r = -EIO;
	return r;
}

int print_csv_head(enum row_table table, FILE *out)
{
	const struct row_layout *layout = &row_layouts[table];

	(void)fprintf(out, "seq");
	for (size_t i = 0; i < layout->count; i++)
		(void)fprintf(out, ",%s", layout->columns[i].name);
	return fprintf(out, ",prev,hash\r\n") < 0 ? -EIO : 0;
}

static void put_csv(const char *text, bool is_text, FILE *out)
{
	(void)fputs(",\"", out);
	if (is_text && *text && strchr("=+-@", *text))
		(void)fprintf(out, "\\x%02x", (unsigned char)*text++);
	for (; *text; text++) {
		if (*text == '"')
			(void)fputc('"', out);
		(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

int print_csv(const struct row *row, FILE *out)
{
	char text[SHOWN_SIZE];

	(void)fprintf(out, "%" PRId64, row->seq);
	for (size_t i = 0; i < row_layouts[row->table].count; i++)
		put_csv(column_text(row, i, text), row->values[i].type == VALUE_TEXT, out);
	put_csv(print_value(&row->prev, text), true, out);
	put_csv(print_value(&row->hash, text), true, out);
	return fprintf(out, "\r\n") < 0 ? -EIO : 0;
}

int print_text(const char *text, FILE *out)
{
	char shown[SHOWN_SIZE];

	bytes_text(text, strlen(text), shown);
	return fputs(shown, out) == EOF ? -EIO : 0;
}
