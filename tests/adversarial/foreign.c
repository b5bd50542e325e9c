/* SPDX-License-Identifier: MIT */
/*
 * foreign ABI - ask for the process number by the calls of another ABI of this machine (int80, x32)
 * and print "got it" when the answer is right. Where there is no such ABI: nothing.
 *
 * foreign WAY PATH [PORT] - compiled for i386, as which it needs no library (there often is none):
 * read, make, remove or run the file at PATH, or say "hello" to PORT of 127.0.0.1.
 */
#if defined(__i386__)

enum { EXIT = 1, READ = 3, WRITE = 4, OPEN = 5, UNLINK = 10, EXECVE = 11, SOCKETCALL = 102 };
enum { SOCKET = 1, CONNECT = 3 }; /* of socketcall */
enum { CREATE_TO_WRITE = 0101 };

static long call(long number, long a, long b, long c)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "0"(number), "b"(a), "c"(b), "d"(c) : "memory");
	return r;
}

static int is(const char *a, const char *b)
{
	for (; *a && *a == *b; a++)
		b++;
	return *a == *b;
}

static void print(long fd)
{
	char text[4096];
	long len = call(READ, fd, (long)text, sizeof(text));

	if (len > 0)
		(void)call(WRITE, 1, (long)text, len);
}

static long dial(const char *port)
{
	struct {
		unsigned short family, port;
		unsigned address;
		char zero[8];
	} in = { 2, 0, 0x0100007f, { 0 } };
	long socket[3] = { 2, 1, 0 };
	long connect[3] = { 0, (long)&in, sizeof(in) };
	unsigned number = 0;

	for (; *port; port++)
		number = number * 10 + (unsigned)(*port - '0');
	in.port = (unsigned short)(number << 8 | number >> 8);
	connect[0] = call(SOCKETCALL, SOCKET, (long)socket, 0);
	if (call(SOCKETCALL, CONNECT, (long)connect, 0) < 0)
		return -1;
	return call(WRITE, connect[0], (long)"hello", 5);
}

/* @stack: argc, then argv. */
__attribute__((used)) static void begin(long *stack)
{
	char **argv = (char **)(stack + 1);
	const char *echo[] = { "echo", "got it", 0 };

	if (is(argv[1], "read"))
		print(call(OPEN, (long)argv[2], 0, 0));
	else if (is(argv[1], "make"))
		(void)call(WRITE, call(OPEN, (long)argv[2], CREATE_TO_WRITE, 0600), (long)"mark\n",
			   5);
	else if (is(argv[1], "remove"))
		(void)call(UNLINK, (long)argv[2], 0, 0);
	else if (is(argv[1], "run"))
		(void)call(EXECVE, (long)argv[2], (long)echo, 0);
	else if (is(argv[1], "dial"))
		(void)dial(argv[3]);
	(void)call(EXIT, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n\tpushl %esp\n\tcall begin\n");

#else

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

#endif
