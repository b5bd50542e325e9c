/* SPDX-License-Identifier: MIT */
/*
 * The keys `pattern` and `detect`: regular expressions, and kinds of data, that are searched in the
 * text of an action.
 *
 *   read_file, write_file, delete_file   the path
 *   execute                              the arguments behind the program's name, joined by blanks
 *   connect, listen                      the path of a unix socket; the host's name, or its address
 *   resolve                              the host's name
 *   database_query                       the statements
 *   api_call                             the url, and the body
 *   send_data, output                    the data
 *   tool_call                            the arguments
 *
 * Whoever asks in JSON (agentos decide) is searched as well in the parameters as they were written.
 */
#ifndef AGENTOS_RULES_SEARCH_H
#define AGENTOS_RULES_SEARCH_H

#include "common/event.h"
#include "rules/detect.h"
#include "rules/pattern.h"

/* One of a list: any of them is enough. */
struct search {
	const struct search *next;
	const struct pattern *pattern;
};

/* What is searched: any of it is enough. */
struct wanted {
	const struct search *patterns;
	unsigned detectors; /* DETECTOR_BITs */
};

/** search_event() - whether one of these is found. No allocation but a thread's first; thread-safe. */
enum matched search_event(struct wanted wanted, const struct event *event);

#endif
