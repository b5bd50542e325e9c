/* SPDX-License-Identifier: MIT */
/*
 * What processes of the run write to each other on pipes and pairs of sockets: calls of tools, as they go
 * to the standard input of a child that serves them (MCP).
 *
 * A call that is refused is left out of what is written, and answered in the server's place, where the
 * program reads the server's answers (launcher/answer.h): what else is said on the pipe goes on. Where it
 * cannot be answered, the write fails with EACCES.
 *
 * Only writes through the taps are seen; a pipe is entered when the first of them comes.
 */
#ifndef AGENTOS_LAUNCHER_PIPES_H
#define AGENTOS_LAUNCHER_PIPES_H

#include "launcher/request.h"

/** pipes_concern() - whether a rule is about calls of tools on pipes. */
bool pipes_concern(const struct policy *policy);

/**
 * pipes_tap() - WIRE_TAP_SEND, SEND_PIECES or UNSENT of the caller's descriptor @fd
 * @out: as what taps_handle() returns
 *
 * Return: false, and nothing written, when @fd is neither a pipe nor one of a pair of sockets.
 */
bool pipes_tap(struct request *request, int fd, int64_t *out);

/** pipes_pair() - WIRE_TAP_PAIR. Return: as taps_handle(). */
int64_t pipes_pair(struct request *request);

#endif
