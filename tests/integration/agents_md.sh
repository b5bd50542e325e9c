#!/bin/bash
# SPDX-License-Identifier: MIT
#
# agentos policy from-agents-md: what each tests/data/agents_md/NAME.md becomes is NAME.yaml, and what is said
# of it NAME.txt, to the byte; those in wrong/ become nothing. Then one is written and kept by a run.
#
#   AGENTS_MD_UPDATE=1   writes both anew, for a person to read before they are committed
. "$(dirname "$0")/lib.sh"

DOCUMENTS_MIN=15
BIG_MS=15000 # for 4 MiB of anything, also where others share the machine; what is quadratic takes hours

data=$ROOT/tests/data/agents_md

# make_policy FILE [OPTION...] - in the workspace; its policy in $T/out.
make_policy() {
	bare "$AGENTOS" policy from-agents-md "$@"
	sed -i 's/^agentos: //' "$T/err"
}

keep() {
	[ -z "${AGENTS_MD_UPDATE:-}" ] || cp "$1" "$2"
}

# as_written NAME SUFFIX FILE - the golden file.
as_written() {
	keep "$3" "$data/$1$2"
	if diff "$data/$1$2" "$3" >"$T/diff" 2>&1; then
		ok "$1$2 is as it was"
	else
		not_ok "$1$2 is as it was"
		note_file "- want, + got" "$T/diff"
	fi
}

count=0
for file in "$data"/*.md; do
	name=$(basename "$file" .md)
	count=$((count + 1))
	fresh
	cp "$file" "$WS/AGENTS.md"
	make_policy AGENTS.md
	same "$name: it becomes a policy" 0 "$status"
	cp "$T/out" "$WS/policy.yaml"
	as_written "$name" .yaml "$T/out"
	as_written "$name" .txt "$T/err"
	# Every item that is not in it is a comment and a line with its place.
	same "$name: nothing is left out in silence" "$(grep -c '^  #   not understood: ' "$WS/policy.yaml")" \
		"$(grep -cE '^AGENTS.md:[0-9]+:[0-9]+: not understood: ' "$T/err")"
	bare "$AGENTOS" policy test policy.yaml
	check "$name: its tests hold" grep -qE '^[0-9]+ passed, 0 failed$' "$T/out"
	left=$(grep -c '^  #   not understood: ' "$WS/policy.yaml")
	make_policy AGENTS.md --strict
	same "$name: --strict" "$((left > 0)) $((left > 0))" "$status $([ -s "$T/out" ] && echo 0 || echo 1)"
done
check "there are at least $DOCUMENTS_MIN: $count" [ "$count" -ge "$DOCUMENTS_MIN" ]

for file in "$data"/wrong/*.md; do
	name=wrong/$(basename "$file" .md)
	fresh
	cp "$file" "$WS/AGENTS.md"
	make_policy AGENTS.md
	same "$name: is refused, and no policy is written" "1 0" "$status $(wc -c <"$T/out")"
	check "$name: says where" grep -qE '^AGENTS.md:[0-9]+:[0-9]+: ' "$T/err"
	as_written "$name" .txt "$T/err"
done

# ---- the faults of the original, each mended -----------------------------------------------------

# document TEXT - the workspace's AGENTS.md, and its policy.
document() {
	fresh
	printf '%b' "$1" >"$WS/AGENTS.md"
	make_policy
	cp "$T/out" "$WS/policy.yaml"
	cp "$T/err" "$WS/errors"
}

# decides WANT ACTION... - under the policy of the document.
decides() {
	local want=$1
	shift
	bare "$AGENTOS" why -p policy.yaml "$@"
	grep -q "^$want" "$T/out" && return
	cat "$T/out" "$T/err" >&2
	return 1
}
says() {
	grep -qF -- "$1" "$WS/errors"
}

document '---\nname: [\n---\n'
check "a broken file does not disappear" says "AGENTS.md:"
document 'You can:\n- Read files\n\nYou can:\n- Write files in `out/`\n'
check "a second list counts" decides allow write_file path=out/x
document '## Capabilities\n\n- Write files in `out/`\n'
check "a heading without a colon is a label" decides allow write_file path=out/x
check "and what its list leaves out is refused" decides deny write_file path=x
document 'You can:\n- Read files (read-only by default)\n- Query databases (read-only by default)\n'
check "(read-only by default) is read-only" grep -q 'on: database_write' "$WS/policy.yaml"
document 'You can:\n- Read the mail and write file names\n'
check "no word is searched for: what has others is not understood" says "not understood"
check "and grants nothing" decides deny write_file path=x
document 'You can:\n- Call approved APIs\n'
check "an action that nobody knows is not made up" says "'approved' is not understood here"
check "nor granted" decides deny connect host=example.com port=443
document 'You must not:\n- Write files in `out/`\n\n## Constraints\n- Never run `git push`\n'
check "what must not be is refused" decides deny write_file path=out/x
check "and so are constraints" decides deny execute path=/usr/bin/git args=push
check "but not their neighbours" decides allow execute path=/usr/bin/git args=pull
document '---\nsecurity: { kernel: { mode: permissive } }\n---\n'
check "a security setting is not lost in silence" says "AGENTS.md:2:"

# ---- files ---------------------------------------------------------------------------------------

fresh
make_policy
check "without a document it says where it looked" grep -q "there is no AGENTS.md here" "$T/err"
for place in AGENTS.md agents.md .agents/agents.md .agents/AGENTS.md .claude/AGENTS.md; do
	fresh
	mkdir -p "$WS/${place%/*}" 2>/dev/null || true
	case $place in */*) ;; *) rmdir "$WS/$place" 2>/dev/null ;; esac
	printf 'You can:\n- Read files\n' >"$WS/$place"
	make_policy
	same "$place is found" 0 "$status"
done
fresh
mkdir "$WS/.agents"
printf 'You can:\n- Read files\n' >"$WS/.agents/agents.md"
printf 'kernel: { mode: strict }\n' >"$WS/.agents/security.md"
make_policy
check "a security.md beside it is not left out in silence" grep -q "'.agents/security.md' is not read" "$T/err"
make_policy --strict
same "nor with --strict" 1 "$status"
printf 'x\n' >"$WS/AGENTS.md"
make_policy
same "of two nobody chooses" "1 0" "$status $(wc -c <"$T/out")"
fresh
ln -s AGENTS.md "$WS/agents.md"
printf 'You can:\n- Read files\n' >"$WS/AGENTS.md"
make_policy -o out.yaml
same "two names of one file are one; -o writes" "0 0" "$status $(wc -c <"$T/out")"
cp "$WS/out.yaml" "$T/first"
printf 'Never:\n- Read `a/`\n' >"$WS/AGENTS.md"
make_policy -o out.yaml
same "-o does not replace" 1 "$status"
check "and leaves what is there" cmp "$T/first" "$WS/out.yaml"
make_policy -o out.yaml --force
check_not "--force does" cmp -s "$T/first" "$WS/out.yaml"
same "nothing else is left" "AGENTS.md agents.md out.yaml" "$(cd "$WS" && echo *)"
make_policy -o no/out.yaml
same "a folder that is not there" 1 "$status"
make_policy /dev/null
check "a device is no document" grep -q "it is no regular file" "$T/err"
make_policy a b
same "one file at most" 2 "$status"

# ---- bounds --------------------------------------------------------------------------------------

# quickly NAME WANT COMMAND - 4 MiB of what COMMAND prints, in BIG_MS of processor time.
quickly() {
	local took
	fresh
	(eval "$3") 2>/dev/null | head -c 4194304 >"$WS/AGENTS.md"
	printf 'You can:\n' | dd of="$WS/AGENTS.md" conv=notrunc status=none
	TIMEFORMAT='%U'
	{ time make_policy; } 2>"$T/took"
	took=$(cat "$T/took")
	same "$1: status" "$2" "$status"
	[ "$2" = 0 ] || check "$1: says why" grep -q "would be larger than 4 MiB, so none is written" "$T/err"
	check "$1: $took s" awk -v took="$took" -v most="$BIG_MS" 'BEGIN { exit !(took * 1000 <= most) }'
}
quickly "backticks" 1 "yes -- '- Read \`\`\`\`\`\`\`'"
quickly "one line" 0 "yes -- '- a' | tr -d '\n'"
quickly "nested" 1 "yes -- '   - a'"
quickly "comments" 1 "yes -- '- <!-- a'"
quickly "a paragraph" 0 "yes -- 'never'"
quickly "grants that are taken back" 0 "printf 'You can:\\n'; seq -f '- Write files in \`/etc/a%g/\`' 9900"
quickly "parentheses" 1 "yes -- '- read files ((((((((((((((('"
fresh
yes -- '- Read files' | head -c 4194305 >"$WS/AGENTS.md"
make_policy
check "more than 4 MiB is refused" grep -q "larger than 4 MiB" "$T/err"

# ---- a run ---------------------------------------------------------------------------------------

prepare() {
	mkdir out src
	cat >AGENTS.md <<-'END_OF_DOCUMENT'
		# Worker

		You can:
		- Read files
		- Write files in `out/`
		- Execute code

		You must not:
		- Read `private.txt`
		- Run `git tag`
	END_OF_DOCUMENT
	echo secret >private.txt
	echo open >public.txt
	git init -q . && git commit -q --allow-empty -m x
	"$AGENTOS" policy from-agents-md -o worker.yaml 2>/dev/null
}
RUN_OPTIONS=(-p worker.yaml)
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.com
refused "a run: what is not in the list is not written" '[ -e src/x ]' sh -c 'echo 1 >src/x'
allowed "a run: what is in it is" '[ -s out/x ]' sh -c 'echo 1 >out/x'
refused "a run: nor deleted" '[ ! -e public.txt ]' rm -f public.txt
refused "a run: what must not be read" 'grep -q secret "$T/out"' cat private.txt
allowed "a run: its neighbour" 'grep -q open "$T/out"' cat public.txt
refused "a run: what must not be run" 'git rev-parse -q --verify v1' git tag v1
allowed "a run: its neighbour, too" 'grep -q "x" "$T/out"' git log --oneline
