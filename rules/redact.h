/* SPDX-License-Identifier: MIT */
/*
 * What is left out of the record of an action: the key `redact`.
 *
 *   what `detect` finds            always, of the content actions and of arguments
 *   keys and tokens (cloud_key)    always, of the content actions
 *   what `pattern` finds           by rules with `redact: true`; of output by all that do not say
 *                                  `redact: false`
 *   the whole text                 as the line above, where a rule matches that has a condition and
 *                                  searches nothing
 */
#ifndef AGENTOS_RULES_REDACT_H
#define AGENTOS_RULES_REDACT_H

#include "rules/policy.h"

#define REDACTED "[redacted]"

/* An event without what is left out; zeroed by the caller. */
struct redacted {
	struct event event;
	struct content content;
	void *texts; /* owned */
};

/**
 * policy_redact() - the event as it is to be recorded and told
 * @event: judged; borrowed as long as the result is used
 * @out:   zeroed; release with redacted_release()
 *
 * Looks at all rules about this action, whatever their verdict. Where memory is short, or a search takes too
 * long, all of the text is left out. Thread-safe.
 *
 * Return: @event itself when nothing is left out, else the event in @out.
 */
const struct event *policy_redact(const struct policy *policy, const struct event *event,
				  struct redacted *out);

/** redacted_release() - free the texts. */
void redacted_release(struct redacted *redacted);

#endif
