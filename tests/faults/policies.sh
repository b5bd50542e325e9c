#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A policy that could not be loaded whole is not loaded: whichever call fails, agentos shows and decides
# the same as without a failure, or says that it failed.
#
# FAULT_CALLS=N  tries 20 times N calls of each function (default: 6; all: 0)
. "$(dirname "$0")/../integration/lib.sh"

FAULTS=$BUILD/tests/faults
CALLS=$((${FAULT_CALLS:-6} * 20))
cat >"$T/policy.yaml" <<'EOS'
version: "1.0"
name: mine
vars:
  DATA: /srv/data
rules:
  - { name: data, on: read_file, path: ["${DATA}/**", /srv/other/], action: allow }
  - { name: secret, on: [read_file, write_file], path: "/srv/data/secret*", action: deny, message: no }
  - { name: net, on: connect, host: ["*.example.com", 10.0.0.0/8], port: [443, 8000-8100], action: audit }
EOS

# with FAULT COMMAND... - agentos with this failure; to $T/got, with its status.
with() {
	local fault=$1
	shift
	rm -f "$T/report"
	env "AGENTOS_FAULT=$fault" "AGENTOS_FAULT_REPORT=$T/report" "LD_PRELOAD=$FAULTS/preload_faults.so" \
		"$AGENTOS" "$@" >"$T/got" 2>"$T/err"
	status=$?
}

# loads NAME COMMAND... - the answer of this command is right or there is none.
loads() {
	local name=$1 function count number step wrong tried
	shift
	with open:0:0 "$@"
	expected=$status
	cp "$T/got" "$T/want"
	head -c 4096 "$T/report" | tr -d '\0' >"$T/counts"
	for function in malloc calloc realloc open read fstat realpath getcwd; do
		count=$(sed -n "s/^$function //p" "$T/counts")
		step=$((CALLS > 0 && count > CALLS ? count / CALLS : 1))
		wrong=0 tried=0
		for ((number = 1; number <= count; number += step)); do
			with "$function:$number:12" "$@"
			tried=$((tried + 1))
			[ "$status" = "$expected" ] && cmp -s "$T/got" "$T/want" && continue
			# 139: getpwuid(3) of glibc, when its first allocation fails.
			[ "$status" != 0 ] && [ ! -s "$T/got" ] &&
				{ [ "$status" = 139 ] || grep -q '^agentos: ' "$T/err"; } && continue
			wrong=$((wrong + 1))
			note "$(head -c 4096 "$T/report" | tr -d '\0'): status $status"
			diff "$T/want" "$T/got" >"$T/diff"
			note_file "difference" "$T/diff"
		done
		[ "$tried" = 0 ] || same "$name, $function: right or not at all, $tried calls" 0 "$wrong"
	done
}

check "control: the policy is shown" eval '"$AGENTOS" policy show "$T/policy.yaml" | grep -q secret'
loads "all rules" policy show "$T/policy.yaml"
loads "a refusal" why -p "$T/policy.yaml" read_file path=/srv/data/secret1
loads "a refusal of base" why -p "$T/policy.yaml" read_file path=/srv/data/.env
loads "a grant" why -p "$T/policy.yaml" connect host=a.example.com port=8001
