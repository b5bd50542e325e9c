#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Rules about what a run prints, and its limit, by pipes: what is refused is never in what the launcher wrote,
# whatever the program does, and all else is, in order. tests/integration/output_terminal.sh has the terminal.
. "$(dirname "$0")/lib.sh"

need python3 || exit 0

# The secret is put together by the programs, so no command line has it.
SECRET=canary-4711
HALVES='a=canary; b=4711'

# policy RULES [KEYS] - the policy of the runs that follow.
policy() {
	printf 'version: "1.0"\nname: out\ndefault: { kernel: allow, content: allow }\n%s\nrules:\n%s\n' "${2:-}" \
		"$1" >"$T/policy.yaml"
	RUN_OPTIONS=(--policy "$T/policy.yaml")
}

deny='  - { name: no-canary, on: output, pattern: "canary-[0-9]{4}", action: deny }'
policy "$deny"

rows() {
	"$AGENTOS" audit query --audit "$AUDIT" -n 100000 "$@"
}

# What the effect of the leaks is: the secret reached us, by either stream.
leaked='cat "$T/out" "$T/err" | grep -aq "$SECRET"'
refused "echo" "$leaked" sh -c "$HALVES"'; echo $a-$b'
refused "the other stream" "$leaked" sh -c "$HALVES"'; echo $a-$b >&2'
refused "/dev/stdout" "$leaked" sh -c "$HALVES"'; echo $a-$b >/dev/stdout'
refused "/dev/stderr" "$leaked" sh -c "$HALVES"'; echo $a-$b >/dev/stderr'
refused "/proc/self/fd/1 opened again" "$leaked" sh -c "$HALVES"'; echo $a-$b >/proc/self/fd/1'
refused "a duplicate" "$leaked" bash -c "$HALVES"'; exec 9>&1; echo $a-$b >&9'
refused "without an environment" "$leaked" env -i /bin/sh -c "$HALVES"'; echo $a-$b'
refused "in the middle of a line" "$leaked" sh -c "$HALVES"'; echo before $a-$b behind'
refused "without an end" "$leaked" sh -c "$HALVES"'; printf "%s" $a-$b'
refused "between other bytes" "$leaked" sh -c "$HALVES"'; printf "\0\377%s\0" $a-$b'
refused "behind much that has no end" "$leaked" sh -c \
	"$HALVES"'; head -c 500000 /dev/zero | tr "\0" x; printf "%s" $a-$b'
refused "byte by byte" "$leaked" python3 -c '
import os
for byte in b"canary" + b"-" + b"4711 and more\n":
    os.write(1, bytes([byte]))'
refused "slowly, and never a whole line" 'grep -aq "$SECRET" "$T/out"' python3 -c '
import os, select
for part in b"canary", b"-4", b"711":
    os.write(1, part)
    select.select([], [], [], 1.3)'
refused "by a child" "$leaked" sh -c "$HALVES"'; (echo $a-$b) & wait'
refused "by splice and sendfile" "$leaked" python3 -c '
import os
with open("f", "wb") as file:
    file.write(b"canary" + b"-4711\n")
fd = os.open("f", os.O_RDONLY)
os.sendfile(1, fd, 0, 100)'
if need gcc; then
	cat >"$T/static.c" <<-'C'
		#include <unistd.h>
		int main(void)
		{
			static const char *const parts[] = { "cana", "ry-4", "711\n" };
			for (int i = 0; i < 3; i++)
				if (write(1, parts[i], 4) != 4)
					return 1;
			return 0;
		}
	C
	if gcc -static -o "$T/static" "$T/static.c" 2>"$T/err"; then
		refused "a static program" "$leaked" "$T/static"
	else
		skip "a static program" "nothing to link one with"
	fi
fi
# What the launcher writes to is out of reach for the run, by the launcher's own descriptors too.
fresh
governing
(in_workspace "${GOVERNING[@]}" sh -c "$HALVES"'; pid=$PPID
	while [ "${pid:-0}" -gt 1 ]; do
		(echo $a-$b >/proc/$pid/fd/1) 2>/dev/null
		pid=$(sed -n "s/^PPid:[[:space:]]*//p" /proc/$pid/status 2>/dev/null)
	done; echo done' </dev/null 2>"$T/err") | cat >"$T/out"
same "the pipe of the processes above is not reached" done "$(cat "$T/out")"

# What stands beside it.
fresh
governed sh -c "$HALVES"'; echo first; echo x $a-$b y; echo last; echo e1 >&2; echo $a-$b >&2; echo e2 >&2; exit 7'
same "the lines beside it come" "first last" "$(tr '\n' ' ' <"$T/out" | sed 's/ $//')"
same "... of the errors too, and a word on each stream" "agentos: denied output 'stderr': rule 'no-canary' ($T/policy.yaml:6); retrying will not help
agentos: denied output 'stdout': rule 'no-canary' ($T/policy.yaml:6); retrying will not help
e1
e2" "$(sort "$T/err")"
same "... with the command's exit status" 7 "$status"
check "... and it is recorded" test "$(rows --action output --verdict deny | grep -c no-canary)" -ge 2
check_not "... without what it was" grep -aq "$SECRET" "$AUDIT" "$AUDIT"-*
check "... but which stream" sh -c "'$AGENTOS' audit query --audit '$AUDIT' --action output --verdict deny --json |
	grep -q '\"content\":\"stderr\"'"

# Searches over several lines, and conditions, which are about one.
policy '  - { name: two-lines, on: output, pattern: "BEGIN X\\n.*END X", action: deny }'
fresh
governed sh -c 'echo a; echo BEGIN X; echo key END X; echo b'
same "what is found in two lines: the last of them is refused" "a BEGIN X b" \
	"$(tr '\n' ' ' <"$T/out" | sed 's/ $//')"
policy "  - { name: errors, condition: \"action == 'output' and stream == 'stderr' and data contains 'x'\", action: deny }"
fresh
governed sh -c 'echo x; echo y; echo x >&2; echo y >&2'
same "a rule about one stream" "x y" "$(tr '\n' ' ' <"$T/out" | sed 's/ $//')"
check_not "... holds on that" grep -qx x "$T/err"
policy "  - { name: card, on: output, detect: card, action: deny }"
fresh
governed python3 -c 'print("paid with 4111 1111 1111 " + "1111"); print("4111 1111 1111 " + "1112")'
same "kinds of data are found" "4111 1111 1111 1112" "$(cat "$T/out")"
check_not "... and not recorded" grep -aq "4111 1111 1111 1111" "$AUDIT" "$AUDIT"-*

# The other verdicts.
policy '  - { name: no-canary, on: output, pattern: "canary-[0-9]{4}", action: kill }'
fresh
governed sh -c "$HALVES"'; echo first; echo $a-$b; sleep 1000; echo after'
same "kill ends the run" 137 "$status"
same "... what came before is there" first "$(cat "$T/out")"
policy '  - { name: seen, on: output, pattern: "canary-[0-9]{4}", action: audit }'
fresh
governed sh -c "$HALVES"'; i=0; while [ $i -lt 3000 ]; do echo "$a-$b"; i=$((i + 1)); done'
same "audit lets it pass" 3000 "$(grep -c "^$SECRET\$" "$T/out")"
check "... and flags it" test "$(rows --action output --rule seen --verdict audit | wc -l)" -ge 1
check "... some rows for all that came together" \
	test "$(rows --action output --rule seen --verdict audit | wc -l)" -lt 3000
check_not "... without what it was" grep -aq "$SECRET" "$AUDIT" "$AUDIT"-*
policy '  - { name: asked, on: output, pattern: "canary-[0-9]{4}", action: ask, timeout: 1s }'
fresh
governed sh -c "$HALVES"'; echo first; echo $a-$b; echo last'
same "ask with nobody to answer is a refusal" "first last" "$(tr '\n' ' ' <"$T/out" | sed 's/ $//')"
policy "$deny" "mode: shadow"
fresh
governed sh -c "$HALVES"'; echo $a-$b'
same "mode shadow lets it pass" "$SECRET" "$(cat "$T/out")"
check "... and records what would have been" test "$(rows --action output --verdict deny | tail -n 1 | grep -c no-canary)" = 1
policy '  - { name: few, on: output, limit: 3/hour }'
fresh
governed sh -c 'for i in 1 2 3 4 5; do echo $i; done'
same "a limit counts lines" "1 2 3" "$(tr '\n' ' ' <"$T/out" | sed 's/ $//')"

# The command and its child; the latter may not have become sleep yet.
are_stopped() {
	local pid count=0
	for pid in $(processes); do
		grep -qs '^State:[[:space:]]*T' "/proc/$pid/status" && count=$((count + 1))
	done
	[ "$count" -ge 2 ]
}
policy '  - { name: no-canary, on: output, pattern: "canary-[0-9]{4}", action: stop }'
fresh
governed sh -c 'true' # to have the words
(in_workspace "${GOVERNING[@]}" sh -c "sleep 1000 & $HALVES"'; echo first; echo $a-$b; wait' \
	</dev/null >"$T/out" 2>"$T/err") &
check "stop stops the whole tree" within 20 are_stopped
same "... and lets nothing of it pass" first "$(cat "$T/out")"
for pid in $(processes); do kill -TERM "$pid" 2>/dev/null; done
within 20 no_processes || for pid in $(processes); do kill -KILL "$pid" 2>/dev/null; done
wait

# limits: output
policy "$deny" "limits: { output: 1MiB }"
fresh
governed sh -c 'yes; sleep 1000'
same "the limit of output ends the run" 137 "$status"
same "... at its last byte" 1048576 "$(wc -c <"$T/out")"
check "... and says so" grep -q "printed all of its 1048576 bytes (output)" "$T/err"
fresh
governed sh -c 'head -c 1048576 /dev/zero; exit 4'
same "up to the limit nothing happens" "4 1048576" "$status $(wc -c <"$T/out")"
printf 'version: "1.0"\nname: out\nlimits: { output: 1KiB }\n' >"$T/policy.yaml"
fresh
governed sh -c 'head -c 2000 /dev/zero; head -c 2000 /dev/zero >&2; sleep 1000'
same "a limit needs no rule" 137 "$status"
check "... and counts both streams" test "$(($(wc -c <"$T/out") + $(tr -cd '\0' <"$T/err" | wc -c)))" = 1024

# Much, in order; readers that go; descriptors that stay.
policy "$deny"
same_as_bare "100 MB arrive whole and in order" python3 -c '
import hashlib, subprocess, sys
for i in range(1280):
    sys.stdout.write("".join("%010d %s\n" % (i * 1000 + j, "x" * 67) for j in range(1000)))'
same_as_bare "bytes that are no text" python3 -c '
import os
for i in range(200):
    os.write(1, bytes(range(256)) * 20)'
same_as_bare -e "nothing at all" true
same_as_bare "a signal's exit status" sh -c 'kill -SEGV $$'
fresh
governing
(in_workspace timeout 60 "${GOVERNING[@]}" sh -c 'yes; echo $? >status' </dev/null 2>"$T/err") | head -n 2 >"$T/out"
same "a reader that goes ends the writer" "y y" "$(tr '\n' ' ' <"$T/out" | sed 's/ $//')"
check "... by SIGPIPE" grep -qx 141 "$WS/status"
fresh
governed sh -c '(sleep 1000; echo late) & echo early'
same "a child in the background does not hold the end up" "0 early" "$status $(cat "$T/out")"
fresh
(in_workspace "${GOVERNING[@]}" sh -c 'cat; echo end' <"$T/policy.yaml" >"$T/out" 2>"$T/err")
check "standard input is there" cmp -s <(cat "$T/policy.yaml"; echo end) "$T/out"
(in_workspace "${GOVERNING[@]}" sh -c "$HALVES"'; read line; echo "$line"; echo $a-$b >&0' 0<>"$T/policy.yaml" \
	>"$T/out" 2>"$T/err")
check_not "standard input that could be written to is not" grep -q "$SECRET" "$T/policy.yaml"

# Nothing changes where no rule is about it.
printf 'version: "1.0"\nname: other\n' >"$T/policy.yaml"
fresh
governed sh -c 'readlink /proc/self/fd/1'
same "without a rule the command has our descriptors" "$T/out" "$(cat "$T/out")"
policy "$deny"
governed sh -c 'readlink /proc/self/fd/1'
check "with one it has a pipe" grep -q "^pipe:" "$T/out"
bare "$AGENTOS_RUN" --audit "$AUDIT" --policy "$T/policy.yaml" -- true
check "the level says so" grep -q "^agentos: level .*, relay" "$T/err"
bare "$AGENTOS" policy plan "$T/policy.yaml"
check "and the plan" grep -q "relay in the launcher" "$T/out"
# What cannot be set up does not run: there is no descriptor left for its pipes.
bare bash -c 'ulimit -n 3; exec "$@"' sh "${GOVERNING[@]}" sh -c 'echo ran >ran'
check_not "where there is no relay, nothing runs" test -e "$WS/ran"

# redact: what a pattern finds is not in the record, of other actions too.
recorded_key() {
	grep -aq "tok_[0]123456789abcdef" "$AUDIT" "$AUDIT"-*
}
if need sqlite3; then
	printf "select 'left tok_%%sabcdef right';\n" >"$T/query.fmt"
	# query_by_file NAME KEYS VERDICT - a statement with a token, that no command line has, under a rule.
	query_by_file() {
		AUDIT=$T/$1.db
		policy "  - { name: tokens, on: database_query, pattern: \"tok_[0-9a-f]{16}\", action: $3$2 }"
		fresh
		cp "$T/query.fmt" "$WS"
		governed sh -c 'printf "$(cat query.fmt)" 0123456789 >q; sqlite3 own.db <q'
	}
	query_by_file bare "" audit
	check "control: a statement is recorded as it is" recorded_key
	query_by_file hidden ", redact: true" audit
	check_not "redact: true keeps what the pattern finds out of the record" recorded_key
	check "... and the rest in it" sh -c "'$AGENTOS' audit query --audit '$AUDIT' --json |
		grep -qF 'left [redacted] right'"
	query_by_file refused ", redact: true" deny
	check_not "... of a refused one too" recorded_key
	check_not "... nor is it in the refusal" sh -c "grep -a ^agentos: '$T/err' | grep -q tok_0123"
	"$AGENTOS" policy show --json "$T/policy.yaml" >"$T/shown.json" 2>"$T/err"
	check "the key is in what is shown" grep -q '"redact": *true' "$T/shown.json"
	printf 'version: "1.0"\nname: x\nrules:\n  - { name: r, on: read_file, path: /x, action: deny, redact: true }\n' \
		>"$T/wrong.yaml"
	check_not "where nothing can be left out, the policy does not load" "$AGENTOS" policy check "$T/wrong.yaml"
fi
