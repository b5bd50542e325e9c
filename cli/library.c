/* SPDX-License-Identifier: MIT */
#include "cli/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

int library_open(const char *const *files, const struct library_symbol *symbols, void *table,
		 const char *package, struct fault *fault)
{
	void *library = NULL;

	for (size_t i = 0; files[i] && !library; i++)
		library = dlopen(files[i], RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return fault_set(fault, -ENOENT, "cannot load '%s'; hint: install %s", files[0],
				 package);
	for (; symbols->name; symbols++) {
		void *symbol = dlsym(library, symbols->name);

		if (!symbol)
			return fault_set(fault, -ENOENT,
					 "cannot use '%s': it has no %s; hint: install a newer %s",
					 files[0], symbols->name, package);
		memcpy((char *)table + symbols->offset, &symbol, sizeof(symbol));
	}
	return 0;
}
