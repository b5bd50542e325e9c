/* SPDX-License-Identifier: MIT */
/*
 * Rows of `actions` in the forms that others take. Names in them are escaped as print.h says, except
 * in JSON lines and in the data of CloudEvents, which are print_object().
 */
#ifndef AGENTOS_AUDIT_EXPORT_H
#define AGENTOS_AUDIT_EXPORT_H

#include <jansson.h>
#include <stdio.h>

#include "audit/reader.h"
#include "audit/schema.h"

#define EXPORT_ID_SIZE (2 * SCHEMA_ID_SIZE + 1)
#define EXPORT_HOST_SIZE 256

/* Where the rows are from. */
struct export_source {
	char recorder[EXPORT_ID_SIZE]; /* hexadecimal */
	char host[EXPORT_HOST_SIZE];   /* name of this machine, escaped */
	const char *version;	       /* of agentos; borrowed */
};

/* What stands around and between the rows of one batch. */
struct export_frame {
	const char *between, *end;
};

struct export_format {
	const char *name;
	const char *media; /* of a request's body */
	/* Writes one row. Return: 0 or negative errno. */
	int (*row)(const struct row *row, const struct export_source *source, FILE *out);
	/* Begins a batch; NULL: with nothing (lines) or "[" (body). */
	int (*begin)(const struct export_source *source, FILE *out);
	struct export_frame lines, body;
	const char *lines_begin, *body_begin;
	bool has_head; /* it begins with a line of names: once in a file, in each body */
};

/** export_format_at() - the formats by number. Return: NULL behind the last. */
const struct export_format *export_format_at(size_t index);

/** export_source_init() - where the rows of @reader are from. */
void export_source_init(const struct reader *reader, const char *version,
			struct export_source *out);

/** export_dump() - write JSON without a line's end; takes over @json. Return: 0 or negative errno. */
int export_dump(json_t *json, FILE *out);

/** export_target() - what an action is about, in words. Return: owned, or NULL without memory. */
char *export_target(const struct row *row);

/** ocsf_event() - as an event of OCSF 1.4. Return: a new reference, or NULL. */
json_t *ocsf_event(const struct row *row, const struct export_source *source);

/** otlp_record() - as a log record of OTLP/JSON. Return: a new reference, or NULL. */
json_t *otlp_record(const struct row *row, const struct export_source *source);

/** otlp_begin() - the beginning of a request, up to the first record. Return: 0 or negative errno. */
int otlp_begin(const struct export_source *source, FILE *out);

#endif
