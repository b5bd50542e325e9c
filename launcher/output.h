/* SPDX-License-Identifier: MIT */
/*
 * What the run prints, line by line, before its reader has it (action `output`).
 *
 * What a rule allows is recorded once for each rule and stream. Of the lines that came together, up to
 * 64 KiB, the first OUTPUT_ROWS that are flagged or refused are recorded each, and the rest with them: who prints
 * without end does not fill the record.
 */
#ifndef AGENTOS_LAUNCHER_OUTPUT_H
#define AGENTOS_LAUNCHER_OUTPUT_H

#include <pthread.h>
#include <stdatomic.h>

#include "launcher/outlet.h"
#include "launcher/screen.h"
#include "launcher/supervisor.h"

#define OUTPUT_ROWS 16
#define OUTPUT_TOLD 256

/* Of the run. */
struct output {
	struct supervisor *supervisor; /* borrowed */
	struct screen *screen;	       /* borrowed; NULL: no terminal */
	pid_t pid;		       /* of the agent's command: nobody can tell who has written */
	bool is_counted;	       /* a rule limits how many lines leave */
	uint64_t most;		       /* bytes that may leave; 0: any number */
	_Atomic uint64_t left_bytes;   /* how many have */
	int over_fd;		       /* an eventfd: there were more */
	pthread_mutex_t lock;
	uint64_t told[OUTPUT_TOLD]; /* hashes of rule, verdict and stream */
	size_t told_count;
};

/* One stream; of a terminal both names, since nobody can tell them apart there. */
struct output_stream {
	struct output *output;
	const char *names[2]; /* "stdout", "stderr"; the second may be NULL */
	int fd;		      /* our own descriptor, which the lines leave by; borrowed */
	bool is_terminal;
	bool is_broken; /* its reader is gone */
	size_t rows;	/* recorded of what came together */
	struct outlet outlet;
};

/** output_init() - all but screen, pid and over_fd. */
void output_init(struct output *output, struct supervisor *supervisor);

/** output_prepare() - @stream gets its outlet; its other fields are set. */
void output_prepare(struct output_stream *stream);

/** output_feed() - bytes came from the run. Return: 0; -EPIPE: the reader is gone; -ENOMEM. */
int output_feed(struct output_stream *stream, const char *bytes, size_t size);

#endif
