/* SPDX-License-Identifier: MIT */
#include "launcher/rehearsal.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <string.h>

/* A value that satisfies the comparison. */
static uint64_t value_for(const struct scmp_arg_cmp *comparison)
{
	switch (comparison->op) {
	case SCMP_CMP_MASKED_EQ:
		return comparison->datum_b;
	case SCMP_CMP_NE:
	case SCMP_CMP_GT:
		return comparison->datum_a + 1;
	default:
		return comparison->datum_a;
	}
}

int rehearsal_note(struct rehearsal *rehearsal, uint32_t answer, int number, unsigned count,
		   const struct scmp_arg_cmp *comparisons)
{
	size_t at = rehearsal->count;

	if (at == REHEARSAL_MAX)
		return -E2BIG;
	memset(&rehearsal->scenes[at], 0, sizeof(rehearsal->scenes[at]));
	rehearsal->scenes[at].number = number;
	rehearsal->scenes[at].answer = answer;
	for (unsigned i = 0; i < count; i++)
		rehearsal->scenes[at].args[comparisons[i].arg] = value_for(&comparisons[i]);
	rehearsal->count++;
	return 0;
}

/* Whether the jump is taken; of what libseccomp and our prologue use. */
static bool is_taken(const struct sock_filter *op, uint32_t a)
{
	switch (BPF_OP(op->code)) {
	case BPF_JEQ:
		return a == op->k;
	case BPF_JGT:
		return a > op->k;
	case BPF_JGE:
		return a >= op->k;
	default:
		return a & op->k; /* JSET */
	}
}

/*
 * Classic BPF (linux/bpf_common.h), as the kernel would run it: jumps go forward only, so it ends.
 * What we do not know, or a program without an end, is no answer that anybody expects.
 */
static uint32_t answer_of(const struct filter *filter, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t at = 0; at < filter->count; at++) {
		const struct sock_filter *op = &filter->code[at];

		switch (op->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (op->k > sizeof(*data) - sizeof(a))
				return SECCOMP_RET_KILL_PROCESS;
			memcpy(&a, (const char *)data + op->k, sizeof(a));
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= op->k;
			break;
		case BPF_JMP | BPF_JA:
			at += op->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
		case BPF_JMP | BPF_JGT | BPF_K:
		case BPF_JMP | BPF_JGE | BPF_K:
		case BPF_JMP | BPF_JSET | BPF_K:
			at += is_taken(op, a) ? op->jt : op->jf;
			break;
		case BPF_RET | BPF_K:
			return op->k;
		default:
			return SECCOMP_RET_KILL_PROCESS;
		}
	}
	return SECCOMP_RET_KILL_PROCESS;
}

int rehearsal_check(const struct rehearsal *rehearsal, const struct filter *filter)
{
	for (size_t i = 0; i < rehearsal->count; i++) {
		struct seccomp_data data = {
			.nr = rehearsal->scenes[i].number,
			.arch = FILTER_ARCH,
		};

		memcpy(data.args, rehearsal->scenes[i].args, sizeof(rehearsal->scenes[i].args));
		if (answer_of(filter, &data) != rehearsal->scenes[i].answer)
			return -EBADMSG;
	}
	return 0;
}
