# SPDX-License-Identifier: MIT
#
# Sourced by the tests of this folder: an agent (agent.c) that tries what it may and what it may not, and
# how it is seen what came of that.
#
#   OUT          a folder outside, in which nothing may change: secret, program, a daemon's socket
#   agent        runs the agent governed, under watch.c; sets status, took and left
#   AGENT_UNDER  array: a command under which agentos-run is started
#   harm         prints a line for each thing that happened and must not
#   mend         makes OUT what it was
# shellcheck shell=bash disable=SC2034
. "$(dirname "${BASH_SOURCE[0]}")/../integration/lib.sh"

FAULTS=$BUILD/tests/faults
SECONDS_MAX=5 # for a run that takes a fiftieth of that
SECRET=canary-$$-$RANDOM$RANDOM
OUT=$T/outside
AGENT_UNDER=()
PROGRAMS=(agent) # copied into the workspace

D=$(mktemp -d /tmp/agentos-d.XXXXXX)
coproc DAEMON { exec "$BUILD/tests/adversarial/listener" "$D"; }
daemon=$DAEMON_PID
finally() {
	kill "$daemon"
	rm -rf "$D"
}
if ! within 5 test -s "$D/ports"; then
	not_ok "the daemon listens"
	exit
fi
PORT=$(sed -n 's/^tcp //p' "$D/ports")

mkdir -p "$T/original/home/.ssh"
echo "$SECRET" | tee "$T/original/"{secret,home/.ssh/id_rsa,file} >"$T/original/gone"
printf '#!/bin/sh\necho %s\n' "$SECRET" >"$T/original/program"
chmod 755 "$T/original/program"
ln -s "$D/stream" "$T/original/stream"

outside_now() { stat -c '%n %s %a %Y %i' "$OUT"/* "$OUT"; }
mend() {
	rm -rf "$OUT"
	cp -a "$T/original" "$OUT"
	OUTSIDE=$(outside_now)
}

prepare() {
	cp "${PROGRAMS[@]/#/$FAULTS/}" .
	echo content | tee file long >old
	echo >gone
	echo "$SECRET" >.env
	printf '#!%s/program\n' "$OUT" >script
	chmod 755 script
	mkdir -m 1777 shared
}

agent() {
	local under=()
	rm -f "$AUDIT"* "$T/ended"
	rm -rf "${XDG_STATE_HOME:?}/agentos/keys" # whose anchors would miss the record before
	: >"$D/heard"
	fresh
	governing
	[ "$AGENTOS_RUN" = env ] || under=("${AGENT_UNDER[@]}")
	(in_workspace "$FAULTS/watch" "$SECONDS_MAX" "${under[@]}" "${GOVERNING[@]}" ./agent "$OUT" "$PORT" \
		</dev/null >"$T/out" 2>"$T/err" 3>"$T/ended")
	read -r status took left <"$T/ended"
}

harm() {
	echo >&"${DAEMON[1]}"
	read -r -t 10 _ <&"${DAEMON[0]}" || echo "the daemon is dead"
	[ ! -s "$D/heard" ] || echo "the daemon heard something"
	! grep -qs "$SECRET" "$T/out" "$T/err" || echo "the secret came out"
	[ ! -e "$WS/linked" ] && [ ! -e "$WS/moved" ] || echo "the secret is in the workspace"
	[ "$(outside_now)" = "$OUTSIDE" ] || echo "something changed outside"
}

# What of the allowed was not done, by the agent's own words.
undone() {
	grep -v -e refused -e ': ok$' -e '^content$' -e "$SECRET" "$T/out"
}

# control - bare, each kind of harm is done.
control() {
	local name
	mend
	AGENTOS_RUN=env agent
	harm >"$T/problems"
	for name in "heard something" "secret came out" "in the workspace" "changed outside"; do
		check "control: bare, $name" grep -q "$name" "$T/problems"
	done
	same "control: bare, all that is allowed is done" "" "$(undone)"
	mend
}
