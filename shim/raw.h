/* SPDX-License-Identifier: MIT */
/*
 * System calls without libc: not a cancellation point, no errno, and out of
 * reach of whoever else replaces write() or syscall() in this process.
 *
 * Source: syscall(2), "Architecture calling conventions".
 */
#ifndef AGENTOS_SHIM_RAW_H
#define AGENTOS_SHIM_RAW_H

#if defined(__x86_64__)

/** raw_call() - Return: the kernel's answer: a result, or a negative errno. Async-signal-safe. */
static inline long raw_call(long number, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}

#elif defined(__aarch64__)

/** raw_call() - Return: the kernel's answer: a result, or a negative errno. Async-signal-safe. */
static inline long raw_call(long number, long a, long b, long c, long d, long e)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return x0;
}

#else
#error "the shim knows the system calls of x86-64 and arm64 only"
#endif

#endif
