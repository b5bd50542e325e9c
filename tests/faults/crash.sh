#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The supervisor is killed at random moments under load: every effect that is visible outside is in the
# record, which the next run, or whoever reads it, completes. CRASHES (20) times.
. "$(dirname "$0")/lib.sh"

[ "$AGENTOS_RUN" != env ] || exit
CRASHES=${CRASHES:-20}
EACH=400 # files of each of two processes
RANDOM=${CRASH_SEED:-$$}

prepare() {
	local names=() i
	cp "$FAULTS/many" .
	for ((i = 0; i < EACH; i++)); do
		names+=("gone-0-$i" "gone-1-$i")
	done
	touch "${names[@]}"
}

cat >"$T/listener.py" <<'EOS'
import socket, sys
heard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
heard.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
heard.bind(("127.0.0.1", 0))
print(heard.getsockname()[1], flush=True)
while True:
    print(heard.recv(64).decode(), flush=True)
EOS
/usr/bin/python3 "$T/listener.py" >"$T/listened" &
LISTENER=$!
finally() {
	kill "$LISTENER"
}
check "somebody listens" within 5 test -s "$T/listened"
UDP=$(head -n 1 "$T/listened")

cat >"$T/crash.yaml" <<YAML
version: "1.0"
name: crash
rules:
  - name: listener
    on: connect
    host: 127.0.0.1
    port: $UDP
    action: allow
YAML
RUN_OPTIONS=(-p "$T/crash.yaml")

gone() { ! grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$1/status"; }
# effects - what has happened, in the words of the record.
effects() {
	(
		cd "$WS" || exit
		find . -name 'made-*' -printf "write_file  $WS/%f\n"
		comm -23 <(printf 'gone-%s\n' {0,1}-{0..399} | sort) <(find . -name 'gone-*' -printf '%f\n' | sort) |
			sed "s|^|delete_file  $WS/|"
	) | sort
}
heard() { grep -c gone- "$T/listened"; }
# recorded RUN - the same of what is in the record.
recorded() {
	"$AGENTOS" audit query --audit "$AUDIT" --run "$1" --verdict allow |
		sed -En "s#.*  (write_file|delete_file)  ($WS/(made|gone)[0-9-]*)  allow  .*#\1  \2#p" | sort -u
}
last_run() {
	sqlite3 "$AUDIT" "SELECT run FROM runs WHERE kind = 'open' ORDER BY seq DESC LIMIT 1"
}

rm -f "$AUDIT"*
lost="" unheard="" total=0 died=0 said=0
for ((crash = 0; crash < CRASHES; crash++)); do
	fresh
	before=$(heard)
	governing
	(in_workspace "${GOVERNING[@]}" ./many effects $EACH "$UDP" </dev/null >"$T/out" 2>"$T/err") &
	RUN=$!
	within 10 test -e "$WS/made-0-0" || break
	sleep "0.0$((RANDOM % 90 + 10))" # what is tested is the moment
	kill -KILL "$RUN"
	wait "$RUN" 2>/dev/null
	[ $? != 137 ] || died=$((died + 1))
	within 5 eval '! pgrep -f "^./many effects $EACH $UDP"' >/dev/null
	effects >"$T/effects"
	told=$(($(heard) - before))
	# Every other time the next run completes it, and not the reader.
	if ((crash % 2)); then
		run=$(last_run)
		governed true
	else
		run=$(last_run)
	fi
	recorded "$run" >"$T/recorded"
	lost+=$(comm -23 "$T/effects" "$T/recorded" | head -n 3)
	rows=$("$AGENTOS" audit query --audit "$AUDIT" --run "$run" --action connect --verdict allow | wc -l)
	[ "$rows" -ge "$told" ] || unheard+="crash $crash: $told datagrams, $rows rows; "
	total=$((total + $(wc -l <"$T/effects")))
	said=$((said + told))
done
same "the supervisor was killed $CRASHES times" "$CRASHES" "$died"
check "while much happened" test "$total" -gt $((CRASHES * 20))
check "and was told" test "$said" -gt $((CRASHES * 5))
note "$total changes of files and $said datagrams in $CRASHES runs"
same "no effect is missing in the record" "" "$lost"
same "no datagram is" "" "$unheard"
check "the record verifies" "$AGENTOS" audit verify --audit "$AUDIT"
same "each such run is closed as lost" "$CRASHES" "$(sqlite3 "$AUDIT" "SELECT count(*) FROM runs WHERE kind = 'lost'")"
