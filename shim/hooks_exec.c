/* SPDX-License-Identifier: MIT */
/*
 * Running programs. system(3) and popen(3) call posix_spawn inside libc, where no hook is: what
 * their shell is refused, the shell tells.
 */
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include "shim/hook.h"

typedef char *const *strings; /* argv and envp, as all of these take them */

HOOK(execve, execve, int, -1, (const char *path, strings argv, strings envp), (path, argv, envp))
HOOK(execv, execve, int, -1, (const char *path, strings argv), (path, argv))
HOOK(execvp, execve, int, -1, (const char *file, strings argv), (file, argv))
HOOK(execvpe, execve, int, -1, (const char *file, strings argv, strings envp), (file, argv, envp))
HOOK(fexecve, execveat, int, -1, (int fd, strings argv, strings envp), (fd, argv, envp))
HOOK(execveat, execveat, int, -1,
     (int dir_fd, const char *path, strings argv, strings envp, int flags),
     (dir_fd, path, argv, envp, flags))

/* Return: how many strings there are before the NULL, @first included. Consumes @list. */
static size_t count_strings(const char *first, va_list list)
{
	size_t count = 0;

	for (const char *next = first; next; next = va_arg(list, const char *))
		count++;
	return count;
}

/* Strings up to and with the NULL; exec's own prototype takes them without const (execve(3p)). */
static void copy_strings(const char **argv, const char *first, va_list list)
{
	size_t i = 0;

	argv[i] = first;
	while (argv[i])
		argv[++i] = va_arg(list, const char *);
}

/*
 * The variadic forms do what libc does: an array on the stack, of as many pointers
 * as the caller has itself pushed there, and the form that takes the array. Memory of another
 * kind would be lost in the parent when a vfork child succeeds.
 */
#pragma GCC diagnostic ignored "-Wvla"

#define HOOK_EXECL(entry, array_entry)                                                             \
	HOOK_BODY(entry, int, (const char *file, const char *first, ...))                          \
	{                                                                                          \
		va_list list;                                                                      \
		size_t count;                                                                      \
                                                                                                   \
		va_start(list, first);                                                             \
		count = count_strings(first, list);                                                \
		va_end(list);                                                                      \
		const char *argv[count + 1];                                                       \
		va_start(list, first);                                                             \
		copy_strings(argv, first, list);                                                   \
		va_end(list);                                                                      \
		(void)NEXT(array_entry)(file, (strings)(void *)argv);                              \
		failed(errno, REFUSAL_execve);                                                     \
		return -1;                                                                         \
	}

HOOK_EXECL(execl, execv)
HOOK_EXECL(execlp, execvp)

/* The environment stands behind the NULL. */
HOOK_BODY(execle, int, (const char *path, const char *first, ...))
{
	va_list list;
	size_t count;
	strings envp;

	va_start(list, first);
	count = count_strings(first, list);
	va_end(list);
	const char *argv[count + 1];
	va_start(list, first);
	copy_strings(argv, first, list);
	envp = va_arg(list, strings);
	va_end(list);
	(void)NEXT(execve)(path, (strings)(void *)argv, envp);
	failed(errno, REFUSAL_execve);
	return -1;
}

/* The error is the result; errno means nothing. */
#define HOOK_SPAWN(entry)                                                                          \
	HOOK_BODY(entry, int,                                                                      \
		  (pid_t *restrict out_pid, const char *restrict file,                             \
		   const posix_spawn_file_actions_t *restrict actions,                             \
		   const posix_spawnattr_t *restrict attributes, char *const argv[restrict],       \
		   char *const envp[restrict]))                                                    \
	{                                                                                          \
		int error = NEXT(entry)(out_pid, file, actions, attributes, argv, envp);           \
                                                                                                   \
		if (__builtin_expect(error != 0, 0))                                               \
			failed(error, REFUSAL_execve);                                             \
		return error;                                                                      \
	}

HOOK_SPAWN(posix_spawn)
HOOK_SPAWN(posix_spawnp)
