/* SPDX-License-Identifier: MIT */
/*
 * The filter, run by a small interpreter of classic BPF over rows of calls: what the kernel would
 * do with each, without installing it.
 */
#include <asm/unistd.h>
#include <errno.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "common/calls.h"
#include "common/wire.h"
#include "launcher/filter.h"

#define PASS SECCOMP_RET_ALLOW
#define NOTIFY SECCOMP_RET_USER_NOTIF
#define REFUSE(error) (SECCOMP_RET_ERRNO | (error))

/* linux/bpf_common.h: what libseccomp and the prologue use of it. */
static uint32_t run(const struct filter *filter, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (size_t at = 0; at < filter->count; at++) {
		const struct sock_filter *op = &filter->code[at];
		int take;

		switch (op->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(op->k + sizeof(a) <= sizeof(*data));
			memcpy(&a, (const char *)data + op->k, sizeof(a));
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= op->k;
			continue;
		case BPF_RET | BPF_K:
			return op->k;
		case BPF_JMP | BPF_JA:
			at += op->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			take = a == op->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			take = a > op->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			take = a >= op->k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			take = (a & op->k) != 0;
			break;
		default:
			fail_msg("instruction %zu is unknown: %#x", at, op->code);
			return 0;
		}
		at += take ? op->jt : op->jf;
	}
	fail_msg("the filter has no end");
	return 0;
}

static struct filter open_filter, closed_filter;

static int build(void **state)
{
	(void)state;
	return filter_build(false, &open_filter, NULL) < 0 ||
	       filter_build(true, &closed_filter, NULL) < 0;
}

static int release(void **state)
{
	(void)state;
	filter_release(&open_filter);
	filter_release(&closed_filter);
	return 0;
}

static uint32_t ask(const struct filter *filter, int number, const uint64_t args[6])
{
	struct seccomp_data data = { .nr = number, .arch = FILTER_ARCH };

	memcpy(data.args, args, sizeof(data.args));
	return run(filter, &data);
}

static void each_row_of_the_table_is_enforced_as_it_says(void **state)
{
	static const uint64_t none[6];
	static const uint64_t addressed[6] = { [4] = 0x1000 };

	(void)state;
	for (int i = 0; i < CALL_COUNT; i++) {
		const struct call_info *info = &call_table[i];
		bool passes = info->how == HOW_TEST ||
			      (info->how == HOW_OWN && strchr(info->shape, 'q'));
		uint32_t want = info->how == HOW_REFUSE ? REFUSE((uint32_t)info->refusal)
				: passes		? PASS
							: NOTIFY;

		if (info->number < 0 || i == CALL_socket || i == CALL_ioprio_set)
			continue; /* of which 0 is no family, and no kind of who */
		if (ask(&open_filter, info->number, i == CALL_sendto ? addressed : none) != want)
			fail_msg("%s is not %s", info->name, call_how_name(info->how));
	}
}

static void what_is_not_governed_passes(void **state)
{
	static const int numbers[] = {
		__NR_read,	 __NR_write, __NR_close, __NR_futex,	  __NR_getsockopt,
		__NR_mmap,	 __NR_ppoll, __NR_dup,	 __NR_socketpair, __NR_accept4,
		__NR_getpid,	 __NR_kill,  __NR_statx, __NR_chdir,	  __NR_fstat,
		__NR_exit_group, __NR_wait4,
	};
	static const uint64_t none[6];

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (ask(&open_filter, numbers[i], none) != PASS)
			fail_msg("call %d does not pass", numbers[i]);
}

static void what_nobody_has_judged_goes_to_the_supervisor(void **state)
{
	static const uint64_t none[6];
	struct seccomp_data foreign = { .nr = __NR_getpid, .arch = AUDIT_ARCH_I386 };

	(void)state;
	assert_int_equal(ask(&open_filter, CALL_NUMBER_MAX, none), PASS);
	assert_int_equal(ask(&open_filter, CALL_NUMBER_MAX + 1, none), NOTIFY);
	assert_int_equal(ask(&open_filter, INT32_MAX, none), NOTIFY);
	assert_int_equal(ask(&open_filter, -1, none), NOTIFY);
	assert_int_equal(ask(&open_filter, 0x40000000 | __NR_getpid, none), NOTIFY); /* x32 */
	assert_int_equal(ask(&open_filter, WIRE_NR_HELLO, none), NOTIFY);
	assert_int_equal(ask(&open_filter, WIRE_NR_EXPLAIN, none), NOTIFY);
	assert_int_equal(run(&open_filter, &foreign), NOTIFY);
}

#define HIGH (UINT64_C(0xdeadbeef) << 32) /* upper half of an int: the caller's to choose */

static void arguments_decide_where_the_table_says_so(void **state)
{
	static const struct row {
		enum call call;
		uint64_t args[6];
		uint32_t want;
	} rows[] = {
		{ CALL_ioctl, { 0, 0x5401 }, PASS },	      /* TCGETS */
		{ CALL_ioctl, { 0, 0x5413 }, PASS },	      /* TIOCGWINSZ */
		{ CALL_ioctl, { 0, 0x5412 }, REFUSE(EPERM) }, /* TIOCSTI */
		{ CALL_ioctl, { 0, HIGH | 0x5412 }, REFUSE(EPERM) },
		{ CALL_ioctl, { 0, 0x541c }, REFUSE(EPERM) },	  /* TIOCLINUX */
		{ CALL_ioctl, { 0, 0x40086602 }, REFUSE(EPERM) }, /* FS_IOC_SETFLAGS */
		{ CALL_ioctl, { 0, 0x5423 }, REFUSE(EPERM) },	  /* TIOCSETD */
		{ CALL_ioctl, { 0, 0x40806685 }, REFUSE(EPERM) }, /* FS_IOC_ENABLE_VERITY */
		{ CALL_ioctl, { 0, 0x50009417 }, REFUSE(EPERM) }, /* BTRFS_IOC_SNAP_CREATE_V2 */
		{ CALL_ioctl, { 0, HIGH | 0x5000940e }, REFUSE(EPERM) },
		{ CALL_ioctl, { 0, 0x40049409 }, PASS }, /* FICLONE, as cp uses it */
		{ CALL_setsockopt, { 0, SOL_SOCKET, SO_REUSEADDR, 1, 4 }, PASS },
		{ CALL_setsockopt, { 0, IPPROTO_TCP, 4, 1, 4 }, PASS },
		{ CALL_setsockopt, { 0, IPPROTO_IP, 4, 0, 0 }, PASS }, /* IP_OPTIONS, none */
		{ CALL_setsockopt, { 0, IPPROTO_IP, 4, 1, 8 }, REFUSE(EPERM) }, /* a source route */
		{ CALL_setsockopt, { 0, HIGH, HIGH | 4, 1, HIGH | 8 }, REFUSE(EPERM) },
		{ CALL_setsockopt, { 0, IPPROTO_IPV6, 57, 1, 8 }, REFUSE(EPERM) }, /* IPV6_RTHDR */
		{ CALL_setsockopt, { 0, IPPROTO_IPV6, 6, 1, 8 }, REFUSE(EPERM) },
		{ CALL_setsockopt, { 0, IPPROTO_IPV6, IPV6_V6ONLY, 1, 4 }, PASS },
		{ CALL_clone, { CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_THREAD }, PASS },
		{ CALL_clone, { CLONE_VM | CLONE_VFORK | 17 }, PASS },
		{ CALL_clone, { CLONE_NEWUSER | 17 }, REFUSE(EPERM) },
		{ CALL_clone, { CLONE_NEWNS | 17 }, REFUSE(EPERM) },
		{ CALL_clone, { CLONE_NEWNET | CLONE_NEWPID }, REFUSE(EPERM) },
		{ CALL_prctl, { PR_SET_NAME }, PASS },
		{ CALL_prctl, { PR_SET_DUMPABLE, 1 }, PASS },
		{ CALL_prctl, { PR_SET_DUMPABLE, 0 }, REFUSE(0) }, /* success, and nothing done */
		{ CALL_prctl, { HIGH | PR_SET_DUMPABLE, 0 }, REFUSE(0) },
		{ CALL_prctl, { PR_SET_MM }, REFUSE(EPERM) },
		{ CALL_seccomp, { SECCOMP_SET_MODE_FILTER, 0 }, PASS },
		{ CALL_seccomp,
		  { SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER },
		  REFUSE(EBUSY) },
		{ CALL_sendto, { 3, 0x1000, 10, 0, 0, 0 }, PASS },
		{ CALL_sendto, { 3, 0x1000, 10, 0, 0x2000, 16 }, NOTIFY },
		{ CALL_sendto, { 3, 0x1000, 10, 0, UINT64_C(1) << 32, 16 }, NOTIFY },
		{ CALL_prlimit64, { 0, 7 }, PASS },
		{ CALL_prlimit64, { 4711, 7 }, NOTIFY },
		{ CALL_sched_setaffinity, { 4711 }, NOTIFY },
		{ CALL_setpriority, { PRIO_PROCESS, 0, 5 }, PASS },
		{ CALL_setpriority, { PRIO_PROCESS, 4711, 5 }, NOTIFY },
		{ CALL_setpriority, { PRIO_PGRP, 0, 5 }, NOTIFY },
		{ CALL_setpriority, { PRIO_USER, 0, 5 }, NOTIFY },
		{ CALL_ioprio_set, { 1 /* process */, 0 }, PASS },
		{ CALL_ioprio_set, { 1, 4711 }, NOTIFY },
		{ CALL_ioprio_set, { 2 /* group */, 0 }, NOTIFY },
		{ CALL_socket, { AF_UNIX, SOCK_STREAM, 0 }, PASS },
		{ CALL_socket, { AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0 }, PASS },
		{ CALL_socket, { AF_INET, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_TCP }, PASS },
		{ CALL_socket, { AF_INET, SOCK_STREAM, 0 }, PASS },
		{ CALL_socket, { AF_INET, SOCK_STREAM, 262 }, PASS }, /* MPTCP */
		{ CALL_socket, { AF_INET6, SOCK_DGRAM, IPPROTO_UDP }, PASS },
		{ CALL_socket, { AF_NETLINK, SOCK_RAW, 0 }, PASS },		       /* routing */
		{ CALL_socket, { AF_NETLINK, SOCK_RAW, 9 }, REFUSE(EPROTONOSUPPORT) }, /* audit */
		{ CALL_socket, { AF_INET, SOCK_RAW, IPPROTO_TCP }, REFUSE(EPERM) },
		{ CALL_socket, { AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_UDP }, REFUSE(EPERM) },
		{ CALL_socket, { AF_INET, SOCK_STREAM, IPPROTO_SCTP }, REFUSE(EPROTONOSUPPORT) },
		{ CALL_socket,
		  { HIGH | AF_INET, SOCK_STREAM, IPPROTO_SCTP },
		  REFUSE(EPROTONOSUPPORT) },
		{ CALL_socket, { AF_PACKET, SOCK_RAW, 0 }, REFUSE(EAFNOSUPPORT) },
		{ CALL_socket, { AF_VSOCK, SOCK_STREAM, 0 }, REFUSE(EAFNOSUPPORT) },
		{ CALL_socket, { AF_ALG, SOCK_SEQPACKET, 0 }, REFUSE(EAFNOSUPPORT) },
		{ CALL_socket, { AF_BLUETOOTH, SOCK_STREAM, 0 }, REFUSE(EAFNOSUPPORT) },
		{ CALL_socket, { 44 /* XDP */, SOCK_RAW, 0 }, REFUSE(EAFNOSUPPORT) },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t got = ask(&open_filter, call_table[rows[i].call].number, rows[i].args);

		if (got != rows[i].want)
			fail_msg("row %zu, %s: want %#x, got %#x", i, call_table[rows[i].call].name,
				 rows[i].want, got);
	}
}

static void memory_is_closed_only_when_asked_for(void **state)
{
	static const enum call calls[] = { CALL_ptrace, CALL_process_vm_readv,
					   CALL_process_vm_writev };
	static const uint64_t none[6];

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		int number = call_table[calls[i]].number;

		assert_int_equal(ask(&open_filter, number, none), PASS);
		assert_int_equal(ask(&closed_filter, number, none), REFUSE(EPERM));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_of_the_table_is_enforced_as_it_says),
		cmocka_unit_test(what_is_not_governed_passes),
		cmocka_unit_test(what_nobody_has_judged_goes_to_the_supervisor),
		cmocka_unit_test(arguments_decide_where_the_table_says_so),
		cmocka_unit_test(memory_is_closed_only_when_asked_for),
	};

	return cmocka_run_group_tests(tests, build, release);
}
