/* SPDX-License-Identifier: MIT */
/*
 * Libraries that go: what was found in them is found no more.
 */
#include "shim/hook.h"
#include "taps/library.h"

HOOK_BODY(dlclose, int, (void *handle))
{
	int result = NEXT(dlclose)(handle);

	library_forget_all();
	return result;
}

void library_release(void *handle)
{
	(void)NEXT(dlclose)(handle);
}
