/* SPDX-License-Identifier: MIT */
/*
 * The table of governed calls (calls.def) as C.
 */
#ifndef AGENTOS_COMMON_CALLS_H
#define AGENTOS_COMMON_CALLS_H

#include "common/action.h"

enum call {
#define CALL(name, shape, action, how, refusal) CALL_##name,
#include "common/calls.def"
#undef CALL
	CALL_COUNT,
	/* Not the kernel's: what only the shim asks (common/wire.h). */
	CALL_HELLO = CALL_COUNT,
	CALL_EXPLAIN,
	CALL_UNKNOWN,
};

enum how { HOW_PERFORM, HOW_VERIFY, HOW_TRACK, HOW_OWN, HOW_REFUSE, HOW_TEST };

struct call_info {
	const char *name;
	int number; /* on this machine's ABI; -1 where the call does not exist */
	const char *shape;
	enum action action;
	enum how how;
	int refusal; /* positive errno */
};

/* Indexed by enum call. */
extern const struct call_info call_table[CALL_COUNT];

/*
 * The highest call number of the kernel that this table was written against
 * (6.18). A higher number is a call nobody has judged: the filter refuses it.
 */
#define CALL_NUMBER_MAX 470

/** call_from_number() - Return: the call with this number, or CALL_UNKNOWN. Constant time. */
enum call call_from_number(int number);

/** call_how_name() - Return: "performed", "verified", "tracked", "owned", "refused" or "tested". */
const char *call_how_name(enum how how);

#endif
