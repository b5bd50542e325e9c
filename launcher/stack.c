/* SPDX-License-Identifier: MIT */
/*
 * A changed environment needs a pointer more or less, so the words are written
 * anew below the old ones, and the stack pointer is set to them; the gap between the words and
 * the texts means nothing to anybody. The kernel has made 128 KiB of stack beyond
 * what the texts needed (fs/exec.c, setup_arg_pages()).
 */
#include "launcher/stack.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

#include "common/clean.h"
#include "launcher/memory.h"

#define WORDS_FIRST 1024
#define WORDS_MAX (1024 * 1024)
#define TEXT_MAX (8 * 1024 * 1024)
#define ROOM (96 * 1024)
#define VARIABLE "LD_PRELOAD="
#define STACK_ALIGN 16ULL

#ifdef __x86_64__
typedef struct user_regs_struct registers;
#define STACK_POINTER(registers) ((registers)->rsp)
#else
typedef struct user_regs_struct registers;
#define STACK_POINTER(registers) ((registers)->sp)
#endif

static int registers_get(pid_t pid, registers *out)
{
	struct iovec here = { .iov_base = out, .iov_len = sizeof(*out) };

	return ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &here) < 0 ? -errno : 0;
}

static int registers_set(pid_t pid, registers *values)
{
	struct iovec here = { .iov_base = values, .iov_len = sizeof(*values) };

	return ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &here) < 0 ? -errno : 0;
}

/* Index after the NULL that ends the list at @from, or 0 when it does not end in what was read. */
static size_t list_end(const struct stack *stack, size_t from)
{
	while (from < stack->word_count && stack->words[from])
		from++;
	return from < stack->word_count ? from + 1 : 0;
}

/* Finds the lists in the words. Return: 0, or -EAGAIN when there must be more words. */
static int words_parse(struct stack *stack, uint64_t *out_execfn)
{
	size_t environment, at;

	if (stack->word_count < 2 || stack->words[0] > WORDS_MAX)
		return -EAGAIN;
	stack->argc = stack->words[0];
	environment = 1 + stack->argc + 1;
	at = environment < stack->word_count ? list_end(stack, environment) : 0;
	if (at == 0)
		return -EAGAIN;
	stack->envc = at - 1 - environment;
	*out_execfn = 0;
	for (; at + 1 < stack->word_count; at += 2) {
		switch (stack->words[at]) {
		case AT_NULL:
			stack->word_count = at + 2;
			return *out_execfn ? 0 : -EINVAL;
		case AT_EXECFN:
			*out_execfn = stack->words[at + 1];
			break;
		case AT_BASE:
			stack->loader_base = stack->words[at + 1];
			break;
		default:
			break;
		}
	}
	return -EAGAIN;
}

static int words_read(struct stack *stack, uint64_t *out_execfn)
{
	for (size_t count = WORDS_FIRST; count <= WORDS_MAX; count *= 4) {
		uint64_t *words = realloc(stack->words, count * sizeof(*words));
		ssize_t len;
		int r;

		if (!words)
			return -ENOMEM;
		stack->words = words;
		len = memory_read(stack->pid, &stack->mem_fd, stack->pointer, words,
				  count * sizeof(*words));
		if (len < 0)
			return (int)len;
		stack->word_count = (size_t)len / sizeof(*words);
		r = words_parse(stack, out_execfn);
		if (r != -EAGAIN)
			return r;
		if ((size_t)len < count * sizeof(*words))
			return -EINVAL; /* there is no more, and it did not end */
	}
	return -E2BIG;
}

/* The texts from @from up to @end, which lie one behind the other. */
static int texts_read(struct stack *stack, uint64_t from, uint64_t end, char **out,
		      size_t *out_size)
{
	size_t size = end - from;

	if (end < from || size > TEXT_MAX)
		return -E2BIG;
	*out = malloc(size + 1);
	if (!*out)
		return -ENOMEM;
	if (memory_read(stack->pid, &stack->mem_fd, from, *out, size) != (ssize_t)size)
		return -EFAULT;
	(*out)[size] = '\0';
	*out_size = size;
	return 0;
}

int stack_read(pid_t pid, struct stack *out)
{
	uint64_t execfn = 0, environment;
	registers values;
	int r = registers_get(pid, &values);

	if (r < 0)
		return r;
	out->pid = pid;
	out->pointer = STACK_POINTER(&values);
	r = words_read(out, &execfn);
	if (r < 0)
		return r;
	environment = out->envc ? out->words[1 + out->argc + 1] : execfn;
	r = texts_read(out, out->argc ? out->words[1] : environment, environment, &out->arguments,
		       &out->arguments_size);
	if (r == 0)
		r = texts_read(out, environment, execfn, &out->environment, &out->environment_size);
	return r;
}

void stack_release(struct stack *stack)
{
	free(stack->words);
	free(stack->arguments);
	free(stack->environment);
	if (stack->mem_fd >= 0)
		(void)close(take_fd(&stack->mem_fd));
	*stack = (struct stack)STACK_INIT;
}

/* The last LD_PRELOAD, which is the one that counts. Return: its text; NULL when there is none. */
static const char *preload_find(const struct stack *stack, size_t *out_index)
{
	const char *text = stack->environment;
	const char *end = text + stack->environment_size;
	const char *found = NULL;

	for (size_t i = 0; i < stack->envc && text < end; i++, text += strlen(text) + 1) {
		if (strncmp(text, VARIABLE, strlen(VARIABLE)) != 0)
			continue;
		found = text;
		*out_index = i;
	}
	return found;
}

/* @library as one of the names in @list. Return: where it is, or NULL. */
static const char *list_find(const char *list, const char *library)
{
	size_t len = strlen(library);

	while (*list) {
		size_t name_len;

		list += strspn(list, ": ");
		name_len = strcspn(list, ": ");
		if (name_len == len && memcmp(list, library, len) == 0)
			return list;
		list += name_len;
	}
	return NULL;
}

/* Return: owned text of the variable as it is to be; "" when it is to go. NULL: memory is short. */
static char *preload_text(const char *old, const char *library, bool wanted)
{
	const char *list = old ? old + strlen(VARIABLE) : "";
	size_t size = strlen(VARIABLE) + strlen(library) + strlen(list) + 2;
	const char *at = list_find(list, library);
	char *text = malloc(size);

	if (!text)
		return NULL;
	if (wanted) {
		(void)snprintf(text, size, VARIABLE "%s%s%s", library, *list ? ":" : "", list);
		return text;
	}
	(void)snprintf(text, size, VARIABLE "%.*s%s", (int)(at - list), list,
		       at + strlen(library) + (at[strlen(library)] != '\0'));
	if (strspn(text + strlen(VARIABLE), ": ") == strlen(text + strlen(VARIABLE)))
		text[0] = '\0';
	return text;
}

/*
 * The words with the pointer to the variable at @index set to @address, added at the end of the
 * environment when @index is its end, or taken out when @address is 0.
 */
static size_t words_change(const struct stack *stack, size_t index, uint64_t address, uint64_t *out)
{
	size_t at = 1 + stack->argc + 1 + index;
	size_t taken = index < stack->envc;
	size_t count = at;

	memcpy(out, stack->words, at * sizeof(*out));
	if (address)
		out[count++] = address;
	memcpy(out + count, stack->words + at + taken,
	       (stack->word_count - at - taken) * sizeof(*out));
	return count + stack->word_count - at - taken;
}

static int words_write(struct stack *stack, size_t index, const char *text)
{
	size_t text_size = strlen(text) + 1;
	size_t bytes_max = (stack->word_count + 1) * sizeof(uint64_t);
	uint64_t text_at = (stack->pointer - text_size) & ~(STACK_ALIGN - 1);
	CLEAN_FREE uint64_t *words = malloc(bytes_max);
	registers values;
	uint64_t pointer;
	size_t count;
	int r;

	if (bytes_max + text_size > ROOM)
		return -E2BIG;
	if (!words)
		return -ENOMEM;
	count = words_change(stack, index, text[0] ? text_at : 0, words);
	pointer = (text_at - count * sizeof(*words)) & ~(STACK_ALIGN - 1);
	if (memory_write(stack->pid, &stack->mem_fd, text_at, text, text_size) !=
		    (ssize_t)text_size ||
	    memory_write(stack->pid, &stack->mem_fd, pointer, words, count * sizeof(*words)) !=
		    (ssize_t)(count * sizeof(*words)))
		return -EFAULT;
	r = registers_get(stack->pid, &values);
	if (r < 0)
		return r;
	STACK_POINTER(&values) = pointer;
	return registers_set(stack->pid, &values);
}

/* Return: 1 when *@text, which is owned, has changed; 0; -ENOMEM. */
static int preload_change(char **text, const char *library, bool wanted)
{
	bool is_there = *text && (*text)[0] && list_find(*text + strlen(VARIABLE), library);
	char *changed;

	if (is_there == wanted)
		return 0;
	changed = preload_text(*text && (*text)[0] ? *text : NULL, library, wanted);
	if (!changed)
		return -ENOMEM;
	free(*text);
	*text = changed;
	return 1;
}

int stack_preload(struct stack *stack, const char *const *libraries, size_t count, bool wanted)
{
	size_t index = stack->envc;
	const char *old = preload_find(stack, &index);
	CLEAN_FREE char *text = old ? strdup(old) : NULL;
	bool has_changed = false;

	if (old && !text)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		int r = libraries[i][0] ? preload_change(&text, libraries[i], wanted) : 0;

		if (r < 0)
			return r;
		has_changed = has_changed || r;
	}
	return has_changed ? words_write(stack, index, text) : 0;
}
