#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The errors of ordinary calls are the kernel's, also where a supervisor makes the call.
. "$(dirname "$0")/lib.sh"

DIFFERENTIALS="files programs sockets objects"

# Each call with each kind of argument, where nothing is refused: by a program of glibc with the preload library, and
# by one that has none.
prepare() {
	local name
	for name in $DIFFERENTIALS; do
		cp "$BUILD/tests/compat/differential_$name" .
		[ ! -e "$T/static_$name" ] || cp "$T/static_$name" "static_differential_$name"
	done
}
LIMIT=250
RUN_OPTIONS=(--policy "$ROOT/tests/compat/everything.yaml")
for name in $DIFFERENTIALS; do
	same_as_bare -e "each call on $name" "./differential_$name"
	if ! need gcc; then
		continue
	elif gcc -static -std=c11 -D_GNU_SOURCE -o "$T/static_$name" "$ROOT/tests/compat/differential_$name.c" 2>"$T/gcc.err"; then
		same_as_bare -e "each call on $name, by a static program" "./static_differential_$name"
	else
		not_ok "compile $name with gcc -static"
		note_file errors "$T/gcc.err"
	fi
done
RUN_OPTIONS=()

need python3 || exit 0
prepare() { cp "$ROOT/tests/data/programs/"{errors,lines}.py .; }

same_as_bare -e "calls on descriptors of all kinds" python3 errors.py
same_as_bare -e "first lines of scripts, to the byte" python3 lines.py
