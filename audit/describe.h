/* SPDX-License-Identifier: MIT */
/*
 * What happened, as a row of the recorder. Texts are borrowed, from what is described and from
 * @text, as long as the row is used.
 */
#ifndef AGENTOS_AUDIT_DESCRIBE_H
#define AGENTOS_AUDIT_DESCRIBE_H

#include <netinet/in.h>

#include "audit/recorder.h"
#include "audit/row.h"

/* Texts that have to be made; release with described_release(). */
struct described {
	char *argv;    /* owned; JSON, or NULL */
	char *content; /* owned, or NULL */
	char ip[INET6_ADDRSTRLEN];
};

/** described_release() - free the texts; a zeroed one is allowed. */
void described_release(struct described *text);

/**
 * describe_run() - the row that opens a run
 * @text: zeroed by the caller
 * Return: 0 or -ENOMEM.
 */
int describe_run(const struct recorder_run *run, struct described *text, struct row *out);

/** describe_end() - the row that closes the run @run of @agent. */
void describe_end(const char *run, const char *agent, int status,
		  const struct recorder_summary *summary, struct row *out);

/** describe_lost() - the row that says that nobody closes the run @run of @agent any more. */
void describe_lost(const char *run, const char *agent, struct row *out);

/**
 * describe_action() - the row of one decision
 * @run, @agent: of the run; event->agent comes first
 * @text:        zeroed by the caller
 *
 * Return: 0 or -ENOMEM.
 */
int describe_action(const char *run, const char *agent, const struct event *event,
		    const struct decision *decision, struct described *text, struct row *out);

#endif
