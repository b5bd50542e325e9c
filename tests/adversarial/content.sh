#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Around rules about content: by programs that the taps are not in, by ways of libc that print, by
# TLS of one's own, by names and requests that are for somebody else. A listener that keeps all that it
# hears is the judge. Code that makes system calls by itself is not tried: see SECURITY.md.
. "$(dirname "$0")/../integration/lib.sh"

PROGRAMS=$BUILD/tests/adversarial
SECRET=SECRET-$$-4711
need python3 || exit
python=$(command -v python3)
D=$T/heard
mkdir "$D"
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
datagrams=$(sed -n 's/^udp //p' "$D/ports")
control=$(sed -n 's/^settled //p' "$D/ports")

# heard TEXT - since the last call; all connections have ended.
heard() {
	local status
	exec 9<>"/dev/tcp/127.0.0.1/$control"
	read -r -t 20 _ <&9
	exec 9>&-
	grep -aq -- "$1" "$D/heard"
	status=$?
	: >"$D/heard"
	return "$status"
}

prepare() {
	cp "$PROGRAMS/sending" "$ROOT/tests/adversarial/content.py" .
	[ ! -e "$T/static" ] || cp "$T/static" .
}
policy() {
	printf '%s\n' 'version: "1.0"' 'name: content' 'rules:' \
		'  - { name: listener, on: connect, host: localhost, action: allow }' \
		'  - { name: address, on: connect, ip: 127.0.0.1, action: allow }' "$@" >"$T/policy.yaml"
}
RUN_OPTIONS=(-p "$T/policy.yaml")
secret='heard "$SECRET"'
innocent='heard innocent'

# ---- bytes

category content
policy '  - { name: no-secret, on: send_data, pattern: "SECRET-[0-9]+", action: deny }'
while read -r way; do
	target=$port
	[[ $way != *datagram ]] || target=$datagrams
	fresh
	bare ./sending "$way" "$target" "$SECRET"
	if ! heard "$SECRET"; then
		skip "${ATTACK}a secret by $way" "kernel does not do this"
		continue
	fi
	refused "a secret by $way" "$secret" ./sending "$way" "$target" "$SECRET"
done < <("$PROGRAMS/sending")
for way in write dprintf pwritev2 sendmmsg datagram connected-datagram; do
	target=$port
	[[ $way != *datagram ]] || target=$datagrams
	allowed "a neighbour by $way" "$innocent" ./sending "$way" "$target" innocent
done
refused "a secret by single bytes" "$secret" "$python" content.py split "$port" "$SECRET"
allowed "a neighbour by single bytes" "$innocent" "$python" content.py split "$port" innocent

# ---- without the taps

for compiler in gcc musl-gcc; do
	need "$compiler" || continue
	if ! "$compiler" -static -O1 -D_GNU_SOURCE -o "$T/static" "$ROOT/tests/adversarial/sending.c" 2>"$T/gcc.err"; then
		not_ok "compile with $compiler -static"
		note_file errors "$T/gcc.err"
		continue
	fi
	refused "a secret by a program of $compiler -static" "$secret" ./static write "$port" "$SECRET"
	refused "any text by a program of $compiler -static" "$innocent" ./static write "$port" innocent
	check "and the reason is told" grep -q "guard-content" <("$AGENTOS" audit query --audit "$AUDIT" --rule guard-content)
	refused "a connection inherited by a program of $compiler -static" "$secret" \
		"$python" content.py inherited-by-static "$port" "$SECRET"
done
if need musl-gcc && musl-gcc -O1 -D_GNU_SOURCE -o "$T/static" "$ROOT/tests/adversarial/sending.c" 2>"$T/gcc.err" &&
	"$T/static" write "$port" bare && heard bare; then
	refused "a secret by a program of another libc" "$secret" ./static write "$port" "$SECRET"
else
	skip "${ATTACK}a secret by a program of another libc" "kernel or its loader is missing here"
fi
refused "a secret by an empty environment" "$secret" env -i ./sending write "$port" "$SECRET"
refused "a secret by LD_PRELOAD emptied" "$secret" env LD_PRELOAD= ./sending write "$port" "$SECRET"
refused "a secret by another LD_PRELOAD" "$secret" env LD_PRELOAD=libm.so.6 ./sending write "$port" "$SECRET"
allowed "a neighbour by an empty environment" "$innocent" env -i ./sending write "$port" innocent
refused "a secret by bash's /dev/tcp" "$secret" \
	bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; echo $SECRET >&3"
refused "a secret by bash's /dev/tcp and cat" "$secret" \
	bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; echo $SECRET | cat >&3"

# ---- requests and sessions

policy '  - { name: no-delete, on: api_call, method: DELETE, action: deny }'
for way in own-tls other-host absolute-address two-lengths length-and-chunks pipelining lower-case-method; do
	refused "a session or request by $way" "$secret" "$python" content.py "$way" "$port" "$SECRET"
done
# Its first bytes leave before anybody can know it; never the last, without which there is no session.
refused "a session by own-tls-in-bytes" 'heard localhost' "$python" content.py own-tls-in-bytes "$port" "$SECRET"
refused "a session by other-name-in-tls" 'heard other.example' \
	"$python" content.py other-name-in-tls "$port" other.example
allowed "a session for its own name" 'heard localhost' "$python" content.py other-name-in-tls "$port" localhost
allowed "a request for its own name" 'heard localhost' "$python" content.py other-host "$port" "localhost:$port"
refused "QUIC by a connected socket" "$secret" "$python" content.py quic-connected "$datagrams" "$SECRET"
refused "QUIC by an address" "$secret" "$python" content.py quic-to-address "$datagrams" "$SECRET"

# ---- shadow mode: all of it passes, as it does bare, and is in the record as what would be refused

RUN_OPTIONS=(-p "$T/policy.yaml" --mode shadow)
# shadowed RULE NAME EFFECT CMD...
shadowed() {
	local rule=$1
	shift
	rm -f "$AUDIT"*
	allowed "in shadow mode, $1" "${@:2}" || return
	"$AGENTOS" audit query --audit "$AUDIT" --rule "$rule" --verdict deny --json >"$T/rows"
	check "$BENIGN$1: recorded, by $rule" grep -q '"layer":"shadow"' "$T/rows"
}
policy '  - { name: no-secret, on: send_data, pattern: "SECRET-[0-9]+", action: deny }'
while read -r way rule; do
	target=$port
	[[ $way != *datagram ]] || target=$datagrams
	shadowed "$rule" "a secret by $way" "$secret" ./sending "$way" "$target" "$SECRET"
done <<'END'
write no-secret
dprintf no-secret
pwritev2 no-secret
datagram no-secret
connected-datagram no-secret
spawned-stdout guard-content
other-rest guard-content
END
if need gcc && gcc -static -O1 -D_GNU_SOURCE -o "$T/static" "$ROOT/tests/adversarial/sending.c" 2>"$T/gcc.err"; then
	shadowed guard-content "a secret by a static program" "$secret" ./static write "$port" "$SECRET"
	shadowed guard-content "a connection inherited by a static program" "$secret" \
		"$python" content.py inherited-by-static "$port" "$SECRET"
fi
policy '  - { name: no-delete, on: api_call, method: DELETE, action: deny }'
while read -r way rule; do
	shadowed "$rule" "a session or request by $way" "$secret" "$python" content.py "$way" "$port" "$SECRET"
done <<'END'
own-tls guard-content
other-host guard-host
two-lengths guard-protocol
pipelining no-delete
END
shadowed guard-host "a session by other-name-in-tls" 'heard other.example' \
	"$python" content.py other-name-in-tls "$port" other.example
shadowed guard-content "QUIC by a connected socket" "$secret" "$python" content.py quic-connected "$datagrams" "$SECRET"
shadowed guard-content "QUIC by an address" "$secret" "$python" content.py quic-to-address "$datagrams" "$SECRET"
