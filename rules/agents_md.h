/* SPDX-License-Identifier: MIT */
/*
 * An AGENTS.md as a list of what it says: Markdown is written for people, so only what can be read in
 * one way becomes a statement, and every other list item says why it did not.
 *
 * Three steps: the document's items (agents_md.c), what an item says (agents_words.c) or an entry of
 * the front matter (agents_front.c), and the policy that follows (agents_policy.h).
 */
#ifndef AGENTOS_RULES_AGENTS_MD_H
#define AGENTOS_RULES_AGENTS_MD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/fault.h"
#include "rules/arena.h"
#include "rules/errors.h"

#define AGENTS_SIZE_MAX (4 * 1024 * 1024)
#define AGENTS_TEXT_MAX 1000 /* bytes of an item that anybody could read in one way */

#define AGENTS_WORKSPACE "${WORKSPACE}/"

/* Under what kind of label an item stands. */
enum agents_area { AGENTS_AREA_NONE, AGENTS_AREA_CAN, AGENTS_AREA_NEVER, AGENTS_AREA_MUST };

enum agents_mood { AGENTS_MAY, AGENTS_ASK, AGENTS_NEVER };

/* What is done; a set has bit n for deed n. */
enum agents_deed {
	AGENTS_READ,
	AGENTS_WRITE,
	AGENTS_DELETE,
	AGENTS_EXECUTE,
	AGENTS_QUERY,
	AGENTS_CHANGE, /* data of a database */
	AGENTS_CALL,   /* a request to a host */
	AGENTS_MAIL,
	AGENTS_TOOL,
	AGENTS_DEED_COUNT,
};

#define AGENTS_BIT(deed) (1u << (deed))
#define AGENTS_FILES                                                                               \
	(AGENTS_BIT(AGENTS_READ) | AGENTS_BIT(AGENTS_WRITE) | AGENTS_BIT(AGENTS_DELETE))
#define AGENTS_PEERS (AGENTS_BIT(AGENTS_CALL) | AGENTS_BIT(AGENTS_MAIL))

/* To what; made fit for a policy. In the arena. */
struct agents_object {
	struct agents_object *next;
	const char *text; /* a path pattern, the name of a program, a host, the name of a tool */
	const char *args; /* of a program, else NULL */
	uint16_t port;	  /* of a host; 0: none was written */
};

/* A list item or an entry of the front matter. In the arena. */
struct agents_item {
	struct agents_item *next;
	unsigned line, column; /* of its text, from 1 */
	enum agents_area area;
	const char *text; /* on one line, without the marker; cut at AGENTS_TEXT_MAX */
	const char *why;  /* it is no statement: one clause; NULL: it is */
	enum agents_mood mood;
	unsigned deeds;
	struct agents_object *objects, *excepted;
	bool read_only, is_logged,
		is_named;  /* is_named: a built-in policy, whose name is the text */
	bool is_only;	   /* refused but for what is excepted */
	const char *limit; /* "100/hour", or NULL */
};

/* A document. In the arena. */
struct agents_md {
	const char *label; /* of the file */
	const char *name, *description;
	size_t front_size; /* of the front matter with its first line, without its last; 0: none */
	struct agents_item *items, **end;
	bool has_list; /* it lists what the agent can do: what it does not list is refused */
};

/**
 * agents_md_read() - read a document
 * @label:  of the file, for what is said about it; borrowed
 * @text:   @size bytes
 * @out:    written only on success; its pointers are of @arena, @label or literals
 * @errors: what is wrong with the front matter
 *
 * Pure, and in time that grows with @size. Text that is no UTF-8, a NUL, front matter without end and
 * one that is no YAML are errors: nothing may disappear from what an agent is told.
 *
 * Return: 0; -EINVAL with an error added, -EFBIG with the fault set, -ENOMEM.
 */
int agents_md_read(struct arena *arena, const char *label, const char *text, size_t size,
		   struct agents_md *out, struct policy_errors *errors, struct fault *fault);

/**
 * agents_item_read() - understand the text of an item
 * Return: 0, with either its statement or its why filled in; -ENOMEM.
 */
int agents_item_read(struct arena *arena, struct agents_item *item);

/**
 * agents_item_judge() - whether a statement is one that a policy can keep; else its why is filled in
 * No grant without bounds, and no refusal that would refuse the agent itself.
 */
void agents_item_judge(struct agents_item *item);

/**
 * agents_limit() - "100/hour", "max 100 per hour" and their like as the policy language writes it
 * Return: the text, NULL when it is none or memory is short.
 */
const char *agents_limit(struct arena *arena, const char *text);

/**
 * agents_object_read() - make what an item names fit for a policy
 * @text:         as it stands in the document
 * @deeds:        of one kind: files, execute, peers or tools
 * @is_directory: it is where files are, not a file
 * @out_why:      why it is none; a literal
 *
 * Return: in the arena; NULL with @out_why set, or (memory is short) without.
 */
struct agents_object *agents_object_read(struct arena *arena, const char *text, unsigned deeds,
					 bool is_directory, const char **out_why);

/**
 * agents_front_read() - the front matter: name, description, policies, security, tools
 * @text: @size bytes, with the line that begins it
 *
 * Return: 0; -EINVAL with errors added, -ENOMEM.
 */
int agents_front_read(struct arena *arena, const char *text, size_t size, struct agents_md *md,
		      struct policy_errors *errors);

/** agents_item_add() - Return: a new item at the end of the document's; NULL when memory is short. */
struct agents_item *agents_item_add(struct arena *arena, struct agents_md *md, unsigned line,
				    unsigned column);

#endif
