#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Programs with unusual modes: one that can be executed and not read is refused, with its reason; set-uid
# and set-gid give nothing.
. "$(dirname "$0")/../integration/lib.sh"

if [ "$(id -u)" != 0 ]; then
	prepare() {
		printf '#include <stdio.h>\nint main(void) { return puts("ran") < 0; }\n' >p.c
		gcc -o unreadable p.c && cp unreadable readable && chmod 111 unreadable
	}
	refused "a program that its caller cannot read" 'grep -qs ran "$T/out"' ./unreadable
	check "is explained" grep -q "denied execute '$WS/unreadable'.*guard-unreadable-program" "$T/err"
	check "and recorded" eval '"$AGENTOS" audit query --audit "$AUDIT" --verdict deny | grep -q "$WS/unreadable"'
	allowed "its like that can be read" 'grep -qs ran "$T/out"' ./readable
	exit
fi

prepare() {
	cp /usr/bin/id plain
	cp /usr/bin/id user
	cp /usr/bin/id group
	chown 65534 user
	chgrp 65534 group
	chmod 4755 user
	chmod 2755 group
}
refused "set-uid" 'grep -qx 65534 "$T/out"' ./user -u
same "the program runs as its caller" 0 "$(cat "$T/out")"
refused "set-gid" 'grep -qx 65534 "$T/out"' ./group -g
same "the program runs as its caller" 0 "$(cat "$T/out")"
allowed "the same without" 'grep -qx 0 "$T/out"' ./plain -u
