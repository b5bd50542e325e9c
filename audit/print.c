/* SPDX-License-Identifier: MIT */
#include "audit/print.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clean.h"
#include "common/printable.h"

#define TEXT_MAX 16384

/* "2026-11-23T10:15:02.123Z" */
static void time_text(int64_t ns, char *text, size_t size)
{
	time_t seconds = (time_t)(ns / 1000000000);
	struct tm utc;
	char day[32];

	(void)gmtime_r(&seconds, &utc);
	(void)strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &utc);
	(void)snprintf(text, size, "%s.%03dZ", day, (int)(ns % 1000000000 / 1000000));
}

/* A value as text that is fit for a terminal; "" for NULL. */
static void value_text(const struct value *value, char *text, size_t size)
{
	char raw[TEXT_MAX + 1];

	switch (value->type) {
	case VALUE_INTEGER:
		(void)snprintf(text, size, "%" PRId64, value->number);
		break;
	case VALUE_TEXT:
		(void)snprintf(raw, sizeof(raw), "%.*s", (int)value->size,
			       value->size ? (const char *)value->bytes : "");
		(void)printable_copy(raw, text, size);
		break;
	default:
		text[0] = '\0';
		break;
	}
}

static bool is_set(const struct value *value)
{
	return value->type == VALUE_TEXT && value->size > 0;
}

static void target_text(const struct row *row, char *text, size_t size)
{
	const struct value *path = &row->values[ACTIONS_path];
	const struct value *host = &row->values[ACTIONS_host];
	char name[512];

	if (is_set(path) || row->values[ACTIONS_port].type != VALUE_INTEGER) {
		value_text(path, text, size);
		return;
	}
	value_text(is_set(host) ? host : &row->values[ACTIONS_ip], name, sizeof(name));
	(void)snprintf(text, size, strchr(name, ':') ? "[%s]:%" PRId64 : "%s:%" PRId64, name,
		       row->values[ACTIONS_port].number);
}

int print_line(const struct row *row, FILE *out)
{
	char when[40], agent[256], action[64], target[TEXT_MAX], verdict[32], rule[256];

	time_text(row->values[ACTIONS_time].number, when, sizeof(when));
	value_text(&row->values[ACTIONS_agent], agent, sizeof(agent));
	value_text(&row->values[ACTIONS_action], action, sizeof(action));
	value_text(&row->values[ACTIONS_verdict], verdict, sizeof(verdict));
	value_text(&row->values[ACTIONS_rule], rule, sizeof(rule));
	target_text(row, target, sizeof(target));
	return fprintf(out, "%s  %s  %s  %s  %s  %s\n", when, agent, action, target, verdict, rule) < 0
		       ? -EIO
		       : 0;
}

static void hash_text(const struct value *value, char *text, size_t size)
{
	text[0] = '\0';
	if (value->type == VALUE_BLOB && 2 * value->size < size)
		(void)sodium_bin2hex(text, size, value->bytes, value->size);
}

int print_fields(const struct row *row, FILE *out)
{
	const struct row_layout *layout = &row_layouts[row->table];
	char text[TEXT_MAX];

	(void)fprintf(out, "%-13s %" PRId64 "\n", "seq", row->seq);
	for (size_t i = 0; i < layout->count; i++) {
		if (row->values[i].type == VALUE_NULL)
			continue;
		if (strcmp(layout->columns[i].name, "time") == 0)
			time_text(row->values[i].number, text, sizeof(text));
		else
			value_text(&row->values[i], text, sizeof(text));
		(void)fprintf(out, "%-13s %s\n", layout->columns[i].name, text);
	}
	hash_text(&row->prev, text, sizeof(text));
	(void)fprintf(out, "%-13s %s\n", "prev", text);
	hash_text(&row->hash, text, sizeof(text));
	return fprintf(out, "%-13s %s\n", "hash", text) < 0 ? -EIO : 0;
}

static json_t *text_json(const char *name, const struct value *value)
{
	const char *bytes = value->size ? value->bytes : "";
	json_t *json;
	CLEAN_FREE char *hex = NULL;

	if (strcmp(name, "argv") == 0) { /* it is JSON already */
		json = json_loadb(bytes, value->size, JSON_DECODE_ANY, NULL);
		if (json)
			return json;
	}
	json = json_stringn(bytes, value->size);
	if (json)
		return json;
	hex = malloc(2 * value->size + 1);
	if (!hex)
		return NULL;
	return json_pack("{s:s}", "hex",
			 sodium_bin2hex(hex, 2 * value->size + 1, value->bytes, value->size));
}

static json_t *value_json(const char *name, const struct value *value)
{
	char when[40];

	if (value->type == VALUE_TEXT)
		return text_json(name, value);
	if (value->type != VALUE_INTEGER)
		return json_null();
	if (strcmp(name, "time") != 0)
		return json_integer(value->number);
	time_text(value->number, when, sizeof(when));
	return json_string(when);
}

int print_json(const struct row *row, FILE *out)
{
	const struct row_layout *layout = &row_layouts[row->table];
	json_t *object = json_object();
	char hash[2 * ROW_HASH_SIZE + 1];
	int r;

	if (!object)
		return -ENOMEM;
	(void)json_object_set_new(object, "seq", json_integer(row->seq));
	for (size_t i = 0; i < layout->count; i++)
		if (row->values[i].type != VALUE_NULL)
			(void)json_object_set_new(object, layout->columns[i].name,
						  value_json(layout->columns[i].name,
							     &row->values[i]));
	hash_text(&row->hash, hash, sizeof(hash));
	(void)json_object_set_new(object, "hash", json_string(hash));
	r = json_dumpf(object, out, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(object);
	return r < 0 || fputc('\n', out) == EOF ? -EIO : 0;
}

int print_csv_head(enum row_table table, FILE *out)
{
	const struct row_layout *layout = &row_layouts[table];

	(void)fprintf(out, "seq");
	for (size_t i = 0; i < layout->count; i++)
		(void)fprintf(out, ",%s", layout->columns[i].name);
	return fprintf(out, ",hash\r\n") < 0 ? -EIO : 0;
}

static void csv_field(const char *text, FILE *out)
{
	(void)fputs(",\"", out);
	for (; *text; text++) {
		if (*text == '"')
			(void)fputc('"', out);
		(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

int print_csv(const struct row *row, FILE *out)
{
	const struct row_layout *layout = &row_layouts[row->table];
	char text[TEXT_MAX];

	(void)fprintf(out, "%" PRId64, row->seq);
	for (size_t i = 0; i < layout->count; i++) {
		if (strcmp(layout->columns[i].name, "time") == 0)
			time_text(row->values[i].number, text, sizeof(text));
		else
			value_text(&row->values[i], text, sizeof(text));
		csv_field(text, out);
	}
	hash_text(&row->hash, text, sizeof(text));
	csv_field(text, out);
	return fprintf(out, "\r\n") < 0 ? -EIO : 0;
}
