/* SPDX-License-Identifier: MIT */
#include "rules/sql_build.h"
void sql_read_postgresql(const char *text, size_t len, struct sql *sql)
{
	(void)text;
	(void)len;
	sql_add_unknown(sql, "UNKNOWN");
}
