/* SPDX-License-Identifier: MIT */
/*
 * tests/fuzz/fuzz_streams.c, for who has inputs of his own.
 */
#ifndef AGENTOS_TESTS_FUZZ_STREAMS_H
#define AGENTOS_TESTS_FUZZ_STREAMS_H

#include <stddef.h>
#include <stdint.h>

struct stream;

/** LLVMFuzzerTestOneInput() - asserts what must hold of one input. Return: 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** fuzz_streams_of() - Return: owned: the stream that the first byte of an input tells of. */
struct stream *fuzz_streams_of(uint8_t how);

#endif
