#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Every hook of the taps, in a program that is linked with none of the libraries: it loads packages late and
# for itself alone (RTLD_LOCAL), each with the library of the distribution. Each is used hook by hook, in
# children of fork(2), by many threads on many connections and two on one, and under a storm of signals whose
# handler writes as well. What a rule refuses is told to the caller, and reaches nobody: a listener is the judge.
#
#               libc            OpenSSL       GnuTLS        SQLite        names         pipes
#   each hook   send, receive,  all           all           all           all           all
#               descriptor
#   fork        born with, own  born with     born with     own           own           born with
#   threads     8 alone; 2 on one at once (TLS: in turns)
#   signals     a handler writes: on its own connection beside all; on the same descriptor: libc
. "$(dirname "$0")/lib.sh"

need python3 openssl sqlite3 || exit
PACKAGES=$BUILD/tests/support
D=$T/heard
mkdir "$D"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout "$D/key.pem" -out "$D/certificate.pem" 2>/dev/null
coproc LISTENER { exec python3 "$ROOT/tests/support/package_listener.py" "$D"; }
listener=$LISTENER_PID
finally() {
	kill "$listener"
}
if ! within 20 test -s "$D/ports"; then
	not_ok "the listener listens"
	exit
fi
port_of() {
	sed -n "s/^$1 //p" "$D/ports"
}
plain=$(port_of plain)

# settle - until nobody is connected; all that was asked for is in $D/heard then.
settle() {
	exec 9<>"/dev/tcp/127.0.0.1/$(port_of settled)"
	read -r -t 30 _ <&9
	local status=$?
	exec 9>&-
	return "$status"
}

cat >"$T/policy.yaml" <<END
version: "1.0"
name: hooks
rules:
  - { name: here, on: [read_file, execute], path: "$PACKAGES/", action: allow }
  - { name: listener, on: connect, ip: 127.0.0.1, action: allow }
  - { name: no-secret-request, on: api_call, url: "*SECRET*", action: deny, message: This is secret. }
  - { name: no-secret-statement, on: database_query, query: "*SECRET*", action: deny, message: This is secret. }
  - { name: no-secret-tool, on: tool_call, condition: "tool startswith 'SECRET'", action: deny, message: This is secret. }
  - { name: no-secret-name, on: resolve, host: localhost, action: deny, message: This is secret. }
END
RUN_OPTIONS=(-p "$T/policy.yaml" --explain off)
LIMIT=120

prepare() {
	sqlite3 data.db "create table t (name text)"
}

# hosted HOW SCENE PACKAGE - runs it; HOW: bare or governed.
hosted() {
	local how=$1 scene=$2 package=$3 where
	case $package in
	plain) where=$plain ;;
	sqlite) where=data.db ;;
	names | pipes) where=localhost ;;
	*) where=$(port_of tls) ;;
	esac
	: >"$D/heard"
	fresh
	"$how" "$PACKAGES/package_host" "$scene" "$PACKAGES/package_$package.so" "$where" "$PACKAGES/package_plain.so" "$plain"
	settle || not_ok "$scene of $package: all connections end"
	[ ! -e "$WS/served" ] || cat "$WS/served" >>"$D/heard"
	[ "$package" != sqlite ] || sqlite3 "$WS/data.db" "select '/' || name from t" >>"$D/heard"
}

unheard_secret() {
	check_not "$1: no secret is heard" grep -q SECRET "$D/heard"
}

# ---- hook by hook

: >"$T/each"
for package in plain ssl gnutls sqlite names pipes; do
	hosted bare each "$package"
	[ "$package" = names ] || check "$package, bare: the control is heard" grep -q SECRET "$D/heard"
	check "$package, bare: nobody is refused" grep -q ": passes, [^r]" "$T/out"
	hosted governed each "$package"
	unheard_secret "$package"
	same "$package: ends well" 0 "$status"
	cat "$T/out" >>"$T/each"
	note_file errors "$T/err"
	hosted governed reload "$package"
	unheard_secret "$package, loaded again"
	sed "s/^dlclose: /dlclose: $package: /" "$T/out" >>"$T/each"
done
while read -r line; do
	case $line in
	granted*) ;;
	*": passes, refused" | *": passes" | *": refused" | *": the end") ok "$line" ;;
	*) not_ok "$line" ;;
	esac
done <"$T/each"

sed -n 's/^\t\([a-zA-Z_0-9]*\);$/\1/p' "$ROOT/taps/exports.map" 2>/dev/null | sort >"$T/hooks"
sed -n 's/^\([a-zA-Z_0-9]*\): .*/\1/p' "$T/each" | sort -u >"$T/done"
[ ! -s "$T/hooks" ] || same "every hook is tried" "" "$(comm -23 "$T/hooks" "$T/done" | xargs)"

# ---- fork, threads, signals

# told TEXT - the program says so, and what was granted was heard.
told() {
	check "$1" grep -qx -- "$2" "$T/out" || note_file output "$T/out"
}
counted() {
	local granted
	granted=$(sed -n 's/^granted: //p' "$T/out")
	unheard_secret "$1"
	same "$1: what was granted is heard, once" "${granted:-none}" "$(grep -c '^/ok-' "$D/heard")"
	same "$1: each by its name" "" "$(grep '^/ok-' "$D/heard" | sort | uniq -d | head -n 3)"
	check_not "$1: nothing else happens" grep -E "FAILED|NOT" "$T/out"
}

for package in plain ssl gnutls sqlite pipes; do
	hosted governed fork "$package"
	told "$package, fork: each child is told" "children: 12 of 12"
	told "$package, fork: the parent goes on" "parent: 2 granted, 1 refused, 0 failed"
	counted "$package, fork"
	hosted governed threads "$package"
	told "$package, threads: each is told" "threads: 192 granted, 96 refused, 0 failed"
	counted "$package, threads"
	hosted governed shared "$package"
	told "$package, two on one: both are told" "shared: 400 granted, 1 refused, 0 failed"
	counted "$package, two on one"
	hosted governed signals "$package"
	told "$package, signals: what is interrupted is told" "stormy: well"
	told "$package, signals: the handler is heard" "handler: all heard, 0 unheard"
	counted "$package, signals"
done
hosted governed same plain
told "on the descriptor in use, the handler is heard" "handler: all heard, 0 unheard"
counted "on the descriptor in use"
for scene in fork threads signals; do
	hosted governed "$scene" names
	check "names, $scene: all is told" grep -qxE "parent: 2 granted, 1 refused, 0 failed|threads: 192 granted, 96 refused, 0 failed|stormy: well" "$T/out"
	check_not "names, $scene: nothing else happens" grep -E "FAILED|NOT" "$T/out"
done
