#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The governor's own files are out of the agent's reach even where they lie in the workspace: the
# record, the policies, the programs.
. "$(dirname "$0")/../integration/lib.sh"

PROGRAMS=$BUILD/tests/adversarial
STATE=$WS/state
RUN_OPTIONS=(-p "$STATE/policy.yaml")
AUDIT=$STATE/audit.db
prepare() {
	cp "$PROGRAMS/writing" "$PROGRAMS/reading" .
	mkdir -p state plain
	cp "$T/made.db" state/audit.db 2>/dev/null
	printf 'version: "1.0"\nname: mine\nrules:\n  - { name: all, on: read_file, path: "/**", action: allow }\n' \
		>state/policy.yaml
	echo before >plain/file
}
# A record that some run has left.
fresh
governed true
cp "$AUDIT" "$T/made.db"
cp -a "$XDG_STATE_HOME" "$T/made.keys"

category governor
while read -r way kind; do
	for file in "$AUDIT" "$STATE/policy.yaml"; do
		case $kind in
		mark) effect="grep -qsa 'mark$' '$file'" ;;
		gone) effect="! [ -e '$file' ]" ;;
		*) continue ;;
		esac
		refused "${file##*/}, by $way" "$effect" ./writing "$way" "$file"
	done
done < <("$PROGRAMS/writing")
for way in open openat2 symlink hard-link rename renamed-folder proc-root pin dots; do
	refused "the record is not read, by $way" 'grep -qsa "SQLite format" "$T/out"' ./reading "$way" "$AUDIT"
done
refused "the record's companions are not made" '[ -e state/audit.db-journal ]' touch state/audit.db-journal
refused "the folder of the record is not moved" '[ -e moved ]' mv state moved
refused "the folder of the record is not exchanged" '[ -e plain/audit.db ]' \
	python3 -c 'import ctypes; ctypes.CDLL(None).syscall(316, -100, b"state", -100, b"plain", 2)'
allowed "the policy may be read" 'grep -qs mine "$T/out"' cat state/policy.yaml
allowed "a neighbour of the record is written" '[ -e state/other ]' touch state/other

# What was recorded is whole; the anchor is that of the record that was put back again and again.
fresh
rm -rf "$XDG_STATE_HOME"
cp -a "$T/made.keys" "$XDG_STATE_HOME"
governed sh -c 'cat state/audit.db; rm -f state/audit.db; echo >>state/audit.db'
check "the record is there and whole" "$AGENTOS" audit verify --audit "$AUDIT"
