/* SPDX-License-Identifier: MIT */
/*
 * Names that are looked up.
 */
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/wire.h"
#include "shim/hook.h"
#include "taps/descriptor.h"
#include "taps/tap.h"

static bool may_resolve(const char *name)
{
	return !name ||
	       !(atomic_load_explicit(&taps_wanted, memory_order_relaxed) & WIRE_TAP_NAMES) ||
	       tap_name(name);
}

HOOK_BODY(getaddrinfo, int,
	  (const char *restrict name, const char *restrict service,
	   const struct addrinfo *restrict hints, struct addrinfo **restrict out))
{
	return may_resolve(name) ? NEXT(getaddrinfo)(name, service, hints, out) : EAI_SYSTEM;
}

HOOK_BODY(gethostbyname, struct hostent *, (const char *name))
{
	if (may_resolve(name))
		return NEXT(gethostbyname)(name);
	h_errno = NO_RECOVERY;
	return NULL;
}

HOOK_BODY(gethostbyname2, struct hostent *, (const char *name, int family))
{
	if (may_resolve(name))
		return NEXT(gethostbyname2)(name, family);
	h_errno = NO_RECOVERY;
	return NULL;
}

static int refuse_reentrant(struct hostent **out, int *error)
{
	*out = NULL;
	*error = NO_RECOVERY;
	return EACCES;
}

HOOK_BODY(gethostbyname_r, int,
	  (const char *restrict name, struct hostent *restrict entry, char *restrict buf,
	   size_t size, struct hostent **restrict out, int *restrict error))
{
	return may_resolve(name) ? NEXT(gethostbyname_r)(name, entry, buf, size, out, error)
				 : refuse_reentrant(out, error);
}

HOOK_BODY(gethostbyname2_r, int,
	  (const char *restrict name, int family, struct hostent *restrict entry,
	   char *restrict buf, size_t size, struct hostent **restrict out, int *restrict error))
{
	return may_resolve(name)
		       ? NEXT(gethostbyname2_r)(name, family, entry, buf, size, out, error)
		       : refuse_reentrant(out, error);
}
