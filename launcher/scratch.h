/* SPDX-License-Identifier: MIT */
/*
 * The private TMPDIR of a run.
 */
#ifndef AGENTOS_LAUNCHER_SCRATCH_H
#define AGENTOS_LAUNCHER_SCRATCH_H

#include <stddef.h>

#include "common/fault.h"

/**
 * scratch_make() - make an empty directory (0700) under $TMPDIR, else /tmp
 * @path: receives its resolved absolute path
 */
int scratch_make(char *path, size_t size, struct fault *fault);

/** scratch_remove() - remove it with all it holds; follows no symlink; as much as can be. */
void scratch_remove(const char *path);

#endif
