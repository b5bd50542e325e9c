/* SPDX-License-Identifier: MIT */
/*
 * foreign ABI - ask for the process number by the calls of another ABI of this machine (int80, x32)
 * and print "got it" when the answer is right. Where there is no such ABI: nothing.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)

#define GETPID_OF_I386 20
#define GETPID_OF_X32 (0x40000000L | 39)

static long by_int80(void)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "0"((long)GETPID_OF_I386)
			 : "r8", "r9", "r10", "r11", "memory");
	return r;
}

int main(int argc, char **argv)
{
	long number = 0;

	if (argc == 2 && strcmp(argv[1], "int80") == 0)
		number = by_int80();
	if (argc == 2 && strcmp(argv[1], "x32") == 0)
		number = syscall(GETPID_OF_X32);
	if (number == getpid())
		(void)puts("got it");
	return 0;
}

#else

int main(void)
{
	return 0;
}

#endif
