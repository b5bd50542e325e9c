/* SPDX-License-Identifier: MIT */
/*
 * Where the preload library is.
 */
#ifndef AGENTOS_LAUNCHER_SHIM_H
#define AGENTOS_LAUNCHER_SHIM_H

/**
 * shim_find() - beside the program (a build tree), or in the library directory of its prefix
 * @path: receives its resolved path, PATH_MAX bytes; "" when there is none
 */
void shim_find(char *path);

#endif
