#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Formats that the administrator registered (binfmt_misc): the file and the interpreter that the
# kernel starts for it are judged, and what was not judged does not run.
. "$(dirname "$0")/../integration/lib.sh"

FORMATS=/proc/sys/fs/binfmt_misc
mounted=
registered=()

can_register() {
	[ "$(id -u)" = 0 ] || return 1
	[ ! -e "$FORMATS/register" ] || return 0
	mount -t binfmt_misc none "$FORMATS" 2>"$T/err" && mounted=1
}
if ! can_register; then
	skip "registered formats" "kernel lets nobody but root register formats, or has none"
	exit
fi
finally() {
	local name
	for name in "${registered[@]}"; do
		echo -1 >"$FORMATS/$name"
	done
	[ -z "$mounted" ] || umount "$FORMATS"
}

# register NAME FORMAT - under a name of this test alone; FORMAT is "TYPE:OFFSET:BYTES:MASK:PROGRAM:FLAGS"
register() {
	echo ":agentos-$$-$1:$2" >"$FORMATS/register" && registered+=("agentos-$$-$1")
}

MARK=mark$$
cat >"$T/policy.yaml" <<END
version: "1.0"
name: formats
vars: { TOOLS: "$T/tools" }
rules:
  - { name: tools, on: [read_file, execute], path: "\${TOOLS}/", action: allow }
  - { name: forbidden, on: execute, path: "**/forbidden*", action: deny }
  - { name: forbidden-word, on: execute, args: "**forbidden-word**", action: deny }
END
RUN_OPTIONS=(-p "$T/policy.yaml")

# Interpreters, outside of the workspace: each says by which arguments it was started.
mkdir "$T/tools"
cat >"$T/say.c" <<'END'
#include <stdio.h>

int main(int argc, char **argv)
{
	FILE *out = fopen("ran", "w");

	for (int i = 0; out && i < argc; i++)
		fprintf(out, "%s\n", argv[i]);
	return out && fclose(out) == 0 ? 0 : 1;
}
END
if ! cc -o "$T/tools/permitted" "$T/say.c" 2>"$T/err"; then
	not_ok "a compiler"
	exit
fi
cp "$T/tools/permitted" "$T/tools/forbidden"
# A native program that a format can tell from all others: the last bytes of its identification,
# which nobody looks at (elf(5), EI_PAD).
cp /bin/true "$T/tools/native"
printf 'OWN%s' "$$" | head -c 7 | dd of="$T/tools/native" bs=1 seek=9 conv=notrunc 2>/dev/null
printf '#!%s/tools/forbidden\n' "$T" >"$T/tools/script"
chmod 755 "$T/tools/script"
register good "M::$MARK-good::$T/tools/permitted:"
register keeping "M::$MARK-keeping::$T/tools/permitted:P"
register fixed "M::$MARK-fixed::$T/tools/permitted:F"
register bad "M::$MARK-bad::$T/tools/forbidden:"
register bad-fixed "M::$MARK-worse::$T/tools/forbidden:F"
register chain "M::$MARK-chain::$T/tools/script:"
register suffix "E::agentos$$::$T/tools/permitted:"
register bad-suffix "E::worse$$::$T/tools/forbidden:"
register masked "M:4:$MARK-!:$(printf '\\xff%.0s' $(seq ${#MARK}))\\xff\\x00:$T/tools/permitted:"

prepare() {
	local kind
	for kind in good keeping fixed bad worse chain late; do
		printf '%s-%s\n' "$MARK" "$kind" >"$kind"
	done
	printf 'HEAD%s-any\n' "$MARK" >masked
	echo text >"by.agentos$$"
	echo text >"by.worse$$"
	cp good forbidden-data
	printf '#!%s/good\n' "$WS" >through-script
	printf '#!%s/bad\n' "$WS" >through-bad
	chmod 755 ./*
}
RAN='[ -e ran ]'
EXEC='exec { $ARGV[0] } "zeroth", @ARGV[1 .. $#ARGV] or exit 3'

category registered-formats
for way in bad worse chain "by.worse$$" through-bad; do
	refused "a program, by ${way%%[0-9]*}" "$RAN" perl -e "$EXEC" "./$way" one
done
refused "a file that must not run" "$RAN" perl -e "$EXEC" ./forbidden-data
refused "a forbidden argument" "$RAN" perl -e "$EXEC" ./good forbidden-word

# What may run is started with the arguments that the kernel gives it.
for way in good keeping fixed masked "by.agentos$$" through-script; do
	name="${BENIGN}its neighbour, by ${way%%[0-9]*}"
	fresh
	bare perl -e "$EXEC" "./$way" one two
	mv "$WS/ran" "$T/bare.ran"
	fresh
	governed perl -e "$EXEC" "./$way" one two
	if [ -s "$T/bare.ran" ] && cmp -s "$T/bare.ran" "$WS/ran"; then
		ok "$name"
	else
		not_ok "$name"
		note_file "arguments bare" "$T/bare.ran"
		note_file "arguments governed" "$WS/ran"
		note_file errors "$T/err"
	fi
done

# What is registered while the run is on was judged by nobody.
WAIT='touch waiting; while [ ! -e go ]; do sleep 0.05; done; perl -e "$1" "$2" one; true'
# run_with RUNNER FILE FORMAT
run_with() {
	fresh
	"$1" sh -c "$WAIT" sh "$EXEC" "$2" &
	within 10 test -e "$WS/waiting" || note "it did not start"
	echo ":agentos-$$-late:$3" >"$FORMATS/register"
	touch "$WS/go"
	wait "$!"
	echo -1 >"$FORMATS/agentos-$$-late"
}
# registered_later NAME FILE FORMAT
registered_later() {
	local name="$ATTACK$1"
	run_with bare "$2" "$3"
	if [ ! -e "$WS/ran" ]; then
		not_ok "$name"
		note "control: no effect bare"
		note_file errors "$T/err"
		return
	fi
	run_with governed "$2" "$3"
	if [ ! -e "$WS/waiting" ] || [ -e "$WS/ran" ]; then
		not_ok "$name"
		note_file errors "$T/err"
		return
	fi
	ok "$name"
}
registered_later "a format that comes later" ./late "M::$MARK-late::$T/tools/forbidden:"
registered_later "a format that comes before scripts" ./through-script "M::#!$T::$T/tools/forbidden:"
registered_later "a format that comes before programs" "$T/tools/native" \
	"M:9:OWN$(printf %s "$$" | head -c 4)::$T/tools/forbidden:F"
