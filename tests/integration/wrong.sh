#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Wrong policies: each tests/data/wrong/NAME.yaml is refused, and what is said of it is NAME.txt, to the
# byte. Those that would be too large to keep are made here.
#
#   WRONG_UPDATE=1   writes the texts anew, for a person to read before they are committed
#   WRONG_MS=100     the longest that a refusal of those may take, of three; without it, what only hangs take:
#                    `make bench-rules` sees to the rest

cd "$(dirname "$0")/../.." || exit 1
BUILD=$(cd "${BUILD:-build}" && pwd)
. tests/support/tap.sh

POLICIES_MIN=120
LOAD_MS=${WRONG_MS:-10000}

T=$(mktemp -d "${TMPDIR:-/tmp}/agentos-wrong.XXXXXX")
T=$(cd "$T" && pwd -P)
export HOME=$T LC_ALL=C.UTF-8

cleanup() {
	rm -rf "$T"
}

# refuse FILE - its errors in $T/said; the exit status.
refuse() {
	"$BUILD/agentos" policy check --workspace "$T" "$1" >"$T/out" 2>"$T/err"
	local status=$?
	sed 's/^agentos: //' "$T/err" >"$T/said"
	return "$status"
}

cd tests/data/wrong || exit 1
count=0
for file in *.yaml; do
	name=${file%.yaml}
	count=$((count + 1))
	refuse "$file"
	status=$?
	[ -z "${WRONG_UPDATE:-}" ] || cp "$T/said" "$name.txt"
	# Each line says where, and at least three words.
	if [ "$status" = 1 ] && [ ! -s "$T/out" ] && diff "$name.txt" "$T/said" >"$T/diff" 2>&1 &&
		! grep -vqE '^[^ :]+:[0-9]+:[0-9]+: [^ ]+ [^ ]+ [^ ]+' "$T/said" && [ -s "$T/said" ]; then
		ok "$name"
	else
		not_ok "$name"
		note "status $status"
		note_file "- want, + said" "$T/diff"
	fi
done
for text in *.txt; do
	[ -e "${text%.txt}.yaml" ] || not_ok "$text has no policy"
done
cd ../../..
check "there are at least $POLICIES_MIN: $count" [ "$count" -ge "$POLICIES_MIN" ]

# quickly NAME SENTENCE - big.yaml is refused with SENTENCE, within LOAD_MS of time that the program had.
quickly() {
	local best=999999 took times=1
	cd "$T" || return
	[ -z "${WRONG_MS:-}" ] || times=3
	while [ $((times--)) -gt 0 ]; do
		took=$({ TIMEFORMAT='%U %S'; time refuse big.yaml; } 2>&1 | awk '{ print ($1 + $2) * 1000 }')
		best=$(awk -v a="$best" -v b="$took" 'BEGIN { print a < b ? a : b }')
	done
	cd "$OLDPWD" || return
	same "$1: is refused" "$2" "$(head -n 1 "$T/said")"
	check "$1: quickly ($best ms)" awk -v best="$best" -v limit="$LOAD_MS" 'BEGIN { exit best > limit }'
}

head='version: "1.0"\nname: big\n'
mib4=$((4 * 1024 * 1024))

{ printf '%b' "$head"; head -c "$mib4" /dev/zero | tr '\0' '#'; } >"$T/big.yaml"
quickly "more than 4 MiB" "cannot read policy: 'big.yaml': it is larger than 4 MiB"

{ printf '%bname: [' "$head"; head -c 1000000 /dev/zero | tr '\0' '['; } >"$T/big.yaml"
quickly "a million brackets" "big.yaml:3:1: 'name' stands here twice, first in line 2"

{ printf '%brules: ' "$head"; head -c 4000000 /dev/zero | tr '\0' '['; } >"$T/big.yaml"
quickly "four million brackets" 'big.yaml:3:39: more than 32 levels'

{ printf '%brules: ' "$head"; head -c 3900000 /dev/zero | sed 's/\x00/{a: /g' | head -c 4000000; } >"$T/big.yaml"
quickly "a million braces" 'big.yaml:3:132: more than 32 levels'

{ printf '%brules:\n' "$head"; awk 'BEGIN { for (i = 0; i < 60000; i++) { printf "%" (i % 2000) "s- \n", "" } }' | head -c 4000000; } >"$T/big.yaml"
quickly "indented ever further" 'big.yaml:35:32: more than 32 levels'

{ printf '%brules: [' "$head"; head -c 10001 /dev/zero | sed 's/\x00/a,/g'; echo ']'; } >"$T/big.yaml"
quickly "10,001 items" 'big.yaml:3:20009: a list with more than 10,000 items'

{ printf '%bvars: {' "$head"; awk 'BEGIN { for (i = 0; i < 1001; i++) printf "v%04d: x, ", i }'; echo '}'; } >"$T/big.yaml"
quickly "1,001 keys" 'big.yaml:3:10008: a map with more than 1,000 keys'

{ printf '%bdescription: "' "$head"; head -c $((mib4 - 100)) /dev/zero | tr '\0' 'x'; } >"$T/big.yaml"
quickly "4 MiB of a text that does not end" 'big.yaml:3:14: a quoted text is not closed'

{ printf '%b' "$head"; head -c $((mib4 - 100)) /dev/zero | tr '\0' 'x'; } >"$T/big.yaml"
quickly "4 MiB of one word" "big.yaml:3:1: a key is not followed by ':'"

{ printf '%b' "$head"; head -c $((mib4 - 100)) /dev/zero | tr '\0' '\t'; } >"$T/big.yaml"
quickly "4 MiB of tabs" 'big.yaml:3:1: a tab cannot indent; hint: use blanks'

{ printf '%bvars:\n  a: &a [x, x, x, x, x, x, x, x, x, x]\n' "$head"; for i in {1..30}; do
	printf '  b%d: &b%d [' "$i" "$i"; [ "$i" = 1 ] && of=a || of=b$((i - 1)); for _ in {1..9}; do printf '*%s, ' "$of"; done; echo "*$of]"
done; } >"$T/big.yaml"
quickly "thirty levels of aliases" 'big.yaml:8:47: aliases stand for more than 100,000 nodes'

{ printf '%bdescription: &a x\nvars:\n' "$head"; awk 'BEGIN { for (i = 0; i < 200; i++) { printf "  m%d: [*a", i; for (j = 0; j < 5000; j++) printf ", *a"; print "]" } }' | head -c 4000000; } >"$T/big.yaml"
quickly "a million aliases" 'big.yaml:24:19933: aliases stand for more than 100,000 nodes'

{ printf '%bvars:\n  a: &a {' "$head"; awk 'BEGIN { for (i = 0; i < 990; i++) printf "k%d: v, ", i; print "}"; for (i = 0; i < 990; i++) printf "  m%d: { <<: *a }\n", i }'; } >"$T/big.yaml"
quickly "a thousand merges of a thousand keys" 'big.yaml:55:14: aliases stand for more than 100,000 nodes'

{ printf '%brules:\n' "$head"; awk 'BEGIN { for (i = 0; i < 100; i++) { printf " - {"; for (j = 0; j < 990; j++) printf "k%d: v,", j; print "}" } }' | head -c 4000000; } >"$T/big.yaml"
quickly "maps of a thousand keys" "big.yaml:4:5: unknown key 'k0'"

{ printf '%brules:\n' "$head"; awk 'BEGIN { for (i = 0; i < 9000; i++) printf " - &a%d x\n", i }'; echo ' - *a9000'; } >"$T/big.yaml"
quickly "9,000 anchors" "big.yaml:9004:4: there is no anchor '&a9000' above"

{ printf '%b' "$head"; yes '&a' | head -c $((mib4 - 100)); } >"$T/big.yaml"
quickly "4 MiB of anchors" "big.yaml:3:1: a key is not followed by ':'"

{ printf '%b' "$head"; head -c $((mib4 - 100)) /dev/zero; } >"$T/big.yaml"
quickly "4 MiB of NUL" 'big.yaml:3:1: control characters are not allowed'

{ printf '%brules:\n' "$head"; seq 300 | sed 's|.*| - { name: r&, on: read_file, path: "/d&/", limit: 1/hour }|'; } >"$T/big.yaml"
quickly "300 limits" "big.yaml:260:56: the policy has more than 256 rules with a limit; hint: 'limit_by' counts hosts, programs or agents apart in one rule"

{ printf '%brules:\n' "$head"; yes ' - { name: a, on: read_file, action: deny }' | head -n 9000; } >"$T/big.yaml"
quickly "9,000 rules of one name" "big.yaml:5:12: the name 'a' is used twice, first in big.yaml:4"
