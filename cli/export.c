/* SPDX-License-Identifier: MIT */
/*
 * agentos audit export: rows go on in windows of their numbers, so that no batch is large and no view of
 * the record is held long; what a window holds is committed before how far it came is remembered.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "audit/print.h"
#include "cli/audit.h"
#include "cli/commands.h"
#include "cli/sink.h"
#include "cli/state.h"
#include "common/clean.h"
#include "common/nearest.h"

#define WINDOW 1000
#define FORMATS_MAX 16
#define FILTER_SIZE 16384

struct exporting {
	struct reader *reader;
	const struct audit_request *request;
	struct export_source source;
	struct sink *sink;
	struct fault *fault;
	int64_t after; /* rows up to this one are handed on */
};

static int put_row(const struct row *row, void *data)
{
	struct exporting *exporting = data;

	return exporting->sink->put(exporting->sink, row, exporting->fault);
}

/* The rows behind exporting->after, up to one. */
static int export_window(struct exporting *exporting, int64_t up_to)
{
	struct reader_filter filter = exporting->request->filter;
	int r = 0;

	filter.after_seq = exporting->after;
	filter.up_to_seq = up_to;
	filter.limit = 0;
	for (int i = 0; exporting->sink->wants_all && i < ROW_TABLES && r == 0; i++)
		if (i != ROW_ACTIONS)
			r = reader_table(exporting->reader, (enum row_table)i, &filter, put_row,
					 exporting, exporting->fault);
	if (r == 0)
		r = reader_actions(exporting->reader, &filter, put_row, exporting,
				   exporting->fault);
	if (r == 0)
		r = exporting->sink->commit(exporting->sink, up_to, exporting->fault);
	if (r < 0)
		return r;
	exporting->after = up_to;
	if (!exporting->request->state)
		return 0;
	return state_write(exporting->request->state, exporting->source.recorder, up_to,
			   exporting->fault);
}

static int first_seq(const struct row *row, void *data)
{
	*(int64_t *)data = row->seq - 1;
	return 1;
}

/* Where to begin: the later of what was asked for, and where it stopped. */
static int find_start(struct exporting *exporting)
{
	const struct audit_request *request = exporting->request;
	int64_t state = 0;
	int r = 0;

	exporting->after = request->filter.after_seq;
	if (request->state)
		r = state_read(request->state, exporting->source.recorder, &state,
			       exporting->fault);
	if (state > exporting->after)
		exporting->after = state;
	if (exporting->sink->after_seq > exporting->after)
		exporting->after = exporting->sink->after_seq;
	if (r == 0 && request->filter.limit > 0)
		r = reader_actions(exporting->reader, &request->filter, first_seq, &state,
				   exporting->fault);
	if (r > 0 && state > exporting->after)
		exporting->after = state;
	return r < 0 ? r : 0;
}

static int export_all(struct exporting *exporting)
{
	int64_t start;
	int64_t head = 0;
	int r = find_start(exporting);

	start = exporting->after;
	if (r == 0)
		r = reader_head(exporting->reader, &head, exporting->fault);
	while (r == 0 && exporting->after < head) {
		int64_t up_to = exporting->after + WINDOW;

		r = export_window(exporting, up_to < head ? up_to : head);
	}
	if (r < 0 && exporting->after > start) {
		char why[FAULT_TEXT_SIZE];

		(void)snprintf(why, sizeof(why), "%s", exporting->fault->text);
		r = fault_set(exporting->fault, r,
			      "%.700s; rows up to %" PRId64 " were taken, --since-seq %" PRId64
			      " goes on",
			      why, exporting->after, exporting->after + 1);
	}
	return r;
}

static const struct export_format *format_find(const char *name, struct fault *fault)
{
	const char *names[FORMATS_MAX];
	const struct export_format *format;
	const char *meant;
	size_t count = 0;

	for (; (format = export_format_at(count)); count++) {
		names[count] = format->name;
		if (!name || strcmp(format->name, name) == 0)
			return format;
	}
	meant = nearest_word(name, names, count);
	(void)fault_set(fault, -EINVAL, "unknown word for --format: '%s'%s%s%s", name,
			meant ? "; hint: did you mean '" : "", meant ? meant : "",
			meant ? "'?" : "");
	return NULL;
}

static bool starts(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* The filters in one text: how far one came with these says nothing of others. */
static void filter_name(const struct reader_filter *filter, char *text)
{
	const char *words[] = { filter->agent,	 filter->run,  filter->action,
				filter->verdict, filter->rule, filter->path };
	json_t *list = json_array();
	bool is_all = filter->since_ns == 0 && filter->until_ns == 0;
	CLEAN_FREE char *dumped = NULL;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		is_all = is_all && !words[i];
		(void)json_array_append_new(list, words[i] ? json_string(words[i]) : json_null());
	}
	(void)json_array_append_new(list, json_integer(filter->since_ns));
	(void)json_array_append_new(list, json_integer(filter->until_ns));
	dumped = json_dumps(list, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(list);
	(void)snprintf(text, FILTER_SIZE, "%s", is_all || !dumped ? "" : dumped);
}

static struct sink *sink_new(const struct audit_request *request,
			     const struct sink_options *options, struct fault *fault)
{
	const char *to = request->to;

	if (to && (starts(to, "http://") || starts(to, "https://")))
		return sink_http_new(to, options, fault);
	if (request->headers.count > 0) {
		(void)fault_set(fault, -EINVAL, "--header is for --to http(s)://...");
		return NULL;
	}
	if (!to || (!starts(to, "postgresql://") && !starts(to, "postgres://")))
		return sink_stream_new(to, options, fault);
	if (request->format || request->state) {
		(void)fault_set(fault, -EINVAL, "--%s is not for --to postgresql://..., which %s",
				request->format ? "format" : "state",
				request->format ? "has tables"
						: "itself remembers how far it came");
		return NULL;
	}
	return sink_postgresql_new(to, options, fault);
}

int audit_export(struct reader *reader, struct audit_request *request, struct fault *fault)
{
	struct exporting exporting = { .reader = reader, .request = request, .fault = fault };
	char filter[FILTER_SIZE];
	struct sink_options options = { .format = format_find(request->format, fault),
					.source = &exporting.source,
					.headers = &request->headers,
					.filter = filter,
					.appends = request->state != NULL };
	int r;

	if (!options.format)
		return -EINVAL;
	export_source_init(reader, AGENTOS_VERSION, &exporting.source);
	filter_name(&request->filter, filter);
	exporting.sink = sink_new(request, &options, fault);
	if (!exporting.sink)
		return -EINVAL;
	r = export_all(&exporting);
	exporting.sink->free(exporting.sink);
	return r;
}
