#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Secrets are not read, whichever way is taken. What is judged is whether the secret came out, or
# lies in the workspace afterwards.
. "$(dirname "$0")/../integration/lib.sh"

SECRET=canary-$$-$RANDOM$RANDOM
READING=$BUILD/tests/adversarial/reading

# The secret under several names; beside each something that may be read.
prepare() {
	mkdir -p "$HOME/.ssh" "$HOME/.aws" "$HOME/other" plain/folder
	echo "$SECRET" >"$HOME/.ssh/id_rsa"
	echo "$SECRET" >"$HOME/.aws/credentials"
	echo "$SECRET" >"$HOME/other/notes"
	echo "$SECRET" >.env
	echo neighbour >plain/folder/file
	cp "$READING" reading
}
# Came out, or can be read by anybody who may read the workspace.
came_out='grep -qs "$SECRET" "$T/out" "$T/err" || grep -qrs --exclude=.env "$SECRET" "$WS"'
neighbour='grep -qs neighbour "$T/out"'

# Ways that fail bare as well, where the kernel or the caller's rights do not allow them.
works_bare() {
	fresh
	bare "$@"
	(cd "$WS" && eval "$came_out") >/dev/null 2>&1
}

category paths
for way in $("$READING"); do
	if ! works_bare ./reading "$way" "$HOME/.ssh/id_rsa"; then
		skip "${ATTACK}a key, by $way" "kernel does not offer it to this user"
		continue
	fi
	refused "a key, by $way" "$came_out" ./reading "$way" "$HOME/.ssh/id_rsa"
	refused "a file outside, by $way" "$came_out" ./reading "$way" "$HOME/other/notes"
done

# The same ways to a file of the workspace give it.
for way in $("$READING"); do
	case $way in
	handle | new-mount-calls | ring) continue ;; # never granted: surface.sh
	resolve-cached) continue ;; # answered with EAGAIN, after which one asks again without
	esac
	works_bare ./reading "$way" "$HOME/.ssh/id_rsa" || continue
	allowed "a file of the workspace, by $way" "$neighbour" ./reading "$way" "$WS/plain/folder/file"
done

category tools
for file in "$HOME/.aws/credentials" "$HOME/other/notes" "$WS/.env"; do
	came='grep -qs "$SECRET" "$T/out"'
	refused "${file##*/}, by cat" "$came" cat "$file"
	refused "${file##*/}, by cat with an empty environment" "$came" env -i /bin/cat "$file"
	refused "${file##*/}, by the shell itself" "$came" sh -c "read -r line <'$file'; echo \"\$line\""
	refused "${file##*/}, by grep -r" "$came" grep -rs canary "${file%/*}"
	refused "${file##*/}, by cp" 'grep -qrs --exclude=.env "$SECRET" "$WS"' cp "$file" copy
	refused "${file##*/}, by tar" "$came" sh -c "tar -cf - -C '${file%/*}' '${file##*/}' | cat"
	refused "${file##*/}, by running it as a script" 'grep -qs "$SECRET" "$T/out" "$T/err"' sh "$file"
	refused "${file##*/}, by the loader" "$came" \
		"$(readlink -f /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1 | head -n 1)" /bin/cat "$file"
done
if need python3; then
	refused "a key, by python3" "$came" python3 -c "print(open('$HOME/.ssh/id_rsa').read())"
	refused "a key, by a shell of python3 without the preload library" "$came" python3 -c "
import os
os.execve('/bin/cat', ['cat', '$HOME/.ssh/id_rsa'], {})"
fi
if need perl; then
	refused "a key, by perl" "$came" perl -e "open(F, '$HOME/.ssh/id_rsa'); print <F>"
fi

category static-programs
static_ways() {
	local way
	for way in open openat2 instruction symlink hard-link proc-root pin renamed-folder ring; do
		works_bare ./reading "$way" "$HOME/.ssh/id_rsa" || continue
		refused "a key in a program of $1 -static, by $way" "$came_out" \
			./reading "$way" "$HOME/.ssh/id_rsa"
	done
	allowed "a file of the workspace in a program of $1 -static, by open" "$neighbour" \
		./reading open "$WS/plain/folder/file"
}
for compiler in gcc musl-gcc; do
	need gcc "$compiler" || continue
	if "$compiler" -static -O1 -D_GNU_SOURCE -idirafter /usr/include -idirafter \
		"/usr/include/$(gcc -print-multiarch)" -o "$T/static" "$ROOT/tests/adversarial/reading.c" \
		2>"$T/gcc.err"; then
		READING=$T/static static_ways "$compiler"
	else
		not_ok "compile with $compiler -static"
		note_file errors "$T/gcc.err"
	fi
done

# What was open before the run: it stands there for the control, and is gone when governed.
inherited() {
	fresh
	"$@" sh -c 'cat <&9; cat /proc/self/fd/9 /dev/fd/9' 9<"$HOME/.ssh/id_rsa"
	grep -qs "$SECRET" "$T/out"
}
category descriptors
check "control: a descriptor that was open before" inherited bare
check_not "${ATTACK}a key, by a descriptor that was open before" inherited governed

# Through a process that is not of the run: its descriptors, its root and folder, its environment.
# It keeps its own home, which fresh does not make anew.
mkdir "$T/theirs"
echo "$SECRET" >"$T/theirs/id_rsa"
(cd "$T/theirs" && CANARY=$SECRET exec sleep 600 <id_rsa >/dev/null 2>&1) &
victim=$!
finally() {
	kill "$victim"
}
check "a process from before runs" within 5 grep -qs sleep "/proc/$victim/comm"
category proc
for what in fd/0 cwd/id_rsa "root$T/theirs/id_rsa" environ; do
	refused "what another process has, by its ${what%%/*}" 'grep -qsa "$SECRET" "$T/out"' \
		cat "/proc/$victim/$what"
	refused "what another process has, by its thread's ${what%%/*}" 'grep -qsa "$SECRET" "$T/out"' \
		cat "/proc/$victim/task/$victim/$what"
done
for what in exe:ELF maps:sleep status:sleep stat:sleep comm:sleep fdinfo/0:pos limits:Max \
	mountinfo:proc io:rchar auxv:. stack:. syscall:.; do
	grep -qsa "${what#*:}" "/proc/$victim/${what%:*}" || continue # not for this user
	refused "what another process has, by its ${what%:*}" "grep -qsa '${what#*:}' \"\$T/out\"" \
		cat "/proc/$victim/${what%:*}"
done
mapped=$(find "/proc/$victim/map_files" -type l 2>/dev/null | head -n 1)
if [ -n "$mapped" ] && grep -qsa ELF "$mapped"; then
	refused "what another process has, by its map_files" 'grep -qsa ELF "$T/out"' cat "$mapped"
fi
refused "what another process has, by a list of /proc" "grep -qsx '$victim' \"\$T/out\"" \
	sh -c "cat /proc/$victim/comm >/dev/null && ls /proc"
refused "what another process has, by its cmdline" 'grep -qsa "sleep.600" "$T/out"' cat "/proc/$victim/cmdline"
allowed "its own environment" 'grep -qsa AGENTOS_MARK "$T/out"' cat /proc/self/environ
# Opened before the child exists: one that opens it itself may not have got so far.
allowed "what its own child has open" 'grep -qs inner "$T/out"' \
	sh -c 'echo inner >f; exec 3<f; sleep 5 & cat /proc/$!/fd/3; kill $!'
