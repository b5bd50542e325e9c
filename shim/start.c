/* SPDX-License-Identifier: MIT */
#include "shim/explain.h"
#include "shim/hook.h"

__attribute__((constructor)) static void start(void)
{
	next_find_all();
	explain_start();
}
