/* SPDX-License-Identifier: MIT */
/*
 * The person at the terminal, who is asked one question at a time.
 */
#ifndef AGENTOS_LAUNCHER_PERSON_H
#define AGENTOS_LAUNCHER_PERSON_H

#include "launcher/ask.h"
#include "launcher/prompt.h"
#include "launcher/screen.h"

struct person {
	struct prompt prompt;  /* with an open terminal */
	struct screen *screen; /* the same terminal, where the run does not have it; NULL */
	pid_t root;	       /* the reaper: what descends from it is the run */
};

/**
 * person_ask() - put one question, with the run held still meanwhile
 *
 * While another job of the user's has the terminal it waits until it is ours again.
 *
 * An ask_put_fn; @data is a struct person.
 */
enum ask_answer person_ask(void *data, struct ask *ask, struct question *question);

#endif
