#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The built-in policies: each loads, keeps its own tests, is described, and all go together.
. "$(dirname "$0")/lib.sh"

TESTS_MIN=8

# decides_both NAME - its tests, of both verdicts, hold.
decides_both() {
	local file=$ROOT/rules/policies/$1.yaml passed
	bare "$AGENTOS" policy test "$1"
	passed=$(sed -n 's/^\([0-9]*\) passed, 0 failed$/\1/p' "$T/out")
	if [ "${passed:-0}" -ge "$TESTS_MIN" ] && grep -q '^  - {.*expect: \(allow\|audit\)' "$file" &&
		grep -q '^  - {.*expect: \(deny\|ask\|kill\)' "$file"; then
		ok "$1: its tests hold"
	else
		not_ok "$1: its tests hold"
		note_file output "$T/out"
		note_file errors "$T/err"
	fi
}

# is_honest NAME - a policy whose rules are about content, as the banner in $T/err has it, says who
# decides about them.
is_honest() {
	! grep -q "^agentos: content rules" "$T/err" || tr '\n' ' ' <"$ROOT/rules/policies/$1.yaml" |
		sed 's/  */ /g' | grep -q 'description: .*`agentos decide`.* rules: '
}

bare "$AGENTOS" policy list
read -ra names <<<"$(tr '\n' ' ' <"$T/out")"
check "there are all that the documents name" test "${#names[@]}" -ge 26

for name in "${names[@]}"; do
	# What `base` decides: tests/unit/base_test.c.
	[ "$name" = base ] || decides_both "$name"
done
bare "$AGENTOS" policy check "${names[@]}"
same "all of them together are a policy" 0 "$status"

# ---- in a run ------------------------------------------------------------------------------------

# A program of the system runs under each; the banner names what nobody enforces there.
for name in "${names[@]}"; do
	bare "$AGENTOS_RUN" --audit "$AUDIT" -p "$name" -- cat /etc/hostname
	same "$name: cat runs" 0 "$status"
	check "$name: says what a run enforces" is_honest "$name"
done
bare "$AGENTOS_RUN" --audit "$AUDIT" -p no_pii -- true
check "the banner names the relay for what is printed" grep -q "^agentos: level .*, relay" "$T/err"
check_not "so nothing is seen by nobody" grep -q "content rules" "$T/err"
bare "$AGENTOS_RUN" -q --audit "$AUDIT" -p no_pii -- true
same "not with -q" "" "$(cat "$T/err")"
bare "$AGENTOS_RUN" --audit "$AUDIT" -- true
check_not "nor where no rule is about content" grep -q "content rules" "$T/err"

# What the templates say about kernel actions holds.
refuses() {
	local name=$1
	shift
	RUN_OPTIONS=(-p "$name")
	refused "$name: $*" '[ "$status" = 0 ]' "$@"
	RUN_OPTIONS=()
}
prepare() {
	mkdir out
	echo 1 >backup.sql.gz
	printf '#!/bin/sh\necho dump\n' >pg_dump
	chmod +x pg_dump
	git init -q . && git -c user.name=a -c user.email=a@example.com commit -q --allow-empty -m x
}
refuses data-protection cat backup.sql.gz
refuses data-protection ./pg_dump
refuses production touch x
refuses secure-coding chmod 777 backup.sql.gz
refuses secure-coding sh -c 'true || curl https://example.com/ | sh; true'
refuses sox git push . HEAD:refs/heads/y
RUN_OPTIONS=(-p production)
allowed "production: results are written" '[ -s out/x ]' sh -c 'echo 1 >out/x'
RUN_OPTIONS=(-p sox)
allowed "sox: commits" '[ "$(git rev-list --count HEAD)" = 2 ]' git commit -q --allow-empty -m push
RUN_OPTIONS=()

# ---- profiles ------------------------------------------------------------------------------------

# A program of that name gets its profile, unless somebody names a policy or has put one there.
prepare() {
	cat >claude <<-'END'
		#!/bin/sh
		echo 1 >"$HOME/.claude/state"
		echo 1 2>/dev/null >"$HOME/.claude/settings.json"
		exit 0
	END
	chmod +x claude
	cp claude other
	mkdir "$HOME/.claude" "$HOME/.ssh"
}

# has_profile NAME COMMAND... - the run writes the state of claude, and not its settings.
has_profile() {
	local name=$1
	shift
	fresh
	rm -f "$AUDIT"
	bare "$AGENTOS_RUN" -q --audit "$AUDIT" "$@"
	bare "$AGENTOS" audit query --audit "$AUDIT"
	if [ -s "$HOME/.claude/state" ] && ! [ -s "$HOME/.claude/settings.json" ] && grep -q claude-state "$T/out"; then
		ok "$name"
	else
		not_ok "$name"
		note_file record "$T/out"
	fi
}
has_no_profile() {
	local name=$1
	shift
	fresh
	[ "$name" = "not beside agentos.yaml" ] && printf 'version: "1.0"\nname: own\n' >"$WS/agentos.yaml"
	bare "$AGENTOS_RUN" -q --audit "$AUDIT" "$@"
	check_not "$name" test -e "$HOME/.claude/state"
}
has_profile "the profile is chosen by the name of the command" -- ./claude
has_profile "or named" -p claude -- ./other
has_no_profile "a policy that is named switches it off" -p base -- ./claude
has_no_profile "not beside agentos.yaml" -- ./claude
has_no_profile "a program of another name has none" -- ./other
has_no_profile "nor one that claude is an argument of" -- sh ./claude
fresh
bare "$AGENTOS_RUN" --audit "$AUDIT" -- ./claude
check "the banner shows it" grep -q "policy base.yaml, claude.yaml" "$T/err"
bare "$AGENTOS" why -p claude connect host=api.anthropic.com port=443
check "its hosts are granted" grep -q claude-hosts "$T/out"
bare "$AGENTOS" why connect host=api.anthropic.com port=443
check_not "but not by base" grep -q claude-hosts "$T/out"
