/* SPDX-License-Identifier: MIT */
/*
 * The user's terminal, in runs whose output is judged: the agent has a pseudo-terminal of ours in its place,
 * so nothing of the run can reach this one.
 *
 * What is typed goes on to the agent's terminal, in which Ctrl-C and the like mean what they mean: ours is
 * raw meanwhile, while we are in the foreground. Where the run has its input from elsewhere, or prints
 * elsewhere, ours stays as it is until a program of the run changes the modes of its own; lines go on to it then
 * where they are the run's input.
 */
#ifndef AGENTOS_LAUNCHER_SCREEN_H
#define AGENTOS_LAUNCHER_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/fault.h"

struct screen;

/**
 * screen_new() - the agent's terminal in place of the user's
 * @user_fd:    the user's terminal; borrowed
 * @has_input:  it is the run's standard input
 * @has_output: and its standard output
 *
 * Its modes and size are those of the user's terminal. One in a process.
 *
 * Return: 0, or negative errno with @fault set.
 */
int screen_new(int user_fd, bool has_input, bool has_output, struct screen **out,
	       struct fault *fault);

/** screen_master(), screen_slave() - our end of the agent's terminal, and its own; borrowed. */
int screen_master(const struct screen *screen);
int screen_slave(const struct screen *screen);

/** screen_start() - start to pass on what is typed, in a thread. Return: 0 or negative errno. */
int screen_start(struct screen *screen);

/**
 * screen_write() - write all of it
 * @screen: @fd is the user's terminal: never into a question; NULL: it is none
 * Return: 0 or negative errno. Thread-safe.
 */
int screen_write(struct screen *screen, int fd, const char *bytes, size_t size);

/** screen_say() - a line of ours on our standard error. @screen may be NULL. Thread-safe. */
void screen_say(struct screen *screen, const char *text, size_t size);

/* @screen of all of these may be NULL: then there is nothing to be done. */

/** screen_hold(), screen_release() - the user's terminal is the caller's alone in between: a question. */
void screen_hold(struct screen *screen);
void screen_release(struct screen *screen);

/** screen_resized() - the user's terminal has another size now: so has the agent's. */
void screen_resized(struct screen *screen);

/** screen_leave() - give the terminal back as it was; screen_return() - we may have it again. */
void screen_leave(struct screen *screen);
void screen_return(struct screen *screen);

/** screen_redraw() - programs that draw the screen themselves are to do so: a question stood there. */
void screen_redraw(const struct screen *screen);

/** screen_group() - Return: the process group in the agent's foreground; @otherwise without a terminal. */
pid_t screen_group(const struct screen *screen, pid_t otherwise);

#endif
