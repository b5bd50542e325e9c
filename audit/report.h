/* SPDX-License-Identifier: MIT */
/*
 * What a record holds as one document: a page that needs nothing but itself, JSON, or Markdown.
 */
#ifndef AGENTOS_AUDIT_REPORT_H
#define AGENTOS_AUDIT_REPORT_H

#include "audit/reader.h"

/**
 * report_write() - write a report
 * @filter: which actions are in it; the runs are those that they belong to
 * @path:   ends in .html, .json or .md; made anew with mode 0600, and only when all could be written
 *
 * Return: 0, or negative errno with @fault set.
 */
int report_write(struct reader *reader, const struct reader_filter *filter, const char *path,
		 struct fault *fault);

#endif
