/* SPDX-License-Identifier: MIT */
#include "launcher/person.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "common/clean.h"
#include "launcher/question.h"
#include "launcher/still.h"

#define LOOK_MS 100
#define WIDTH_DEFAULT 80

static const char help[] =
	"\n"
	"  y  yes, this one call\n"
	"  a  yes, and also when the same is asked again in this run: the same action,\n"
	"     file or peer, arguments, folder, program and rule\n"
	"  n  no; so does Ctrl-C. The call fails, the run goes on\n"
	"  A key counts when it is typed alone. Without an answer it is no.\n"
	"  The run stands still until then.\n";

static int say(const struct person *person, const char *text)
{
	return prompt_write(&person->prompt, text, strlen(text));
}

/* The line on which the answer is given, with the time that is left. */
static int choices_show(const struct person *person, int64_t left_ms)
{
	long seconds = (long)((left_ms + 999) / 1000);
	char line[96];

	(void)snprintf(line, sizeof(line),
		       "\r  [y]es  [a]lways in this run  [n]o  [?] help   (%ldm%02lds left) ",
		       seconds / 60, seconds % 60);
	return say(person, line);
}

static size_t width_of(const struct person *person)
{
	struct winsize size;

	return ioctl(person->prompt.fd, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col
									       : WIDTH_DEFAULT;
}

/* Return: what a key answers; ANSWER_NONE: nothing. */
static enum ask_answer answer_of(const struct person *person, int key, struct question *question)
{
	switch (key) {
	case 'y':
		return ANSWER_GRANTED;
	case 'a':
		question->is_for_run = true;
		return ANSWER_GRANTED;
	case 'n':
	case PROMPT_INTERRUPT:
	case PROMPT_QUIT:
		return ANSWER_REFUSED;
	case '?':
		return say(person, help) < 0 ? ANSWER_WITHDRAWN : ANSWER_NONE;
	default:
		return key < 0 ? ANSWER_WITHDRAWN : ANSWER_NONE; /* the terminal is gone */
	}
}

static enum ask_answer answer_wait(struct person *person, struct ask *ask,
				   struct question *question)
{
	enum ask_answer answer = ANSWER_NONE;
	int64_t shown = -1;

	while (answer == ANSWER_NONE) {
		int64_t left_ms = question->until_ms - ask_now_ms();
		int key;

		if (left_ms > 0 && left_ms / 1000 != shown) {
			shown = left_ms / 1000;
			if (choices_show(person, left_ms) < 0)
				return ANSWER_WITHDRAWN;
		}
		key = prompt_key(&person->prompt);
		answer = still_is_disturbed() ? ANSWER_UNSTILL : ask_is_over(ask, question);
		if (answer == ANSWER_NONE)
			answer = answer_of(person, key, question);
		if (key == '?')
			shown = -1;
	}
	return answer;
}

static void answer_show(const struct person *person, const struct question *question,
			enum ask_answer answer)
{
	const char *word = answer == ANSWER_GRANTED
				   ? question->is_for_run ? "yes, in this run\n" : "yes\n"
			   : answer == ANSWER_REFUSED ? "no\n"
			   : answer == ANSWER_TIMEOUT ? "no answer: no\n"
						      : "withdrawn: no\n";

	(void)say(person, word);
}

/* The run is still. */
static enum ask_answer put(struct person *person, struct ask *ask, struct question *question,
			   const char *text, size_t len, bool *out_was_put)
{
	enum ask_answer answer = ANSWER_WITHDRAWN;

	if (prompt_begin(&person->prompt) < 0)
		return ANSWER_NOBODY;
	if (prompt_write(&person->prompt, text, len) == 0) {
		prompt_shown(&person->prompt);
		answer = answer_wait(person, ask, question);
		answer_show(person, question, answer);
	}
	prompt_end(&person->prompt);
	*out_was_put = true;
	return answer;
}

/* Waits until no other job of the user's has the terminal. */
static enum ask_answer terminal_wait(const struct person *person, struct ask *ask,
				     const struct question *question)
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
	enum ask_answer answer = ANSWER_NONE;
	bool is_told = false;

	while (!prompt_is_ours(&person->prompt, person->root) && answer == ANSWER_NONE) {
		if (!is_told && say(person, "agentos: a question of the run waits until it is in "
					    "the foreground (fg)\r\n") < 0)
			return ANSWER_NOBODY;
		is_told = true;
		(void)nanosleep(&pause, NULL);
		answer = ask_is_over(ask, question);
	}
	return answer;
}

enum ask_answer person_ask(void *data, struct ask *ask, struct question *question)
{
	struct person *person = data;
	struct question_origin origin = { .root = person->root, .waiting = ask_waiting(ask) };
	enum ask_answer answer = terminal_wait(person, ask, question);
	CLEAN_FREE char *text = NULL;
	bool was_put = false;
	ssize_t len;

	if (answer != ANSWER_NONE)
		return answer;
	if (still_begin(person->root, question->tid) < 0)
		return ANSWER_UNSTILL;
	origin.width = width_of(person);
	len = question_text(question, &origin, &text);
	screen_hold(person->screen);
	answer = len < 0 ? ANSWER_UNSHOWN : put(person, ask, question, text, (size_t)len, &was_put);
	screen_release(person->screen);
	still_end();
	if (was_put) {
		prompt_redraw(&person->prompt, person->root);
		screen_redraw(person->screen);
	}
	return answer;
}
