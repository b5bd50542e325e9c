/* SPDX-License-Identifier: MIT */
/*
 * What is known of the functions that come with a database: inside rules/ only.
 */
#ifndef AGENTOS_RULES_SQL_FUNCTIONS_H
#define AGENTOS_RULES_SQL_FUNCTIONS_H

#include "rules/sql_build.h"

/** sql_function_is_harmless() - whether sql_add_function() would leave out a call of @name, in no schema. */
bool sql_function_is_harmless(enum sql_dialect dialect, const struct sql_name *name);

/**
 * sql_add_function() - add an effect CALL, unless the function is harmless
 * @name:     without its schema
 * @only_bad: leave out those that are not known
 * @own:      when it is in a schema where none of the harmless ones are: its name with that
 */
void sql_add_function(struct sql *sql, enum sql_dialect dialect, const struct sql_name *name,
		      bool only_bad, const struct sql_name *own);

#endif
