/* SPDX-License-Identifier: MIT */
/*
 * The stack of a program that has not run yet, in its ptrace exec stop: its
 * arguments as they really are, and its LD_PRELOAD.
 *
 * Layout, from the stack pointer up: argc, argv pointers, NULL, environment
 * pointers, NULL, pairs of the auxiliary vector up to AT_NULL; further up the texts
 * of all arguments, then of the environment, then the name of the file (AT_EXECFN).
 *
 * Source: System V ABI, AMD64 supplement, 3.4.1; fs/binfmt_elf.c, create_elf_tables().
 */
#ifndef AGENTOS_LAUNCHER_STACK_H
#define AGENTOS_LAUNCHER_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct stack {
	pid_t pid;
	int mem_fd;	  /* owned; -1: none */
	uint64_t pointer; /* the stack pointer */
	uint64_t *words;  /* owned: from the pointer up to AT_NULL's pair */
	size_t word_count;
	size_t argc, envc;
	char *arguments; /* owned: texts of the arguments, each with its NUL */
	size_t arguments_size;
	char *environment; /* owned: the same of the environment */
	size_t environment_size;
	uint64_t loader_base; /* AT_BASE: where the loader was put; 0: there is none */
};

#define STACK_INIT                                                                                 \
	{                                                                                          \
		.mem_fd = -1                                                                       \
	}

/**
 * stack_read() - read the new program's stack
 * @pid: in its exec stop, traced by this thread
 * @out: initialised with STACK_INIT; release it also after a failure
 *
 * Return: 0; -E2BIG above 8 MiB of texts or pointers; another negative errno.
 */
int stack_read(pid_t pid, struct stack *out);

/** stack_release() - free what was read. */
void stack_release(struct stack *stack);

/**
 * stack_preload() - put libraries into LD_PRELOAD, or take them out
 * @libraries: @count absolute paths without colons and blanks, the one that comes first last; "": none
 * @wanted:    whether they are to be there
 *
 * Writes only where a change is needed. The texts that are there already stay in their place,
 * as /proc/PID/environ shows them.
 *
 * Return: 0; -E2BIG when arguments and environment leave no room for it; another negative errno.
 * After a failure the program's stack is as it was.
 */
int stack_preload(struct stack *stack, const char *const *libraries, size_t count, bool wanted);

#endif
