/* SPDX-License-Identifier: MIT */
#include "launcher/elf.h"

#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define SEGMENTS_MAX 128
#define DYNAMIC_MAX 1024
#define NAME_SIZE 64

#ifdef __x86_64__
#define MACHINE EM_X86_64
#else
#define MACHINE EM_AARCH64
#endif

struct segments {
	Elf64_Phdr rows[SEGMENTS_MAX];
	size_t count;
};

/* Return: 0; -ENOEXEC when there is less; another negative errno when it cannot be read. */
static int read_at(int fd, void *buf, size_t size, uint64_t offset)
{
	ssize_t len = pread(fd, buf, size, (off_t)offset);

	if (len < 0)
		return -errno;
	return len == (ssize_t)size ? 0 : -ENOEXEC;
}

static bool is_native_program(const Elf64_Ehdr *header)
{
	return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
	       header->e_machine == MACHINE && /* it says the class: the kernel asks no more */
	       (header->e_type == ET_EXEC || header->e_type == ET_DYN) &&
	       header->e_phentsize == sizeof(Elf64_Phdr) && header->e_phnum > 0 &&
	       header->e_phnum <= SEGMENTS_MAX;
}

static int segments_read(int fd, struct segments *out)
{
	Elf64_Ehdr header;
	int r = read_at(fd, &header, sizeof(header), 0);

	if (r == 0 && !is_native_program(&header))
		r = -ENOEXEC;
	if (r < 0)
		return r;
	out->count = header.e_phnum;
	return read_at(fd, out->rows, out->count * sizeof(out->rows[0]), header.e_phoff);
}

/* The first of a type: the kernel takes no other. */
static const Elf64_Phdr *segment_find(const struct segments *segments, uint32_t type)
{
	for (size_t i = 0; i < segments->count; i++)
		if (segments->rows[i].p_type == type)
			return &segments->rows[i];
	return NULL;
}

int elf_loader_text(int fd, char *text)
{
	struct segments segments;
	const Elf64_Phdr *loader;
	int r;

	r = segments_read(fd, &segments);
	if (r < 0)
		return r;
	text[0] = '\0';
	loader = segment_find(&segments, PT_INTERP);
	if (!loader)
		return 0;
	if (loader->p_filesz < 2 || loader->p_filesz > PATH_MAX)
		return -ENOEXEC;
	r = read_at(fd, text, loader->p_filesz, loader->p_offset);
	return r == 0 && text[loader->p_filesz - 1] ? -ENOEXEC : r;
}

/* Where in the file an address of memory comes from; 0: nowhere. */
static uint64_t offset_of(const struct segments *segments, uint64_t address)
{
	for (size_t i = 0; i < segments->count; i++) {
		const Elf64_Phdr *row = &segments->rows[i];

		if (row->p_type == PT_LOAD && address >= row->p_vaddr &&
		    address - row->p_vaddr < row->p_filesz)
			return address - row->p_vaddr + row->p_offset;
	}
	return 0;
}

static uint64_t dynamic_value(const Elf64_Dyn *rows, size_t count, Elf64_Sxword tag)
{
	for (size_t i = 0; i < count && rows[i].d_tag != DT_NULL; i++)
		if (rows[i].d_tag == tag)
			return rows[i].d_un.d_val;
	return 0;
}

bool elf_needs(int fd, const char *prefix)
{
	Elf64_Dyn rows[DYNAMIC_MAX];
	struct segments segments;
	const Elf64_Phdr *dynamic;
	size_t count;
	uint64_t names;

	if (segments_read(fd, &segments) < 0)
		return false;
	dynamic = segment_find(&segments, PT_DYNAMIC);
	count = dynamic ? dynamic->p_filesz / sizeof(rows[0]) : 0;
	if (count == 0 || count > DYNAMIC_MAX ||
	    read_at(fd, rows, count * sizeof(rows[0]), dynamic->p_offset) < 0)
		return false;
	names = offset_of(&segments, dynamic_value(rows, count, DT_STRTAB));
	for (size_t i = 0; i < count && names && rows[i].d_tag != DT_NULL; i++) {
		char name[NAME_SIZE] = "";

		if (rows[i].d_tag == DT_NEEDED &&
		    pread(fd, name, sizeof(name) - 1, (off_t)(names + rows[i].d_un.d_val)) > 0 &&
		    strncmp(name, prefix, strlen(prefix)) == 0)
			return true;
	}
	return false;
}
