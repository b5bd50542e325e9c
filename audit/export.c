/* SPDX-License-Identifier: MIT */
#include "audit/export.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/fields.h"
#include "audit/print.h"
#include "common/clean.h"
#include "common/printable.h"

int export_dump(json_t *json, FILE *out)
{
	int r = json ? 0 : -ENOMEM;

	errno = 0;
	if (r == 0 && json_dumpf(json, out, JSON_COMPACT | JSON_ENSURE_ASCII) < 0)
		r = errno ? -errno : -EIO;
	json_decref(json);
	return r;
}

char *export_target(const struct row *row)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int r;

	if (!out)
		return NULL;
	print_target(row, out);
	r = fclose(out);
	if (r == 0)
		return text;
	free(text);
	return NULL;
}

void export_source_init(const struct reader *reader, const char *version, struct export_source *out)
{
	char host[64] = "";

	(void)gethostname(host, sizeof(host) - 1);
	(void)printable_copy(host[0] ? host : "localhost", out->host, sizeof(out->host));
	(void)sodium_bin2hex(out->recorder, sizeof(out->recorder), reader_id(reader),
			     SCHEMA_ID_SIZE);
	out->version = version;
}

static int jsonl_row(const struct row *row, const struct export_source *source, FILE *out)
{
	(void)source;
	return export_dump(print_object(row), out);
}

static int csv_begin(const struct export_source *source, FILE *out)
{
	(void)source;
	return print_csv_head(ROW_ACTIONS, out);
}

static int csv_row(const struct row *row, const struct export_source *source, FILE *out)
{
	(void)source;
	return print_csv(row, out);
}

/* CloudEvents 1.0, JSON format: source and id together are one event's alone. */
static int cloudevents_row(const struct row *row, const struct export_source *source, FILE *out)
{
	CLEAN_FREE char *subject = export_target(row);
	CLEAN_FREE char *action = field_text(row, "action");
	char when[64];

	(void)print_time(field_number(row, "time", 0), when, sizeof(when));
	return export_dump(
		json_pack("{s:s, s:o, s:o, s:o, s:s, s:s*, s:s, s:o}", "specversion", "1.0", "id",
			  json_sprintf("%s-%" PRId64, source->recorder, row->seq), "source",
			  json_sprintf("/agentos/%s", source->recorder), "type",
			  json_sprintf("agentos.action.%s", action ? action : "none"), "time", when,
			  "subject", subject, "datacontenttype", "application/json", "data",
			  print_object(row)),
		out);
}

static int ocsf_row(const struct row *row, const struct export_source *source, FILE *out)
{
	return export_dump(ocsf_event(row, source), out);
}

static int otlp_row(const struct row *row, const struct export_source *source, FILE *out)
{
	return export_dump(otlp_record(row, source), out);
}

static const struct export_format formats[] = {
	{ "jsonl",
	  "application/x-ndjson",
	  jsonl_row,
	  NULL,
	  { "\n", "\n" },
	  { "\n", "\n" },
	  "",
	  "",
	  false },
	{ "csv", "text/csv", csv_row, csv_begin, { "", "" }, { "", "" }, "", "", true },
	{ "cloudevents",
	  "application/cloudevents-batch+json",
	  cloudevents_row,
	  NULL,
	  { "\n", "\n" },
	  { ",", "]" },
	  "",
	  "[",
	  false },
	{ "ocsf",
	  "application/json",
	  ocsf_row,
	  NULL,
	  { "\n", "\n" },
	  { ",", "]" },
	  "",
	  "[",
	  false },
	{ "otlp",
	  "application/json",
	  otlp_row,
	  otlp_begin,
	  { ",", "]}]}]}\n" },
	  { ",", "]}]}]}" },
	  "",
	  "",
	  false },
};

const struct export_format *export_format_at(size_t index)
{
	return index < sizeof(formats) / sizeof(formats[0]) ? &formats[index] : NULL;
}
