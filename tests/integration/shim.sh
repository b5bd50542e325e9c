#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The preload library alone, against the least supervisor that it can talk to: each refusal is told
# once, nothing else ever is, and the program notices nothing.

. "$(dirname "$0")/lib.sh"

SHIM=$BUILD/libagentos.so
SUPPORT=$BUILD/tests/support

# supervised OPTIONS LIBRARIES CMD... - in an empty folder.
supervised() {
	local option=$1 libraries=$2
	shift 2
	fresh
	# shellcheck disable=SC2086
	(cd "$WS" && timeout "$LIMIT" "$SUPPORT/wire_supervisor" $option \
		env LD_PRELOAD="$libraries" "$@")
}

# outcomes PATTERN - the number of rows on standard input that match.
outcomes() {
	grep -cE "$1"
}

supervised "" "$SHIM" "$SUPPORT/shim_calls" >"$T/calls"
same "the calls could all be made" 0 $?
while read -r name error told _ other_told; do
	if [ "$error" = EACCES ] && [ "${told%,}" -gt 10 ] && [ "$other_told" = 0 ]; then
		ok "$name: its refusal is told, and no other failure"
	else
		not_ok "$name: its refusal is told, and no other failure"
		note "$name $error $told $other_told"
	fi
done <"$T/calls"
hooks=$(wc -l <"$T/calls")
same "each hook is among them" \
	"$(nm -D --defined-only "$SHIM" | awk '{ print $3 }' | sort)" \
	"$(cut -d ' ' -f 1 "$T/calls" | sort)"

# Controls: the same calls, refused the same, with nobody to tell it.
told='^[a-z_0-9]+ EACCES [1-9]'
untold='^[a-z_0-9]+ EACCES 0, '
same "without the shim nothing is told" "$hooks" \
	"$(supervised "" "" "$SUPPORT/shim_calls" | outcomes "$untold")"
supervised --silent "$SHIM" "$SUPPORT/shim_calls" >"$T/silent"
same "a supervisor that wants no explanations is not asked for any" "0 $hooks" \
	"$? $(outcomes "$untold" <"$T/silent")"
supervised --absent "$SHIM" "$SUPPORT/shim_calls" >"$T/absent"
same "without a supervisor none is asked" "0 $hooks" "$? $(outcomes "$untold" <"$T/absent")"

cp "$SHIM" "$T/copy.so"
supervised "" "$SHIM $T/copy.so" "$SUPPORT/shim_calls" >"$T/twice"
same "two copies tell each refusal once" "$(cat "$T/calls")" "$(cat "$T/twice")"
same "and each is told" "$hooks" "$(outcomes "$told" <"$T/twice")"

for scene in $("$SUPPORT/shim_scenes"); do
	if [ "$scene" = can_be_loaded_late ]; then
		check "${scene//_/ }" supervised "" "" "$SUPPORT/shim_scenes" "$scene" "$SHIM"
	else
		check "${scene//_/ }" supervised "" "$SHIM" "$SUPPORT/shim_scenes" "$scene"
	fi
done

# The scenes with a pipe are told apart from a shim that never writes.
check_not "control: a vfork child without the shim is told nothing" \
	supervised "" "" "$SUPPORT/shim_scenes" works_in_a_vfork_child

line=$(supervised "" "$SHIM" sh -c 'exec 3>./refused' 2>&1 >/dev/null | grep -c '^agentos: denied open')
same "a shell says why beside its own error" 1 "$line"
