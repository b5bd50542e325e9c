/* SPDX-License-Identifier: MIT */
/*
 * What a person reads: all of what is asked for, with nothing in it that could look like something else.
 */
#ifndef AGENTOS_LAUNCHER_QUESTION_H
#define AGENTOS_LAUNCHER_QUESTION_H

#include <stddef.h>
#include <sys/types.h>

#include "launcher/ask.h"

/* Who asks. */
struct question_origin {
	pid_t root;	/* the reaper: what descends from it is the run */
	size_t waiting; /* further questions */
	size_t width;	/* of the screen, in columns */
};

/**
 * question_text() - the question as lines
 * @out_text: owned by the caller
 *
 * What comes from the run is escaped, and broken into lines that are marked as going on, so that no text
 * reads like a line of ours.
 *
 * Return: its length; -E2BIG when it is more than a person can be asked to read; -ENOMEM.
 */
ssize_t question_text(const struct question *question, const struct question_origin *origin,
		      char **out_text);

#endif
