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
