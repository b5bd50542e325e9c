#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Rules about content in a run: what a rule refuses never reaches the peer, and its neighbours reach it
# as they were sent. A listener that keeps all that it hears is the judge.
. "$(dirname "$0")/lib.sh"

need python3 sqlite3 || exit
python=$(command -v python3)
prepare() {
	cp "$ROOT/tests/support/content_client.py" client.py
}
mkdir "$T/heard"
D=$T/heard
coproc LISTENER { exec "$python" "$ROOT/tests/support/content_listener.py" "$D"; }
listener=$LISTENER_PID
finally() {
	kill "$listener"
}
if ! within 10 test -s "$D/ports"; then
	not_ok "the listener listens"
	exit
fi
port=$(sed -n 's/^tcp //p' "$D/ports")
control=$(sed -n 's/^settled //p' "$D/ports")

# settle - until nobody is connected; all that was said is in $D/heard then.
settle() {
	exec 9<>"/dev/tcp/127.0.0.1/$control"
	read -r -t 20 _ <&9
	local status=$?
	exec 9>&-
	return "$status"
}
heard() {
	settle && grep -aq -- "$1" "$D/heard"
}

# policy RULE... - the way to the listener, and these.
policy() {
	printf '%s\n' 'version: "1.0"' 'name: content' 'rules:' \
		'  - { name: listener, on: connect, ip: 127.0.0.1, action: allow }' "$@" >"$T/policy.yaml"
}
RUN_OPTIONS=(-p "$T/policy.yaml")

# scene NAME - the client does it, governed; what the listener heard is in $D/heard.
scene() {
	: >"$D/heard"
	fresh
	governed "$python" client.py "$1" "$port"
	settle || not_ok "$1: all connections end"
}
said() {
	check "$1" grep -qF -- "$2" "$T/out" || note_file errors "$T/err"
}
in_record() {
	"$AGENTOS" audit query --audit "$AUDIT" --rule "$1" --action "$2" --verdict deny --json >"$T/rows"
	check "the record has it: $1" grep -q "$1" "$T/rows"
}

# ---- requests

policy '  - { name: no-post, on: api_call, method: POST, action: deny, message: "Posting is closed." }'
scene post
said "a request that no rule refuses is answered by the peer" "b'ok'"
said "one that is refused, by 403" "403 "
said "with the rule" "rule 'no-post'"
said "and its message" "Posting is closed."
check "the peer heard the first" heard "GET /neighbour"
check_not "and nothing of the second" heard POST
in_record no-post api_call

: >"$D/heard"
bare "$python" -c "import socket; socket.create_connection(('127.0.0.1', $port)).sendall(b'GET /1 HTTP/1.1\\r\\nX-Odd:   a\\r\\nHost: 127.0.0.1:$port\\r\\n\\r\\n')"
settle
cp "$D/heard" "$T/bare.heard"
: >"$D/heard"
governed "$python" -c "import socket; socket.create_connection(('127.0.0.1', $port)).sendall(b'GET /1 HTTP/1.1\\r\\nX-Odd:   a\\r\\nHost: 127.0.0.1:$port\\r\\n\\r\\n')"
settle
check "a request arrives byte for byte" cmp "$T/bare.heard" "$D/heard"

scene waiters
for way in select poll epoll-level epoll-edge; do
	said "who waits by $way wakes for the refusal, reads it, and then the end" "$way wakes b'HTTP/1.1 403' b'\\n' b''"
done
check_not "none of them was heard" heard POST
scene aio
said "asyncio reads the refusal" "b'HTTP/1.1 403'"
check_not "and was not heard" heard POST

# ---- bytes

policy '  - { name: no-secret, on: send_data, pattern: "SECRET-[0-9]+", action: deny, message: "Keep it." }'
scene ways
for way in write send writev sendmsg sendfile dup dup2 fcntl fork program program-high rights after-program thread bytes; do
	said "by $way, what no rule refuses passes" "$way passes"
	said "by $way, the secret is refused" "$way refused 13"
	check "by $way, the listener heard the one" heard "innocent-$way"
done
check_not "the listener heard the secret of none" heard "SECRET-4711"
in_record no-secret send_data

scene bulk
read -r hash how <"$T/out"
same "a full socket takes in part" partial "${how:-}"
same "20 MB in parts arrive as they were sent" "$hash" "$(sha256sum <"$D/heard" | cut -d ' ' -f 1)"
same "without a refusal" "" "$(cat "$T/err")"

scene threads
said "ten threads on nine connections send" "done"
same "and all of it arrives" $(((8 + 2) * 200 * 100)) "$(stat -c %s "$D/heard")"
scene signals
said "handlers write while a write is under way" "done"
same "and all of that arrives" 200000 "$(tr -cd z <"$D/heard" | wc -c)"

# ---- names

policy '  - { name: no-name, on: resolve, host: forbidden.example, action: deny }'
scene names
said "a name may be looked up" "localhost resolves"
said "another may not" "forbidden.example [Errno 13]"
in_record no-name resolve

# ---- statements

policy '  - { name: no-drop, on: database_query, verb: DROP, action: deny, message: "Keep the table." }'
scene statements
check_not "Python's sqlite3 makes no statement that is refused" grep -q ACCEPTED "$T/out"
said "and says why" "rule 'no-drop'"
said "the table is there" "[(1,)]"
fresh
governed sqlite3 own.db 'create table t(a); insert into t values (7); select a from t;'
same "the program sqlite3 works" 7 "$(cat "$T/out")"
governed sqlite3 own.db 'drop table t;'
check "and says why it is refused" grep -q "Keep the table." "$T/err"
governed sqlite3 own.db 'select a from t; drop table t; select 8;'
governed sqlite3 own.db 'select a from t;'
same "nor is a refused one made among others" 7 "$(cat "$T/out")"
in_record no-drop database_query

# ---- what cannot be seen

policy '  - { name: no-post, on: api_call, method: POST, action: deny }'
bare "$AGENTOS_RUN" --audit "$AUDIT" "${RUN_OPTIONS[@]}" -- true
check "the level names the taps" grep -q "^agentos: level .*, taps" "$T/err"
