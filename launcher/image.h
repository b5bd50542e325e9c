/* SPDX-License-Identifier: MIT */
/*
 * What the kernel will run when it is asked to execute a file: the file, the interpreter of a
 * script or of a registered format (and of that, when it is a script again), and the loader of a
 * dynamic program.
 *
 * Source: execve(2), "Interpreter scripts"; fs/binfmt_script.c and fs/binfmt_elf.c of Linux 6.18.
 */
#ifndef AGENTOS_LAUNCHER_IMAGE_H
#define AGENTOS_LAUNCHER_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "launcher/place.h"
#include "launcher/request.h"

/* Arguments as texts one behind the other, each with its NUL: as the kernel lays them. */
struct arguments {
	char *text; /* owned */
	size_t size;
	size_t count;
};

/** arguments_release() - free them. */
void arguments_release(struct arguments *arguments);

/** arguments_list() - Return: owned array of pointers to the texts; NULL when memory is short. */
const char **arguments_list(const struct arguments *arguments);

/**
 * arguments_read() - copy the vector at @address of the caller; NULL is an empty one
 * Return: 0; -E2BIG above 4 MiB or 262,144 arguments; -EFAULT; another negative errno.
 */
int arguments_read(struct request *request, uint64_t address, struct arguments *out);

#define IMAGE_DEPTH 6 /* the kernel follows five scripts (fs/exec.c, exec_binprm()) */

struct image {
	struct place files[IMAGE_DEPTH]; /* [0] is what was asked for, the last one what runs */
	size_t count;
	struct place loader;	    /* of the last one; fd -1: none */
	char loader_text[PATH_MAX]; /* as the program names it; "": none */
	bool takes_no_preload;	    /* gcc's address sanitizer insists on coming first */
};

/** image_new() - Return: owned, nothing pinned; NULL when memory is short. */
struct image *image_new(void);

/** image_free() - NULL is allowed. */
void image_free(struct image *image);

/**
 * image_find() - follow files[0], which is pinned, to what runs
 * @name:      of files[0], as the kernel will tell a script's interpreter
 * @arguments: of the call; changed to what the program will get
 *
 * Return: 0; -ENOEXEC for anything but a script, a registered format and a native ELF program;
 * -EACCES for a file that cannot be executed, or read; -ELOOP for too many scripts; another errno
 * of an interpreter's path.
 */
int image_find(struct request *request, struct image *image, const char *name,
	       struct arguments *arguments);

/**
 * image_open_error() - what executing @place fails with before the kernel looks into it
 *
 * To be asked where nothing will run: the kernel knows best who writes to a file (ETXTBSY), and by which
 * right it may not be executed.
 *
 * Return: 0, -EACCES or -ETXTBSY; 0 when it cannot be told.
 */
int image_open_error(struct request *request, const struct place *place);

/** image_program() - Return: what runs; borrowed. */
const struct place *image_program(const struct image *image);

/** image_is_loader() - whether @path is named like a dynamic loader (ld-linux, ld-musl, ld.so). */
bool image_is_loader(const char *path);

/** image_uses_glibc() - whether a program's loader is glibc's, by what the program says. */
bool image_uses_glibc(const char *loader_text);

#endif
