#!/bin/bash
# SPDX-License-Identifier: MIT
#
# agentos decide: requests and answers in JSON, on standard input and on a socket.
. "$(dirname "$0")/lib.sh"

cat >"$T/policy.yaml" <<'YAML'
version: "1.0"
name: gateway
rules:
  - { name: admin, on: api_call, host: api.example.com, path: /admin/, method: [POST, DELETE], action: deny, message: no changes here }
  - { name: statements, on: database_query, query: "*users*", action: ask }
  - { name: thrice, on: output, limit: 3/hour }
  - { name: end, on: tool_call, action: kill, program: "/usr/bin/end" }
  - { name: hold, on: tool_call, action: stop, program: "/usr/bin/hold" }
  - { name: forbidden-word, on: execute, args: "*rm -rf*", action: deny }
YAML

# answered NAME WANT REQUEST [POLICY...] - the answer to a request has each of the texts of WANT, a line each
answered() {
	local name=$1 want=$2 request=$3 line
	shift 3
	printf '%s\n' "$request" |
		(cd "$WS" && "$AGENTOS" decide -p "$T/policy.yaml" "$@") >"$T/out" 2>"$T/err"
	if [ "$(wc -l <"$T/out")" != 1 ]; then
		not_ok "$name"
		note_file "not one line" "$T/out"
		note_file errors "$T/err"
		return
	fi
	while read -r line; do
		grep -qF -- "$line" "$T/out" && continue
		not_ok "$name"
		note "missing: $line"
		note_file answer "$T/out"
		return
	done <<<"$want"
	ok "$name"
}

answered "what is granted succeeds" '"success":true
"error":null
"verdict":"allow"
"rule":"system-read"
"violation":false' '{"action":"file_read","params":{"path":"/etc/passwd"}}'
answered "what is refused says by which rule" '"success":false
"rule":"admin"
"line":4
"no changes here"
"violation":true' \
	'{"action":"api_call","params":{"method":"post","url":"https://API.example.com:443/%61dmin/x"}}'
answered "a path that only looks like another is told apart" '"success":true' \
	'{"action":"api_call","params":{"method":"POST","url":"https://api.example.com/x/../administrator"}}'
answered "links lead where they lead" '"verdict":"deny"' \
	'{"action":"file_write","params":{"path":"/proc/self/root/etc/passwd"}}'
answered "a question is no success" '"success":false
"verdict":"ask"
a person must approve' '{"action":"database_query","params":{"query":"select * from users"}}'
answered "a tool that nobody knows is a tool call" '"rule":"end"
"signal":"SIGKILL"' '{"action":"frobnicate","params":{"program":"/usr/bin/end"}}'
answered "stop is a signal as well" '"rule":"hold"
"signal":"SIGSTOP"' '{"action":"frobnicate","params":{"program":"/usr/bin/hold"}}'
answered "a command for the shell is an argument of it" '"rule":"forbidden-word"' \
	'{"action":"shell_exec","params":{"command":"cd / && rm -rf /"}}'
answered "its number and context come back, with the action in its history" '"request_id":"r-1"
"agent_id":"a-7"
"metadata":{"k":[1]}
{"action":"earlier"},{"action":"file_read","verdict":"allow"' \
	'{"action":"file_read","request_id":"r-1","params":{"path":"/etc/passwd"},"context":{"agent_id":"a-7","metadata":{"k":[1]},"history":[{"action":"earlier"}]}}'
answered "the policies of the context narrow" '"rule":"read-only-files"' \
	'{"action":"file_write","params":{"path":"x"},"context":{"policies":["read_only"]}}'
answered "without them it is granted" '"success":true' '{"action":"file_write","params":{"path":"x"}}'

# Large statements: what the parser of PostgreSQL needs is bounded by their words and marks.
cat >"$T/sql.yaml" <<'YAML'
version: "1.0"
name: sql
base: false
rules:
  - { name: no-drop, on: database_query, verb: DROP, action: deny }
  - { name: others, on: database_query, action: allow }
YAML
SIZE_MAX=$((1024 * 1024))

# large START PART TOKENS - a request of SIZE_MAX bytes of SQL, with so many tokens in PARTs of two
large() {
	local text
	text=$1$(yes "$2" | head -n "$(($3 / 2))" | tr -d '\n')')'
	printf '{"action":"database_query","params":{"dialect":"postgresql","query":"%-*s"}}\n' "$SIZE_MAX" "$text"
}

# asked REQUEST-FILE - the answer of the one that runs, in $answer
asked() {
	cat "$1" >&"${engine[1]}"
	read -r -t 20 -u "${engine[0]}" answer
}

peak() {
	awk '/^VmHWM:/ { print $2 }' "/proc/$1/status"
}

large "DROP FUNCTION f(int" ,int 99900 >"$T/drop"
large "SELECT (1" ,1 99900 >"$T/select"
large "SELECT (1" ,1 100100 >"$T/many"
echo '{"action":"database_query","params":{"dialect":"postgresql","query":"DROP FUNCTION f(int)"}}' >"$T/few"
coproc engine { cd "$WS" && exec "$AGENTOS" decide -p "$T/sql.yaml"; }
engine_pid=$!
asked "$T/few"
before=$(peak "$engine_pid")
asked "$T/drop"
check "a statement of 1 MiB is understood" grep -qF '"rule":"no-drop"' <<<"$answer"
grown=$(($(peak "$engine_pid") - before))
note "$grown KiB"
check "and takes 64 MiB at most" test "$grown" -le 65536
asked "$T/select"
check "one with 100,000 words and marks is, too" grep -qF '"rule":"others"' <<<"$answer"
asked "$T/many"
check "with more it is not, and refused" grep -qF '"rule":"no-drop"' <<<"$answer"
asked "$T/few"
check "what was seen before is answered as before" grep -qF '"rule":"no-drop"' <<<"$answer"
exec {engine[1]}>&-
wait "$engine_pid"

while IFS='|' read -r name error request; do
	answered "$name is an error, and refused" '"success":false
"verdict":"deny"
'"$error" "$request"
done <<'END'
no JSON|a request is a JSON object|{"action":
no object|a request is a JSON object|[1]
a key written twice|duplicate object key|{"action":"x","action":"y"}
no action|'action' is not a name|{}
a policy that there is not|cannot be loaded|{"action":"x","context":{"policies":["nothing"]}}
a file as a policy|names of built-ins|{"action":"x","context":{"policies":["/etc/passwd"]}}
a number as a path|'path' is not a string|{"action":"file_read","params":{"path":7}}
a URL that two readers read differently|'url' is not a URL|{"action":"api_call","params":{"url":"http://a@b/"}}
a missing path|'read_file' needs 'path'|{"action":"file_read","params":{}}
a missing statement|'database_query' needs 'query'|{"action":"database_query"}
a wrong context|'context' is not an object|{"action":"x","context":1}
wrong parameters|'params' is not an object|{"action":"x","params":[]}
a NUL byte|\\u0000|{"action":"file_read","params":{"path":"/etc/passwd\u0000"}}
END

for _ in 1 2 3 4; do
	echo '{"action":"output","params":{"data":"x"}}'
done | "$AGENTOS" decide -p "$T/policy.yaml" >"$T/out"
check "a limit counts from request to request" \
	test "$(cut -c 1-15 "$T/out" | tr '\n' ' ')" = '{"success":true {"success":true {"success":true {"success":fals '
check "and says when it ends" grep -q 'at most 3/hour, again in [0-9]* s' "$T/out"
check_not "a policy that does not load ends it at once" "$AGENTOS" decide -p nothing

# A socket: several clients at once, each with its own answers.
if need python3; then
	cat >"$T/clients.py" <<'END'
import json, os, socket, stat, sys, threading, time

path = sys.argv[1]
for _ in range(200):
    if os.path.exists(path):
        break
    time.sleep(0.02)
print("mode", oct(stat.S_IMODE(os.stat(path).st_mode)))
bad = []


def client(number):
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(path)
    lines = peer.makefile("rw")
    for i in range(50):
        name = f"{number}-{i}"
        request = {"action": "file_read", "request_id": name, "params": {"path": "/etc/passwd"}}
        lines.write(json.dumps(request) + "\n")
        lines.flush()
        answer = json.loads(lines.readline())
        if answer["request_id"] != name or not answer["success"]:
            bad.append(answer)


threads = [threading.Thread(target=client, args=(n,)) for n in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
print("bad", len(bad))
END
	# server - one in the background, listening
	server() {
		"$AGENTOS" decide -p "$T/policy.yaml" --listen "$T/socket" 2>"$T/err" &
		server=$!
		within 5 test -S "$T/socket"
	}
	server
	timeout 30 python3 "$T/clients.py" "$T/socket" >"$T/out" 2>&1
	check "each client gets its own answers" grep -qx 'bad 0' "$T/out"
	check "the socket is its owner's alone" grep -qx 'mode 0o600' "$T/out"
	check_not "a second server does not take its place" timeout 5 "$AGENTOS" decide --listen "$T/socket"
	kill "$server"
	wait "$server"
	check_not "it takes its socket with it" test -e "$T/socket"
	server
	kill -9 "$server"
	wait "$server" 2>/dev/null
	server
	timeout 30 python3 "$T/clients.py" "$T/socket" >"$T/out" 2>&1
	check "what a killed server left is replaced" grep -qx 'bad 0' "$T/out"
	kill "$server"
	echo kept >"$T/file"
	check_not "another file in its place is kept" timeout 5 "$AGENTOS" decide --listen "$T/file"
	check "as it was" grep -qx kept "$T/file"
fi
