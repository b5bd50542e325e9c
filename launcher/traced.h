/* SPDX-License-Identifier: MIT */
/*
 * Executions of threads that another process of the run traces: nobody but that tracer sees their
 * exec stop, so they go on under Landlock alone. Landlock looks at files, not at programs in memory
 * (memfd_create(2)): so none may be made while such an execution is under way, and none may have
 * been made before.
 */
#ifndef AGENTOS_LAUNCHER_TRACED_H
#define AGENTOS_LAUNCHER_TRACED_H

#include "launcher/request.h"

/**
 * traced_begin() - a traced thread is about to be left to the kernel
 * Return: whether it may be; false when a program in memory could exist, or too many are under way.
 */
bool traced_begin(struct request *request);

/** traced_memfd() - handler of memfd_create. */
int64_t traced_memfd(struct request *request);

#endif
