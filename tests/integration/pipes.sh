#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Calls of tools on pipes: what a rule refuses never reaches the server, its caller reads the error that
# clients of MCP know, and the calls around it arrive. The server's log is the witness.
. "$(dirname "$0")/lib.sh"

need python3 || exit
python=$(command -v python3)
prepare() {
	cp "$ROOT/tests/support/tool_client.py" "$ROOT/tests/support/tool_server.py" .
}
policy() {
	printf '%s\n' 'version: "1.0"' 'name: tools' 'rules:' "$@" >"$T/policy.yaml"
}
RUN_OPTIONS=(-p "$T/policy.yaml")
ERROR="error -32001 agentos: denied tool_call 'forbidden': rule 'no-tool' ($T/policy.yaml:4): Not that one."

said() {
	check "$1" grep -qF -- "$2" "$T/out" || note_file errors "$T/err"
}
# heard WORDS - whether the server has read them.
heard() {
	grep -aqF -- "$1" "$WS/log"
}
denials() {
	"$AGENTOS" audit query --audit "$AUDIT" --rule "$1" --action tool_call --json >"$T/rows"
	grep -c "$1" "$T/rows"
}

policy '  - { name: no-tool, on: tool_call, condition: "tool == '"'forbidden'"'", action: deny, message: "Not that one." }'

# scene NAME - the client does it, governed.
scene() {
	fresh
	governed "$python" tool_client.py "$1" log
}

# ---- the three ways of a call: before, refused, behind

for way in pipes vectors together text sockets asyncio; do
	scene "$way"
	said "$way: a call that no rule refuses is answered by the server" "1 did harmless"
	said "$way: one that is refused, by an error" "2 $ERROR"
	said "$way: and the server goes on" "3 did harmless"
	check "$way: it has read the first" heard '"id": 1}'
	check "$way: and the last" heard '"id": 3}'
	check_not "$way: and nothing of the second" heard forbidden
done
scene vectors
said "what stands between two calls is left out" "['4 did harmless', \"5 error"
same "each refusal is in the record, once" 9 "$(denials no-tool)"

fresh
bare "$python" tool_client.py pipes log
said "bare, the tool is called" "2 did forbidden"
fresh
bare "$python" tool_client.py bulk log
cp "$WS/log" "$T/bare.log"
scene bulk
check "what a full pipe takes in part arrives as it was sent" cmp "$T/bare.log" "$WS/log"
scene neighbours
check "what is no call" heard last
same "arrives, whatever it mentions" "0 3000418" "$status $(wc -c <"$WS/log")"
scene threads
same "of four threads, what is refused is answered, and the rest done" "40 360" "$(cat "$T/out")"
check_not "and nothing else is heard" heard forbidden

# ---- what would get around it

scene split
check_not "what has left in part is not completed" heard '}}'
said "and nothing comes behind it" "what is behind refused 13"
scene unended
said "a call without an end of line is one" "1 $ERROR"
said "and what comes behind it is another line" "2 did harmless"
check_not "nothing of it was heard" heard forbidden
scene spelled
for id in 1 2 3 5; do said "another spelling is the same call ($id)" "$id passes"; done
for id in 4 6 7 8 9; do said "what cannot be answered fails ($id)" "$id refused 13"; done
check_not "no spelling is heard" grep -aqv '"id": 9}' "$WS/log"
scene copies
for way in dup dup2 fork; do said "by $way, it is refused" "$way 1 $ERROR"; done
said "by a program that inherits it, too" "program 1"
check_not "none is heard" heard forbidden

# ---- where the answer goes

scene partial
said "no answer is put into another: the write fails" "while an answer is under way refused 13"
said "and the other is whole" "1 did slow"
check_not "it is not heard" heard forbidden
scene unread
said "nor where nobody reads what the server says" "forbidden refused 13"
same "and what comes behind passes" 2 "$(grep -c passes "$T/out")"
check_not "that is not heard either" heard forbidden

# ---- node

if command -v node >/dev/null; then
	cat >"$T/client.js" <<'END'
const { spawn } = require('child_process')
const lines = require('readline')
const child = spawn('python3', ['tool_server.py', 'log'], { stdio: ['pipe', 'pipe', 'inherit'] })
const names = ['harmless', 'forbidden', 'harmless']
let id = 0
const next = () => id === names.length ? child.stdin.end() : child.stdin.write(JSON.stringify(
	{ jsonrpc: '2.0', id: id + 1, method: 'tools/call', params: { name: names[id++], arguments: {} } }) + '\n')
lines.createInterface({ input: child.stdout }).on('line', line => { console.log(line); next() })
next()
END
	fresh
	cp "$T/client.js" "$WS"
	governed node client.js
	said "node: a call is answered" 'did harmless'
	said "node: one that is refused, by an error" '"id":2,"error":{"code":-32001,"message":"agentos: denied'
	same "node: three answers" 3 "$(wc -l <"$T/out")"
	check "node: the server has read the last" heard '"id":3'
	check_not "node: and nothing of the second" heard forbidden
else
	skip "calls of node" "no node here"
fi

# ---- shadow, and no rule

RUN_OPTIONS=(-p "$T/policy.yaml" --mode shadow)
scene pipes
said "in shadow mode it is called" "2 did forbidden"
check "and recorded as what would be refused" test "$(denials no-tool)" -gt 0
RUN_OPTIONS=(-p "$T/policy.yaml")
policy '  - { name: no-post, on: api_call, method: POST, action: deny }'
scene pipes
said "where no rule is about tools, nobody looks at pipes" "2 did forbidden"
