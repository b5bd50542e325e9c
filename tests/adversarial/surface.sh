#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Calls and powers that are refused whatever the policy says, each seen to work (or to be looked at
# by the kernel) bare; and their neighbours, which must go on working.
. "$(dirname "$0")/../integration/lib.sh"

PROGRAMS=$BUILD/tests/adversarial
prepare() {
	cp "$PROGRAMS/surface" "$PROGRAMS/powers" .
	mkdir "$HOME/outside"
	cp /bin/echo "$HOME/outside/program"
}

fresh
bare ./surface
sort "$T/out" >"$T/bare.out"
fresh
governed ./surface
sort "$T/out" >"$T/governed.out"
check "the calls were made" test -s "$T/governed.out"
category calls
while read -r name answer refusal governed _; do
	if [ "$answer" = "$refusal" ]; then
		skip "$ATTACK$name" "kernel refuses it to this user, or has none"
	else
		same "$ATTACK$name" "$refusal" "$governed"
	fi
done < <(join "$T/bare.out" "$T/governed.out")

got='grep -qs "got it" "$T/out"'
# category_of POWER - of what kind it is.
category_of() {
	case $1 in
	*listening* | *receiving*) category listening ;;
	*program*) category programs ;;
	*) category powers ;;
	esac
}

while read -r power kind; do
	category_of "$power"
	fresh
	bare ./powers "$power" "$HOME/outside/program"
	if ! eval "$got"; then
		skip "$ATTACK$power" "kernel refuses it to this user, or has none"
	elif [ "$kind" = refused ]; then
		refused "$power" "$got" ./powers "$power" "$HOME/outside/program"
	else
		allowed "$power" "$got" ./powers "$power"
	fi
done < <("$PROGRAMS/powers")

# --- other ways to say the same to the kernel

if [ "$(uname -m)" = x86_64 ]; then
	category foreign-calls
	prepare() { cp "$PROGRAMS/foreign" .; }
	for abi in int80 x32; do
		fresh
		bare ./foreign "$abi"
		if eval "$got"; then
			refused "a call, by $abi" "$got" ./foreign "$abi"
		else
			skip "${ATTACK}a call, by $abi" "kernel has no such calls"
		fi
	done
fi

# A whole program of 32 bits, which calls the kernel by itself.
prepare() {
	cp "$T/foreign" .
	echo "foreign secret" >"$HOME/.netrc"
	mkdir "$HOME/outside"
	cp /bin/echo "$HOME/outside/program"
}
# Prints its port, and then what it is told.
accept_some() {
	python3 -c 'import socket
with socket.create_server(("127.0.0.1", 0)) as listening:
    print(listening.getsockname()[1], flush=True)
    while True:
        print(listening.accept()[0].recv(5).decode(), flush=True)' >>"$T/accepted" 2>/dev/null &
	accepting=$!
	within 10 test -s "$T/accepted"
}
finally() { [ -z "${accepting:-}" ] || kill "$accepting" 2>/dev/null; }
dial_refused() {
	local port
	port=$(cat "$T/accepted")
	fresh
	bare ./foreign dial - "$port"
	if ! within 5 grep -qsx hello "$T/accepted"; then
		note "control: no effect bare, status $status"
		return 1
	fi
	: >"$T/accepted"
	fresh
	governed ./foreign dial - "$port"
	# Who calls next is heard after whoever called before.
	bare ./foreign dial - "$port"
	within 5 grep -qsx hello "$T/accepted" && [ "$(grep -c . "$T/accepted")" = 1 ]
}
if [ "$(uname -m)" = x86_64 ] && need gcc && gcc -m32 -O1 -ffreestanding -fno-pic -fno-stack-protector \
	-nostdlib -static -o "$T/foreign" "$ROOT/tests/adversarial/foreign.c" 2>"$T/gcc.err"; then
	refused "a file of 32 bits, by open" 'grep -qs "foreign secret" "$T/out"' ./foreign read "$HOME/.netrc"
	refused "a file of 32 bits, by creating" 'grep -qs mark "$HOME/made"' ./foreign make "$HOME/made"
	refused "a file of 32 bits, by removing" '! [ -e "$HOME/.netrc" ]' ./foreign remove "$HOME/.netrc"
	refused "a program of 32 bits, by execve" "$got" ./foreign run "$HOME/outside/program"
	if need python3 && accept_some; then
		check "${ATTACK}a daemon of 32 bits, by socketcall" dial_refused
	fi
elif [ "$(uname -m)" = x86_64 ]; then
	skip "${ATTACK}a program of 32 bits" "kernel or compiler without them: $(head -n 1 "$T/gcc.err")"
fi

# --- files that are the kernel's, and other terminals

category kernel
prepare() { :; }
# kernel_file NAME COMMAND - it succeeds bare, where this user may, and fails governed.
kernel_file() {
	fresh
	bare sh -c "$2"
	if [ "$status" != 0 ]; then
		skip "$ATTACK$1" "kernel refuses it to this user, or has none"
	else
		refused "$1" '[ "$status" = 0 ]' sh -c "$2"
	fi
}
for file in /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/sys/kernel/modprobe \
	/proc/sys/vm/overcommit_memory /proc/sys/fs/suid_dumpable /sys/kernel/uevent_helper \
	/sys/kernel/mm/ksm/run /proc/self/loginuid; do
	kernel_file "a setting, by its file $file" "v=\$(cat $file) && printf '%s\\n' \"\$v\" >$file"
done
kernel_file "another control group, by its list" 'echo $$ >/sys/fs/cgroup/cgroup.procs'
for file in /dev/kmsg /dev/mem /proc/kcore /proc/kallsyms /proc/kpagecount /sys/kernel/debug/sched/features \
	/dev/kvm /dev/fuse /dev/net/tun /dev/loop-control; do
	kernel_file "the kernel's memory and devices, by $file" "exec 9<$file"
done
disk=$(lsblk -nrpo NAME 2>/dev/null | head -n 1)
[ -z "$disk" ] || kernel_file "a disk, by its device" "head -c 512 $disk | grep -q ."

if need python3; then
	python3 -c '
import os, sys
master, slave = os.openpty()
print(os.ttyname(slave), flush=True)
while True:
    sys.stdout.write(os.read(master, 100).decode())
    sys.stdout.flush()' >>"$T/terminal" &
	typed=$!
	within 10 test -s "$T/terminal"
	read -r terminal <"$T/terminal"
	# What was typed before this has arrived before it.
	was_typed() {
		local found
		echo marker >"$terminal"
		within 5 grep -qs marker "$T/terminal"
		grep -qs typed "$T/terminal"
		found=$?
		: >"$T/terminal"
		return "$found"
	}
	category terminals
	for line in "its name|echo typed >$terminal" "a link|ln -s $terminal t; echo typed >t" \
		"dots|echo typed >/dev/pts/./../pts/${terminal##*/}" "proc|echo typed >/proc/self/root$terminal" \
		"reading and writing|echo typed 1<>$terminal" "a folder|cd /dev/pts && echo typed >${terminal##*/}"; do
		refused "another terminal, by ${line%%|*}" was_typed sh -c "${line#*|}"
	done
	allowed "a terminal of its own, by openpty" 'grep -qs typed "$T/out"' python3 -c '
import os
master, slave = os.openpty()
os.write(slave, b"typed")
print(os.read(master, 10))'
	kill "$typed"
fi

# --- programs

category programs
prepare() {
	mkdir "$HOME/outside"
	cp /bin/echo "$HOME/outside/program"
	printf '#!%s/outside/program got\n' "$HOME" >script
	printf '#!/bin/sh\necho got it\n' >"$HOME/outside/script"
	chmod +x script "$HOME/outside/script"
	ln -s "$HOME/outside/program" link
}
loader=$(readlink -f /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1 2>/dev/null | head -n 1)
refused "a program outside" "$got" "$HOME/outside/program" got it
refused "a program outside, by a link" "$got" ./link got it
refused "a script outside" "$got" "$HOME/outside/script"
refused "an interpreter outside" 'grep -qs got "$T/out"' ./script it
refused "a program outside, by the loader" "$got" "$loader" "$HOME/outside/program" got it
refused "a script outside, by its shell" "$got" sh "$HOME/outside/script"
allowed "a program of the system, by the loader" "$got" "$loader" /bin/echo got it
allowed "a copy in the workspace" "$got" sh -c 'cp /bin/echo mine; ./mine got it'
