/* SPDX-License-Identifier: MIT */
/*
 * The forms of a report, and what they share.
 */
#ifndef AGENTOS_AUDIT_REPORT_PARTS_H
#define AGENTOS_AUDIT_REPORT_PARTS_H

#include <jansson.h>
#include <stdio.h>

#include "audit/reader.h"
#include "audit/strings.h"

/* What a report is made from: all borrowed. */
struct report {
	struct reader *reader;
	const struct reader_filter *filter; /* up_to_seq is set: runs may write on meanwhile */
	struct strings *runs;		    /* those that were added with report_run() */
	FILE *out;
};

/* Writes one form. Return: 0, or negative errno; @fault is set when the reader fails. */
typedef int report_fn(struct report *report, struct fault *fault);

/** report_html() - a page */
report_fn report_html;

/** report_json() - an object of the runs and the actions, each as print_object() */
report_fn report_json;

/** report_markdown() - a summary, and the refusals */
report_fn report_markdown;

/** report_run() - remember the run of an action. Return: 0 or -ENOMEM. */
int report_run(struct report *report, const struct row *row);

/** report_walk_runs() - visit the rows of the remembered runs. Return: as reader_run(). */
int report_walk_runs(struct report *report, reader_fn *visit, void *data, struct fault *fault);

/** report_about() - {"made", "recorder", "head", "filter"}. Return: a new reference, or NULL. */
json_t *report_about(const struct report *report);

/** report_sane() - a row for people, as an object. Return: a new reference, or NULL. */
json_t *report_sane(const struct row *row);

#endif
