/* SPDX-License-Identifier: MIT */
#include "common/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int fault_set(struct fault *fault, int code, const char *format, ...)
{
	va_list args;

	if (!fault)
		return code;
	fault->code = code;
	va_start(args, format);
	(void)vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	return code;
}

int fault_wrap(struct fault *fault, const char *format, ...)
{
	char inner[FAULT_TEXT_SIZE - 64]; /* the prefix may cut the end */
	va_list args;
	int used;

	if (!fault)
		return -EIO;
	(void)snprintf(inner, sizeof(inner), "%.*s", (int)sizeof(inner) - 1, fault->text);
	va_start(args, format);
	used = vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	if (used >= 0 && (size_t)used < sizeof(fault->text))
		(void)snprintf(fault->text + used, sizeof(fault->text) - (size_t)used, ": %s",
			       inner);
	return fault->code;
}
