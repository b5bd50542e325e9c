/* SPDX-License-Identifier: MIT */
/*
 * A fault is an error that a person will read: a negative errno and one
 * sentence, of fixed size, so that saying what went wrong cannot itself fail.
 *
 * Sentence: lower case, no final stop, the failure first, the subject in
 * single quotes, then the reason; "hint: ..." last where there is one.
 */
#ifndef AGENTOS_COMMON_FAULT_H
#define AGENTOS_COMMON_FAULT_H

#define FAULT_TEXT_SIZE 1024

struct fault {
	int code;
	char text[FAULT_TEXT_SIZE];
};

/**
 * fault_set() - say what failed
 * @fault:  overwritten; NULL is allowed and means that nobody will read it
 * @code:   negative errno
 * @format: printf format of the sentence; longer text is cut
 *
 * Return: @code, so that recording and returning are one statement.
 */
int fault_set(struct fault *fault, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * fault_wrap() - put what the caller was doing in front of the sentence
 * @fault:  as set by the callee; NULL is allowed
 * @format: printf format of the prefix; ": " is added
 *
 * Return: the code of @fault, or -EIO when @fault is NULL.
 */
int fault_wrap(struct fault *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
