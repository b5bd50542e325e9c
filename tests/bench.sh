#!/bin/bash
# SPDX-License-Identifier: MIT
#
# bench.sh - what governing costs: single operations and whole programs, bare, under agentos-run, and under
# those of its peers that are installed. Columns are measured in turn, round by round, so that what else the
# machine does meets all of them. Prints median, and in parentheses the tenth and ninetieth percentile.
#
#   BENCH_ROUNDS (9)   rounds      BENCH_ONLY   a pattern of names: measure these only
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=$(cd "${BUILD:-build}" && pwd)
ROUNDS=${BENCH_ROUNDS:-9}
T=$(mktemp -d "${TMPDIR:-/tmp}/agentos-bench.XXXXXX")
trap 'rm -rf "$T"' EXIT
export LC_ALL=C AGENTOS_EXPLAIN=off
mkdir "$T/ws" "$T/home" "$T/results"
export HOME=$T/home
cd "$T/ws" || exit 1
cp "$BUILD/tests/bench/operations" operations

# Each column is a prefix of the command. All let the workspace be written and the system be read.
columns=(bare agentos)
declare -A prefix=(
	[bare]=""
	[agentos]="$BUILD/agentos-run -q --explain off --audit $T/audit.db --"
	[agentos-changes]="$BUILD/agentos-run -q --explain off --record changes --audit $T/audit.db --"
)
columns+=(agentos-changes)
if command -v bwrap >/dev/null && bwrap --ro-bind / / true 2>/dev/null; then
	columns+=(bwrap)
	prefix[bwrap]="bwrap --ro-bind / / --bind $T $T --dev /dev --proc /proc --unshare-pid --unshare-net --"
fi
if command -v firejail >/dev/null && firejail --noprofile --quiet true 2>/dev/null; then
	columns+=(firejail)
	prefix[firejail]="firejail --noprofile --quiet --net=none --read-only=/usr --"
fi
if command -v sandlock >/dev/null; then
	columns+=(sandlock)
	prefix[sandlock]="sandlock run -r / -w $T --"
fi

# record NAME COLUMN UNIT VALUE
record() {
	echo "$4" >>"$T/results/$1.$2"
	echo "$3" >"$T/results/$1.unit"
}

operation() {
	local name=$1 count=$2 column value
	for column in "${columns[@]}"; do
		# shellcheck disable=SC2086
		value=$(${prefix[$column]} ./operations "$name" "$count" 2>/dev/null) && record "$name" "$column" us "$value"
	done
}

# program NAME CMD... - wall time of a whole run, its start included
program() {
	local name=$1 column start end
	shift
	for column in "${columns[@]}"; do
		start=$(date +%s%N)
		# shellcheck disable=SC2086
		${prefix[$column]} "$@" >/dev/null 2>&1 </dev/null || continue
		end=$(date +%s%N)
		record "$name" "$column" ms "$(awk "BEGIN { printf \"%.2f\", ($end - $start) / 1e6 }")"
	done
}

prepare() {
	mkdir -p tree repository
	for i in $(seq 1000); do
		echo "line $i" >"tree/$i"
	done
	printf '#include <stdio.h>\nint main(void) { return puts("hello") < 0; }\n' >hello.c
	if command -v git >/dev/null; then
		(cp -r tree repository && cd repository && git init -q . && git add . &&
			git -c user.name=A -c user.email=a@example.com commit -qm one)
	fi
}

wanted() {
	[[ $1 =~ ${BENCH_ONLY:-.} ]]
}

round() {
	local name count
	for name in $(./operations); do
		case $name in
		spawn-wait) count=100 ;;
		*refused* | connect*) count=500 ;;
		*) count=2000 ;;
		esac
		wanted "$name" && operation "$name" "$count"
	done
	wanted true && program true /bin/true
	wanted sh-20-true && program sh-20-true sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do /bin/true; done'
	wanted grep-1000 && program grep-1000 grep -r line tree
	wanted python && program python /usr/bin/python3 -c 'import json, ssl, sqlite3'
	command -v git >/dev/null && wanted git-status && program git-status git -C repository status
	command -v gcc >/dev/null && wanted gcc && program gcc gcc -c -o hello.o hello.c
	command -v node >/dev/null && wanted node && program node node -e 0
}

report() {
	local name column
	printf '%-22s' ""
	printf ' %24s' "${columns[@]}"
	echo
	for name in $(cd "$T/results" && ls -rt -- *.unit | sed 's/\.unit$//'); do
		printf '%-19s %s' "$name" "$(<"$T/results/$name.unit")"
		for column in "${columns[@]}"; do
			sort -n "$T/results/$name.$column" 2>/dev/null | awk '
				{ v[NR] = $1 }
				END {
					if (!NR) { printf " %24s", "-"; exit }
					low = int(NR / 10) + 1; high = NR - int(NR / 10)
					printf " %24s", sprintf("%.2f (%.2f-%.2f)", v[int((NR + 1) / 2)], v[low], v[high])
				}'
		done
		echo
	done
}

prepare
for i in $(seq "$ROUNDS"); do
	echo "round $i of $ROUNDS" >&2
	round
done
report
