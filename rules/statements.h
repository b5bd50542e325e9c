/* SPDX-License-Identifier: MIT */
/*
 * Queries: each thing that a text does to a database is judged for itself, and the strictest verdict
 * holds for the whole.
 */
#ifndef AGENTOS_RULES_STATEMENTS_H
#define AGENTOS_RULES_STATEMENTS_H

#include "rules/policy.h"

typedef void statements_fn(const struct policy *policy, const struct event *event,
			   struct decision *out_decision);

/**
 * statements_decide() - judge a query by its statements
 * @event:  database_query
 * @decide: called with @event for each statement, and once when there is none
 *
 * Without a dialect, the text is read as each that has statements (PostgreSQL, MySQL, SQLite): what
 * any of those that understand it finds in it counts. What nobody understands, or a dialect that
 * nobody knows, is one statement that is not understood.
 *
 * A text that was understood before is not read again (rules/readings.h), and then nothing is allocated.
 * When memory is short, nothing is understood. Thread-safe.
 */
void statements_decide(const struct policy *policy, const struct event *event,
		       statements_fn *decide, struct decision *out_decision);

#endif
