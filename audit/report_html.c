/* SPDX-License-Identifier: MIT */
/*
 * The page: audit/report/page.html with its style, its script and the rows in it. What the script may
 * be is said by hash, so nothing else can run; and the rows are JSON in which no "<" is left, so no
 * name can end the element that they are in.
 */
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "audit/fields.h"
#include "audit/page.h"
#include "audit/print.h"
#include "audit/report_parts.h"

#define NS_PER_US 1000

struct page {
	struct report *report;
	struct strings *strings; /* by their place; the first is "" */
	bool is_first;
};

/* json_dump_callback_t: all that could begin markup is escaped. */
static int dump_part(const char *buffer, size_t size, void *data)
{
	FILE *out = data;

	for (size_t i = 0; i < size; i++) {
		if (strchr("<>&", buffer[i]))
			(void)fprintf(out, "\\u%04x", (unsigned)buffer[i]);
		else
			(void)fputc(buffer[i], out);
	}
	return ferror(out) ? -1 : 0;
}

/* Takes over @json. */
static int dump(json_t *json, FILE *out)
{
	int r = json ? json_dump_callback(json, dump_part, out,
					  JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY)
		     : -1;

	json_decref(json);
	return r < 0 ? -ENOMEM : 0;
}

/* The hash of the chain is left out: `agentos audit show` and `verify` are for that. */
static void put_columns(FILE *out)
{
	const struct row_layout *layout = &row_layouts[ROW_ACTIONS];

	(void)fputs("\"columns\":[{\"name\":\"seq\"}", out);
	for (size_t i = 0; i < layout->count; i++)
		(void)fprintf(out, ",{\"name\":\"%s\"%s}", layout->columns[i].name,
			      layout->columns[i].is_text ? ",\"text\":true" : "");
	(void)fputs("],\n\"rows\":[", out);
}

/* A time in ns is more than a number of JavaScript holds exactly. */
static int64_t exact(const char *name, int64_t number)
{
	return strcmp(name, "time") == 0 || strcmp(name, "mono") == 0 ? number / NS_PER_US : number;
}

static int put_value(struct page *page, const struct row_column *column, const struct value *value)
{
	FILE *out = page->report->out;
	size_t place = 0;
	int r = 0;

	if (column->is_text) {
		if (value->type == VALUE_TEXT || value->type == VALUE_BLOB)
			r = strings_add(page->strings, value->bytes, value->size, &place);
		(void)fprintf(out, ",%zu", place);
	} else if (value->type == VALUE_INTEGER) {
		(void)fprintf(out, ",%" PRId64, exact(column->name, value->number));
	} else {
		(void)fputs(",null", out);
	}
	return r;
}

static int put_row(const struct row *row, void *data)
{
	struct page *page = data;
	FILE *out = page->report->out;
	const struct row_layout *layout = &row_layouts[row->table];
	int r = report_run(page->report, row);

	(void)fprintf(out, "%s[%" PRId64, page->is_first ? "\n" : ",\n", row->seq);
	page->is_first = false;
	for (size_t i = 0; i < layout->count && r == 0; i++)
		r = put_value(page, &layout->columns[i], &row->values[i]);
	(void)fputc(']', out);
	return ferror(out) ? -EIO : r;
}

static int put_run(const struct row *row, void *data)
{
	struct page *page = data;
	FILE *out = page->report->out;

	(void)fputs(page->is_first ? "\n" : ",\n", out);
	page->is_first = false;
	return dump(report_sane(row), out);
}

static int put_strings(const struct strings *strings, FILE *out)
{
	char text[PRINT_SIZE];
	int r = 0;

	(void)fputs("\"strings\":[", out);
	for (size_t i = 0; i < strings_count(strings) && r == 0; i++) {
		struct value value = { .type = VALUE_TEXT };

		value.bytes = strings_at(strings, i, &value.size);
		(void)fputs(i ? ",\n" : "\n", out);
		r = dump(json_string(print_value(&value, text)), out);
	}
	(void)fputs("]\n", out);
	return r;
}

static int put_data(struct page *page, struct fault *fault)
{
	struct report *report = page->report;
	FILE *out = report->out;
	json_t *about = report_about(report);
	const char *key;
	json_t *value;
	int r = about ? 0 : -ENOMEM;

	(void)fputs("{", out);
	json_object_foreach(about, key, value)
	{
		(void)fprintf(out, "\"%s\":", key);
		if (r == 0)
			r = dump(json_incref(value), out);
		(void)fputs(",\n", out);
	}
	json_decref(about);
	put_columns(out);
	page->is_first = true;
	if (r == 0)
		r = reader_actions(report->reader, report->filter, put_row, page, fault);
	(void)fputs("],\n\"runs\":[", out);
	page->is_first = true;
	if (r == 0)
		r = report_walk_runs(report, put_run, page, fault);
	(void)fputs("],\n", out);
	if (r == 0)
		r = put_strings(page->strings, out);
	(void)fputs("}", out);
	return r;
}

static void put_hash(const char *text, FILE *out)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char shown[sodium_base64_ENCODED_LEN(sizeof(hash), sodium_base64_VARIANT_ORIGINAL)];

	(void)crypto_hash_sha256(hash, (const unsigned char *)text, strlen(text));
	(void)fprintf(out, "'sha256-%s'",
		      sodium_bin2base64(shown, sizeof(shown), hash, sizeof(hash),
					sodium_base64_VARIANT_ORIGINAL));
}

static void put_policy(FILE *out)
{
	(void)fputs("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		    "base-uri 'none'; form-action 'none'; style-src ",
		    out);
	put_hash(page_css, out);
	(void)fputs("; script-src ", out);
	put_hash(page_js, out);
	(void)fputs("\">", out);
}

/* Everything up to a mark. Return: what follows it. */
static const char *put_until(const char *text, const char *mark, FILE *out)
{
	const char *at = strstr(text, mark);

	(void)fwrite(text, 1, (size_t)(at - text), out);
	return at + strlen(mark);
}

int report_html(struct report *report, struct fault *fault)
{
	struct page page = { .report = report, .strings = strings_new() };
	FILE *out = report->out;
	const char *rest = page_html;
	size_t place;
	int r = page.strings ? strings_add(page.strings, "", 0, &place) : -ENOMEM;

	rest = put_until(rest, "{{policy}}", out);
	put_policy(out);
	rest = put_until(rest, "{{style}}", out);
	(void)fputs(page_css, out);
	rest = put_until(rest, "{{data}}", out);
	if (r == 0)
		r = put_data(&page, fault);
	rest = put_until(rest, "{{script}}", out);
	(void)fputs(page_js, out);
	(void)fputs(rest, out);
	strings_free(page.strings);
	return r;
}
