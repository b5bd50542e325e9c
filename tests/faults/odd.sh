#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Arguments that no ordinary program passes: each call says the same governed as bare (odd.c).
. "$(dirname "$0")/../integration/lib.sh"

ODD=$BUILD/tests/faults/odd
prepare() {
	cp "$ODD" .
	echo content >file
	chmod 644 file
	mkdir -p folder/inner
	cp /bin/true program
}
for group in $("$ODD"); do
	same_as_bare "$group" ./odd "$group"
	check "$group: all of them were made" eval '[ "$(wc -l <"$T/out")" -gt 10 ]'
done
