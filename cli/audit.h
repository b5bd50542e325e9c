/* SPDX-License-Identifier: MIT */
/*
 * What the verbs of `agentos audit` do.
 */
#ifndef AGENTOS_CLI_AUDIT_H
#define AGENTOS_CLI_AUDIT_H

#include "audit/reader.h"
#include "common/options.h"

/* What the command line asks for, understood. */
struct audit_request {
	struct reader_filter filter;
	int64_t seq;	   /* show, prove */
	const char *proof; /* verify: this file, "-" is standard input, and not a record */
	bool json, csv, follow;
	struct keys_known known;	 /* verify: believe these; none: those of this host */
	const char *operand;		 /* of report: the file */
	const char *format, *to, *state; /* export; each may be NULL */
	struct option_list headers;	 /* export */
};

/* Prints on standard output. Return: 0, 1 (the answer is no), or negative errno with @fault set. */
typedef int audit_fn(struct reader *reader, struct audit_request *request, struct fault *fault);

/** audit_query() - rows of actions */
audit_fn audit_query;

/** audit_tail() - the last rows, ten when no limit is set; with follow, each new one until a signal */
audit_fn audit_tail;

/** audit_show() - one row with all its fields */
audit_fn audit_show;

/** audit_stats() - counts */
audit_fn audit_stats;

/** audit_verify() - whether the record is whole; 1: it is not */
audit_fn audit_verify;

/** audit_rotate() - a new key for the record at @path. Return: as audit_fn. */
int audit_rotate(const char *path, struct audit_request *request, struct fault *fault);

/** audit_prove() - a proof of one row, for who has not the record */
audit_fn audit_prove;

/** audit_verify_proof() - whether a proof is one; 1: it is not. Otherwise as audit_fn. */
int audit_verify_proof(struct audit_request *request, struct fault *fault);

/** audit_export() - hand rows on; cli/export.c */
audit_fn audit_export;

/** audit_report() - write a report into the file request->operand */
audit_fn audit_report;

#endif
