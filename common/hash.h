/* SPDX-License-Identifier: MIT */
/*
 * FNV-1a, 64 bits: a quick hash for tables of ours. Whoever chooses the bytes can make two the same,
 * so nothing is granted because of one.
 */
#ifndef AGENTOS_COMMON_HASH_H
#define AGENTOS_COMMON_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START 14695981039346656037ULL

/** hash_byte() - Return: @hash, and one byte more. */
static inline uint64_t hash_byte(uint64_t hash, unsigned char byte)
{
	return (hash ^ byte) * 1099511628211ULL;
}

/** hash_bytes() - Return: @hash, and @size bytes more. */
static inline uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		hash = hash_byte(hash, ((const unsigned char *)bytes)[i]);
	return hash;
}

/** hash_string() - Return: @hash, and a string more, whose end counts; NULL is an empty one. */
static inline uint64_t hash_string(uint64_t hash, const char *string)
{
	for (; string && *string; string++)
		hash = hash_byte(hash, (unsigned char)*string);
	return hash_byte(hash, 0xff);
}

#endif
