/* SPDX-License-Identifier: MIT */
/*
 * What an ELF program says of itself: which loader it wants, and which libraries.
 *
 * Source: elf(5); fs/binfmt_elf.c of Linux 6.18.
 */
#ifndef AGENTOS_LAUNCHER_ELF_H
#define AGENTOS_LAUNCHER_ELF_H

#include <stdbool.h>

/**
 * elf_loader_text() - the loader that a program names
 * @fd:   open for reading
 * @text: receives it, PATH_MAX bytes; "" when the program has none
 *
 * Return: 0, or -ENOEXEC when it is no ELF program of this machine.
 */
int elf_loader_text(int fd, char *text);

/**
 * elf_needs() - whether a program needs a library whose name starts with @prefix
 *
 * Only the program's own list is looked at, not that of its libraries. What cannot be read is not
 * needed.
 */
bool elf_needs(int fd, const char *prefix);

#endif
