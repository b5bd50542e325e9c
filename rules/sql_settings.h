/* SPDX-License-Identifier: MIT */
/*
 * Settings after which a server reads texts otherwise than rules/sql.h does: inside rules/ only.
 */
#ifndef AGENTOS_RULES_SQL_SETTINGS_H
#define AGENTOS_RULES_SQL_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "rules/sql.h"

/** sql_setting_matters() - whether some values of a setting change how texts are read. */
bool sql_setting_matters(enum sql_dialect dialect, const char *name, size_t len);

/** sql_setting_is_safe() - whether this value does not. */
bool sql_setting_is_safe(const char *value, size_t len);

#endif
