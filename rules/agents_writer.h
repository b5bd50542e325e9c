/* SPDX-License-Identifier: MIT */
/*
 * The parts of the policy from an AGENTS.md: what each kind of statement becomes. Of agents_policy.c.
 */
#ifndef AGENTOS_RULES_AGENTS_WRITER_H
#define AGENTOS_RULES_AGENTS_WRITER_H

#include "rules/agents_policy.h"

#define AGENTS_SHOWN 400 /* bytes of a text in a comment */
/* What is no storage, or ends with the run; refusals leave it out. */
#define AGENTS_TMPDIR "\"${TMPDIR}/\""
#define AGENTS_NO_STORAGE                                                                          \
	"\"/dev/{null,zero,full,random,urandom,tty,ptmx,pts/ptmx}\", \"/dev/shm/\", \"/proc/\""

struct agents_writer {
	const struct agents_md *md;
	FILE *out, *tests;
	const struct agents_answer *answers;
	size_t answer_count;
	unsigned rows;
	bool has_contents;
	bool can_change; /* something grants changes of databases */
};

/** agents_has() - Return: whether the item is about @deed. */
static inline bool agents_has(const struct agents_item *item, enum agents_deed deed)
{
	return item->deeds & AGENTS_BIT(deed);
}

/* The action of each deed, in the words of `on`. */
extern const char *const agents_on_words[AGENTS_DEED_COUNT];

/** agents_verdict() - Return: the word for what the item says. */
const char *agents_verdict(const struct agents_item *item);

/** agents_put_quoted() - in double quotes, as YAML reads them. */
void agents_put_quoted(FILE *out, const char *text);

/** agents_put_words() - the same, made fit for a terminal and cut. */
void agents_put_words(FILE *out, const char *text);

/**
 * agents_put_origin() - the comment that names the line of the document
 * It stays on its line whatever the text is: what ends a line for YAML is shown as a code.
 */
void agents_put_origin(FILE *out, const struct agents_md *md, const struct agents_item *item);

/** agents_rule_open() - begin a rule; @what makes its name one of its own. */
void agents_rule_open(struct agents_writer *writer, const struct agents_item *item,
		      const char *what);

/** agents_put_key() - a key of the open rule. */
void agents_put_key(struct agents_writer *writer, const char *key, const char *value);

/** agents_put_on() - the key `on` for a set of deeds. */
void agents_put_on(struct agents_writer *writer, unsigned deeds);

/** agents_row_end() - end a row of `tests` that was begun, with what is expected of it. */
void agents_row_end(struct agents_writer *writer, const struct agents_item *item,
		    const char *expected);

/** agents_file_rows() - a row for each deed about a path that @pattern matches. */
void agents_file_rows(struct agents_writer *writer, const struct agents_item *item, unsigned deeds,
		      const char *pattern, const char *expected);

/** agents_put_granted() - files that may be used, asked for or not. */
void agents_put_granted(struct agents_writer *writer, const struct agents_item *item);

/** agents_put_refused() - files that may not. */
void agents_put_refused(struct agents_writer *writer, const struct agents_item *item);

/** agents_put_programs() - what is executed. */
void agents_put_programs(struct agents_writer *writer, const struct agents_item *item);

/** agents_put_databases() - what is asked of databases, or changed in them. */
void agents_put_databases(struct agents_writer *writer, const struct agents_item *item);

/** agents_put_peers() - requests and mail: the way to a host, and what is said there. */
void agents_put_peers(struct agents_writer *writer, const struct agents_item *item);

/** agents_put_tool() - a tool by its name. */
void agents_put_tool(struct agents_writer *writer, const struct agents_item *item);

#endif
