#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The commands: their options and errors, and that `why` says what a run does.
. "$(dirname "$0")/lib.sh"

agentos() {
	bare "$AGENTOS" "$@"
}

# usage TEXT ARG... - wrong usage: status 2, TEXT on the errors, nothing on the output.
usage() {
	local text=$1
	shift
	agentos "$@"
	if [ "$status" = 2 ] && [ ! -s "$T/out" ] && grep -qF -- "agentos: $text" "$T/err"; then
		ok "agentos $*: $text"
		return
	fi
	not_ok "agentos $*: $text"
	note "status $status"
	note_file output "$T/out"
	note_file errors "$T/err"
}

# ---- usage -------------------------------------------------------------------------------------

usage "unknown command 'polcy'; hint: did you mean 'policy'?" polcy
usage "unknown option '--verison'" --verison
usage "unknown policy command 'chek'; hint: did you mean 'check'?" policy chek
usage "policy diff needs two policies: OLD and NEW" policy diff a
usage "unknown option '--jsn'" policy show --jsn
usage "policy list takes no operands: 'x'" policy list x
usage "unknown audit command 'qery'; hint: did you mean 'query'?" audit qery
usage "unknown option '--agent'" audit verify --agent x
usage "unknown option '--follow'" audit query --follow
usage "option '--limit' needs an argument" audit query --limit
usage "not a number of rows: '0'" audit query --limit 0
usage "not a number of rows: '-1'" audit query --limit=-1
usage "not a time: 'yesterday'" audit query --since yesterday
usage "unknown word for --verdict: 'denny'; hint: did you mean 'deny'?" audit query --verdict denny
usage "unknown word for --action: 'read'" audit query --action read
usage "--json and --csv exclude each other" audit query --json --csv
usage "one operand too many for audit query: 'x'" audit query x
usage "the number of a row is needed" audit show
usage "a file is needed; usage: agentos audit report [OPTIONS] FILE" audit report
usage "not the number of a row: 'x'" audit show x
usage "no action; usage: agentos why" why
usage "unknown action 'reed_file'; hint: did you mean 'read_file'?" why reed_file path=a
usage "unknown field 'pat'; hint: did you mean 'path'?" why read_file pat=a
usage "action 'read_file' has no field 'port'" why read_file path=a port=1
usage "not a field: 'a'; hint: write field=value" why read_file a
usage "'read_file' needs path=..." why read_file
usage "'connect' needs port=..." why connect host=example.com
usage "'connect' needs host=... or path=..." why connect port=443
usage "not a port: '65536'" why connect host=x port=65536
usage "unknown protocol 'tpc'" why connect host=x port=1 protocol=tpc
usage "'own' is true or false, not 'yes'" why connect host=x port=1 own=yes
usage "calls takes no operands: 'x'" calls x

for command in run why decide policy "policy check" "policy from-agents-md" audit "audit query" "audit verify" calls doctor; do
	read -ra words <<<"$command"
	agentos "${words[@]}" --help
	same "agentos $command --help: 0" 0 "$status"
	check "agentos $command --help is on the output" grep -q "^Usage: " "$T/out"
done
agentos --version
check "the version" grep -Eq "^agentos [0-9]+\.[0-9]+\.[0-9]+$" "$T/out"
agentos
same "no command: 2" 2 "$status"
ln -s "$AGENTOS" "$T/agent-os"
bare "$T/agent-os" policy list
check "agent-os is agentos" grep -qx base "$T/out"

# ---- manual pages ------------------------------------------------------------------------------

# long_options - of the text on standard input.
long_options() {
	sed 's/\\-/-/g' | grep -oE -- '--[a-z][a-z-]+' | sort -u
}

# manual PAGE COMMAND... - the page has the options of all these commands, and no others.
manual() {
	local page=$1 command
	shift
	for command; do
		read -ra words <<<"$command"
		"$AGENTOS" "${words[@]}" --help
	done | long_options >"$T/want"
	sed '/^\.SH EXAMPLES/,/^\.SH SEE/d' "$ROOT/docs/man/$page.1" | long_options >"$T/got"
	check "$page(1) has the options of --help" diff "$T/want" "$T/got"
}
manual agentos calls doctor
manual agentos-run run
manual agentos-why why
manual agentos-decide decide
manual agentos-policy "policy check" "policy test" "policy show" "policy list" "policy diff" "policy plan" \
	"policy from-agents-md"
manual agentos-audit "audit query" "audit tail" "audit show" "audit stats" "audit verify" "audit export" "audit report"

# ---- policy ------------------------------------------------------------------------------------

prepare() {
	mkdir data
	echo text >data/a
	cat >good.yaml <<-'POLICY'
		version: "1.0"
		name: good
		rules:
		  - { name: data, on: read_file, path: "${DATA}/", action: allow }
		vars: { DATA: /srv/data }
		tests:
		  - { action: read_file, path: /srv/data/x, expect: allow, rule: data }
	POLICY
	sed 's/allow, rule: data }/deny }/' good.yaml >failing.yaml
	sed 's/action: allow/acton: allow/' good.yaml >bad.yaml
}
fresh
agentos policy check good.yaml
same "a good policy: 0" 0 "$status"
agentos policy check bad.yaml
same "a bad policy: 1" 1 "$status"
check "says where, and what was meant" grep -Eq "^agentos: .*bad\.yaml:4:[0-9]+: .*acton.*action" "$T/err"
agentos policy diff good.yaml good.yaml
same "the same policy twice differs in nothing: 0" 0 "$status"
sed 's/action: allow/action: deny/' "$WS/good.yaml" >"$WS/stricter.yaml"
agentos policy diff good.yaml stricter.yaml
same "two that differ: 1" 1 "$status"
check "what is refused now is said by example" grep -qx "refused  read_file '/srv/data/x'" "$T/out"
agentos policy diff --json good.yaml stricter.yaml
check "as JSON" grep -q '"becomes":"refused","action":"read_file","target":"/srv/data/x"' "$T/out"
agentos policy plan good.yaml
check "the plan says who enforces a rule" grep -qx '       read_file: supervisor; landlock underneath' "$T/out"
check "and what can run" grep -qx '  /usr' "$T/out"
agentos policy plan --json good.yaml
check "as JSON as well" grep -q '"execute_is_static":true' "$T/out"
agentos policy diff good.yaml
same "one policy has no difference: 2" 2 "$status"
agentos policy check missing.yaml
same "a policy that is not there: 1" 1 "$status"
check "is named" grep -q "missing.yaml" "$T/err"
agentos policy test good.yaml
same "its tests pass: 0" 0 "$status"
check "and are counted" grep -q "1 passed, 0 failed" "$T/out"
agentos policy test failing.yaml
same "a test that fails: 1" 1 "$status"
check "is shown" grep -q "failing.yaml:7" "$T/out"
agentos policy test --set DATA=/elsewhere good.yaml
same "options may be mixed with operands" 1 "$status"
agentos policy test good.yaml --set DATA=/elsewhere
same "in any order" 1 "$status"
agentos policy show good.yaml
check "rules are shown with their origin" grep -Eq "data +\(.*good\.yaml:4\)" "$T/out"
agentos policy show good.yaml --json
check "as JSON" python3 -m json.tool "$T/out"
agentos policy check
check "without a file: base alone" grep -q "^base.yaml: good" "$T/out"
cp "$WS/good.yaml" "$WS/agentos.yaml"
agentos policy check
check "and ./agentos.yaml, when it is there" grep -q "agentos.yaml: good" "$T/out"
echo 'version: "1.0"' >"$WS/agentos.yaml"
agentos policy check
same "which must load" 1 "$status"
rm "$WS/agentos.yaml"
ln -s nowhere "$WS/agentos.yaml"
agentos policy check
same "also when it is a link that leads nowhere" 1 "$status"

# ---- why: the answer ---------------------------------------------------------------------------

fresh
agentos why read_file path=data/a
same "why, granted: 0" 0 "$status"
check "the verdict comes first" grep -q "^allow  read_file '$WS/data/a'$" <(head -n 1 "$T/out")
check "then the rule, with its origin" grep -Eq "^rule '[a-z-]+' \(base\.yaml:[0-9]+\)" "$T/out"
check "then the layer" grep -q "^enforced by: " "$T/out"
agentos why read_file path=/etc/shadow
same "why, refused: 1" 1 "$status"
check "the verdict comes first" grep -q "^deny  read_file '/etc/shadow'$" <(head -n 1 "$T/out")
agentos why --json read_file path=/etc/shadow
check "as JSON" python3 -c 'import json, sys
answer = json.load(open(sys.argv[1]))
assert answer["verdict"] == "deny" and answer["target"] == "/etc/shadow" and answer["line"] > 0' "$T/out"
agentos why -p good.yaml -s DATA=/opt/data read_file path=/opt/data/x
check "with a policy and a variable" grep -q "^rule 'data' (.*good.yaml:4)" "$T/out"
agentos why -w / read_file path=etc/passwd
check "a path is relative to the workspace" grep -q "'/etc/passwd'" "$T/out"
agentos why read_file "path=~/.ssh/id_rsa"
check "~ is the home" grep -q "^deny  read_file '$HOME/.ssh/id_rsa'" "$T/out"
agentos why --all read_file path=/etc/shadow
check "--all: of every rule" grep -q "matched" "$T/out"
agentos why execute program=cat
check "a program of PATH" grep -Eq "^allow  execute '/[a-z/]*/cat'" "$T/out"
agentos why connect host=example.com port=443
same "a host: refused" 1 "$status"
check "is named with its port" grep -q "'example.com:443'" "$T/out"
agentos why write_file "path=$(printf 'x\033[31m')"
check_not "no escape sequence comes through" grep -q $'\x1b' "$T/out"

# ---- why: it agrees with a run -----------------------------------------------------------------

prepare() {
	mkdir d bin
	echo text >a
	ln -s /etc/shadow to_shadow
	ln -s /etc/made-by-a-test to_nothing
	ln -s a to_a
	printf '#!/bin/sh\n' >script && chmod +x script
	cp /bin/true bin/own
	cat >team.yaml <<-'POLICY'
		version: "1.0"
		name: team
		rules:
		  - { name: no-env, on: execute, path: "/**/env", action: deny }
		  - { name: d, on: [write_file, delete_file], path: d/, action: deny }
	POLICY
	printf '#!/usr/bin/env sh\n' >through_env && chmod +x through_env
}

# agree WANT CMD... -- ACTION FIELD... - the run of CMD fails exactly when why says no.
agree() {
	local want=$1 command=() ran said
	shift
	while [ "$1" != -- ]; do
		command+=("$1")
		shift
	done
	shift
	fresh
	agentos why -p team.yaml --audit "$AUDIT" "$@"
	said=$(head -n 1 "$T/out" | cut -d ' ' -f 1)
	fresh
	governed "${command[@]}"
	ran=allow
	[ "$status" = 0 ] || ran=deny
	same "why $*: $want, as the run has it" "$want $want" "$said $ran"
}
RUN_OPTIONS=(-p team.yaml)
agree allow cat a -- read_file path=a
agree allow cat to_a -- read_file path=to_a
agree deny cat /etc/shadow -- read_file path=/etc/shadow
agree deny cat to_shadow -- read_file path=to_shadow
agree allow rm to_shadow -- delete_file path=to_shadow
agree deny sh -c 'echo >to_nothing' -- write_file path=to_nothing
agree allow touch new -- write_file path=new
agree deny touch d/new -- write_file path=d/new
agree deny touch d/../d/new -- write_file path=d/../d/new
agree deny touch team.yaml -- write_file path=team.yaml
agree allow cat team.yaml -- read_file path=team.yaml
agree deny touch agentos.yaml -- write_file path=agentos.yaml
agree deny cat "$AUDIT" -- read_file "path=$AUDIT"
agree allow bin/own -- execute path=bin/own
agree allow ./script -- execute path=script
agree deny /usr/bin/env true -- execute path=/usr/bin/env
agree deny ./through_env -- execute path=through_env

# ---- calls -------------------------------------------------------------------------------------

agentos calls --markdown
check "docs/CALLS.md is what calls prints" cmp "$T/out" "$ROOT/docs/CALLS.md"
agentos calls --json
check "as JSON" python3 -c 'import json, sys
calls = [json.loads(line) for line in open(sys.argv[1])]
assert len(calls) > 50 and all(call["refusal"] for call in calls)' "$T/out"
