/* SPDX-License-Identifier: MIT */
#include "protocols/http_refusal.h"

#include "protocols/refusal.h"

size_t http_refusal_body(const char *text, char *out, size_t size)
{
	return refusal_json("{\"error\":{\"message\":\"", text,
			    "\",\"type\":\"policy_violation\",\"code\":\"denied\"}}\n", out, size);
}
