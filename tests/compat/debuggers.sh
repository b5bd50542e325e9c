#!/bin/bash
# SPDX-License-Identifier: MIT
#
# strace and gdb work on the agent's own processes, and on no other.
. "$(dirname "$0")/../integration/lib.sh"

need strace gdb gcc || exit 0
if [ "$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null || echo 0)" -gt 0 ] && [ "$(id -u)" != 0 ]; then
	skip "strace and gdb" "kernel: Yama lets nobody attach to a process that is not a child"
	exit 0
fi

prepare() {
	cat >counted.c <<-'C'
		#include <stdio.h>
		#include <unistd.h>

		static volatile int counter = 40;

		static void count(void)
		{
			counter++;
		}

		int main(int argc, char **argv)
		{
			(void)argv;
			count();
			count();
			printf("%d\n", counter);
			fflush(stdout);
			while (argc > 1)
				pause();
			return 7;
		}
	C
	gcc -g -O0 -o counted counted.c
	echo "$VICTIM" >victim
}

# Somebody outside, who makes system calls all the time.
bash -c 'while :; do read -t 0.01 -r _ <> <(:); done' >/dev/null 2>&1 &
VICTIM=$!
finally() {
	kill "$VICTIM" 2>/dev/null
}

# --- strace

same_as_bare "strace: a program, its output and its status" sh -c '
	strace -o log -e trace=write,exit_group ./counted; echo $?; grep -E "write|exit" log'
same_as_bare "strace -f: a shell and its children" sh -c '
	strace -f -qq -o log -e trace=execve sh -c "./counted; cat victim >/dev/null; echo done"
	grep -o "execve(\"[^\"]*\".* = 0" log | sed "s/0x[0-9a-f]* //; s,/\* .* vars \*/,,"'
same_as_bare "strace: what a program is refused by the kernel" sh -c '
	strace -o log -e trace=openat cat missing; grep missing log'
same_as_bare "strace -p: a process of one's own" sh -c '
	./counted wait >out & own=$!
	until grep -q 42 out; do :; done
	strace -qq -o log -p $own & tracer=$!
	until grep -q "TracerPid:.*[1-9]" /proc/$own/status; do :; done
	kill $own; wait $own; echo $?; wait $tracer; grep -c SIGTERM log'
refused "strace -p: a process outside" 'grep -q "(" log' \
	sh -c 'timeout 1 strace -qq -o log -p "$(cat victim)"'

# --- gdb

GDB='gdb -q -nx -batch -iex "set debuginfod enabled off" -iex "set breakpoint pending on"'
# Numbers of processes and addresses of the stack are others each time.
SAME='sed -E "s/(process|LWP|inferior) [0-9]+/\1 N/g; s/0x[0-9a-f]+/ADDRESS/g"'
same_as_bare "gdb: a break point, a value, a changed value" sh -c "
	$GDB -ex 'break count' -ex run -ex 'print counter' -ex 'set var counter = 100' -ex delete -ex finish \
		-ex continue ./counted | $SAME"
same_as_bare "gdb: following a child through exec" sh -c "
	$GDB -ex 'set follow-fork-mode child' -ex 'break count' -ex run -ex 'print counter' -ex kill \
		--args sh -c './counted; true' | $SAME"
same_as_bare "gdb -p: a process of one's own" sh -c '
	./counted wait >out & own=$!
	until grep -q 42 out; do :; done
	'"$GDB"' -p $own -ex "print counter" -ex "call count()" \
		-ex "print counter" -ex detach 2>/dev/null | grep "^.[0-9]* ="
	kill $own; wait $own; echo $?'
refused "gdb -p: a process outside" 'grep -q "^#0" "$T/out"' \
	sh -c ''"$GDB"' -p "$(cat victim)" -ex bt'
check "the process outside goes on" kill -0 "$VICTIM"
