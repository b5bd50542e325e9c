/* SPDX-License-Identifier: MIT */
/*
 * The walk over the syntax tree of PostgreSQL: inside rules/ only.
 *
 * The tree comes as JSON and is walked once, without recursion: each object and array that is open
 * has a frame. What a node means is known at its end, when its parts have been seen: fields come in
 * the order of PostgreSQL's structures, FROM before WITH.
 */
#ifndef AGENTOS_RULES_SQL_POSTGRES_H
#define AGENTOS_RULES_SQL_POSTGRES_H

#include "rules/sql_build.h"
#include "rules/sql_json.h"
#include "rules/sql_truth.h"

enum sql_node_kind {
	SQL_NODE_STMT,
	SQL_NODE_QUERY,
	SQL_NODE_CTE,
	SQL_NODE_CALL,
	SQL_NODE_LOCKING,
	SQL_NODE_OPTION,
	SQL_NODE_STRING,
	SQL_NODE_COLUMN,
	SQL_NODE_STAR,
	SQL_NODE_EXPR,
	SQL_NODE_BOOL,
	SQL_NODE_TEST,
};

#define SQL_NODE_CHANGES 1u
#define SQL_NODE_OUTSIDE 2u
#define SQL_NODE_UNKNOWN 4u
#define SQL_NODE_NESTS 8u
#define SQL_NODE_DEFINES 16u
#define SQL_NODE_ROLES 32u

/* A row of rules/sql_nodes.def. */
struct sql_node {
	const char *name;
	enum sql_node_kind kind;
	const char *verb;
	unsigned flags;
};

/* An object or array that is open. */
struct sql_open {
	struct sql_span key; /* as which it stands; of an element: as which the array does */
	const char *start;   /* of its text */
	const struct sql_node
		*node; /* NULL: an array, a structure, or a node without meaning here */
	bool is_array;
	bool is_node;
	size_t effect;	 /* number of the effect, from 1; 0: names are nobody's */
	bool begins;	 /* it began that effect */
	bool reads;	 /* tables are only read */
	bool calls;	 /* functions are called, not kept for later */
	bool configures; /* a call of set_config() */

	struct sql_span catalog, schema, table; /* of a RangeVar */
	struct sql_span word;			/* what tells nodes of one type apart */
	size_t first_name, first_cte;
	bool has_with, is_recursive;

	/* A condition, or what may hold one. */
	bool has_column, has_answer;
	struct sql_answer answer, any, all;
	struct sql_span left, right;
	bool narrows;	   /* a query: its WHERE does */
	bool is_union;	   /* it has two sides */
	bool sides_narrow; /* all of them do */
};

/* A table, before it is known whether WITH made it. */
struct sql_named {
	const char *text; /* in the arena */
	size_t effect;
	bool is_written;
	bool is_plain; /* it has no schema */
	bool is_gone;
};

struct sql_with_query {
	struct sql_span name;
	size_t first, last; /* the names in it */
};

#define SQL_OPEN_MAX 16384
#define SQL_NAMED_MAX 65536
#define SQL_WITH_MAX 256

struct sql_walk {
	struct sql *sql;
	struct sql_json json;
	struct sql_open *open; /* owned; @open_count are in use */
	size_t open_count, open_size;
	struct sql_named *named; /* owned */
	size_t named_count, named_size;
	struct sql_with_query with[SQL_WITH_MAX];
	size_t with_count;
	const struct sql_node *nodes[SQL_EFFECTS_MAX + 1]; /* that began them; by number */
	bool locks[SQL_EFFECTS_MAX + 1];		   /* FOR UPDATE */
	bool dropped[SQL_EFFECTS_MAX + 1];		   /* EXPLAIN does not run it */
	bool sets_meaning;				   /* SET changes how texts are read */
	bool runs_explained;				   /* EXPLAIN ANALYZE */
	size_t naming;	      /* number of the frame whose strings are a name; 0: none */
	struct sql_name name; /* what it has so far */
	struct sql_name last; /* its last part */
	size_t part_count;
	bool is_builtin; /* the first part is pg_catalog */
	bool is_bad;	 /* too much, or no memory */
};

/** sql_node_find() - Return: the row of a node, or NULL. */
const struct sql_node *sql_node_find(struct sql_span name);

/** sql_walk_up() - Return: the frame @count above the last one, or NULL. */
struct sql_open *sql_walk_up(struct sql_walk *walk, size_t count);

/** sql_walk_effect() - Return: the effect of a frame, or NULL. */
struct sql_effect *sql_walk_effect(struct sql_walk *walk, const struct sql_open *open);

/** sql_walk_begin() - begin an effect; names and calls below @open belong to it. */
void sql_walk_begin(struct sql_walk *walk, struct sql_open *open, const struct sql_node *node);

/** sql_walk_name() - add a name to the effect of @open. */
void sql_walk_name(struct sql_walk *walk, const struct sql_open *open, const struct sql_name *name,
		   bool is_written, bool is_plain);

/** sql_walk_scalar() - a value of the last frame. */
void sql_walk_scalar(struct sql_walk *walk);

/** sql_walk_finish() - a statement of the text is complete. */
void sql_walk_finish(struct sql_walk *walk);

/** sql_config_add() - what the call of set_config() that begins at @at sets: the effect of the SET that would. */
void sql_config_add(struct sql_walk *walk, const char *at);

/** sql_condition_close() - @open is complete: its answer, and what it tells @parent. */
void sql_condition_close(struct sql_open *open, struct sql_open *parent, const char *end);

#endif
