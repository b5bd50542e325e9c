/* SPDX-License-Identifier: MIT */
/*
 * Where the preload libraries are.
 */
#ifndef AGENTOS_LAUNCHER_SHIM_H
#define AGENTOS_LAUNCHER_SHIM_H

#define SHIM_NAME "libagentos.so"
#define TAPS_NAME "libagentos-taps.so" /* which sees content; loaded where a rule is about it */

/**
 * shim_find() - beside the program (a build tree), or in the library directory of its prefix
 * @name: of the library
 * @path: receives its resolved path, PATH_MAX bytes; "" when there is none
 */
void shim_find(const char *name, char *path);

#endif
