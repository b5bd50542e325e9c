/* SPDX-License-Identifier: MIT */
/*
 * The terminal that agentos-run was started on, as a place for one question: text goes out, and single
 * keys come in, which nobody else gets meanwhile.
 *
 * The run shares this terminal. While a prompt stands the caller holds the run still (launcher/still.h).
 */
#ifndef AGENTOS_LAUNCHER_PROMPT_H
#define AGENTOS_LAUNCHER_PROMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <termios.h>

struct prompt {
	int fd; /* owned; -1: there is no terminal */
	struct termios saved;
	pid_t group;	  /* in the foreground before */
	int64_t quiet_ms; /* since when no key came */
	char candidate;	  /* a key that came alone so far; 0: none */
};

/* Ctrl-C and Ctrl-\ as they are typed in raw mode. */
#define PROMPT_INTERRUPT '\003'
#define PROMPT_QUIT '\034'

/** prompt_open() - the controlling terminal of this process. Return: descriptor, or negative errno. */
int prompt_open(void);

/**
 * prompt_is_ours() - whether the terminal's foreground group is ours or of the run of @root
 *
 * Else the user's shell, or another job of it, has the terminal at the moment. Thread-safe.
 */
bool prompt_is_ours(const struct prompt *prompt, pid_t root);

/**
 * prompt_begin() - take the terminal: our group is in the foreground, keys come one by one, what was
 * typed before is thrown away, and the screen shows text as text
 * Return: 0, and prompt_end() is due; else negative errno, and nothing has changed.
 */
int prompt_begin(struct prompt *prompt);

/** prompt_end() - throw away what was typed, and give the terminal back as it was. */
void prompt_end(struct prompt *prompt);

/**
 * prompt_redraw() - after prompt_end(), when the run goes on: tell programs of the run of @root that
 * draw the screen themselves to do so (SIGWINCH)
 */
void prompt_redraw(const struct prompt *prompt, pid_t root);

/** prompt_write() - Return: 0, or negative errno: -EIO when the terminal takes nothing for a second. */
int prompt_write(const struct prompt *prompt, const char *text, size_t len);

/** prompt_shown() - what is to be answered is on the screen: keys count from now on. */
void prompt_shown(struct prompt *prompt);

/**
 * prompt_key() - wait a moment (50 ms) for a key
 *
 * A key counts when it comes alone, a while after anything else and with nothing after it: so neither
 * the middle of what a person is typing to the agent, nor a paste, nor what a terminal says by itself
 * when a program has asked it something (its colours, its title, the mouse) is an answer. Ctrl-C counts in any case.
 *
 * Return: the key; 0 when there is none so far; -EIO when the terminal is gone.
 */
int prompt_key(struct prompt *prompt);

#endif
