/* SPDX-License-Identifier: MIT */
/*
 * How far an export came, in a file: {"recorder": "...", "seq": N}.
 */
#ifndef AGENTOS_CLI_STATE_H
#define AGENTOS_CLI_STATE_H

#include <stdint.h>

#include "common/fault.h"

/**
 * state_read() - the number of the last row that was handed on
 * @recorder: the id that the file must name: numbers of another record mean nothing
 * @out_seq:  left alone when there is no such file yet
 *
 * Return: 0, or negative errno with @fault set.
 */
int state_read(const char *path, const char *recorder, int64_t *out_seq, struct fault *fault);

/** state_write() - put the file in the place of the old one, whole. Return: as above. */
int state_write(const char *path, const char *recorder, int64_t seq, struct fault *fault);

#endif
