/* SPDX-License-Identifier: MIT */
/*
 * Answering in the place of a child server: a line is put where the program reads what the server says.
 *
 * The server is a process of the run that reads the other end of what the program writes to; its answers
 * are what it has as standard output, or else has alone, and what the program reads. The line is put
 * behind whole lines only, and only when there is room for all of it.
 */
#ifndef AGENTOS_LAUNCHER_ANSWER_H
#define AGENTOS_LAUNCHER_ANSWER_H

#include "launcher/request.h"

/* A pipe, or one socket. */
struct answer_end {
	bool is_socket;
	uint64_t inode;
};

/** answer_end_find() - what a process has as @fd. Return: whether it is a pipe or a socket. */
bool answer_end_find(pid_t pid, int fd, struct answer_end *out);

/**
 * answer_give() - put a line where the caller reads the answers of a server
 * @server: what the server reads
 * @line:   @size bytes, at most PIPE_BUF, with the newline
 *
 * Return: whether it was put there, as a whole. False when nobody serves there, the caller does not read
 * what it says, a line of the server's is not complete yet, or there is no room.
 */
bool answer_give(struct request *request, const struct answer_end *server, const char *line,
		 size_t size);

#endif
