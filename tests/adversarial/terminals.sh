#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What is typed into the user's other terminals is not read, and nothing is written there.
. "$(dirname "$0")/../integration/lib.sh"

need python3 || exit 0
SECRET=canary-$$-$RANDOM$RANDOM
victim=

# A terminal as its user has it: what is typed arrives again and again, what is shown is kept.
victim_start() {
	rm -f "$T/shown" "$T/name"
	python3 - "$T" "$SECRET" <<-'END' &
		import os, select, sys, tty
		folder, secret = sys.argv[1:]
		master, slave = os.openpty()
		tty.setraw(slave)
		with open(folder + "/name.new", "w") as file:
		    file.write(os.ttyname(slave))
		os.rename(folder + "/name.new", folder + "/name")
		shown = os.open(folder + "/shown", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
		while True:
		    if select.select([], [master], [], 0)[1]:
		        os.write(master, secret.encode() + b"\n")
		    if select.select([master], [], [], 0.01)[0]:
		        os.write(shown, os.read(master, 1000))
	END
	victim=$!
	disown
	within 10 test -s "$T/name"
	TERMINAL=$(<"$T/name")
}
finally() { [ -z "$victim" ] || kill -KILL "$victim" 2>/dev/null; }

# Two lines, since whoever read before may have left half of one.
READ='grep -qs "$SECRET" "$T/out"'
SHOWN='within 1 grep -qs injected "$T/shown" && : >"$T/shown"'
category terminals
victim_start
refused "read by name" "$READ" head -n 2 "$TERMINAL"
refused "read by a link" "$READ" sh -c "ln -s $TERMINAL t; head -n 2 t"
refused "read by python" "$READ" python3 -c "import os; print(os.read(os.open('$TERMINAL', os.O_RDONLY | os.O_NOCTTY), 99))"
refused "read as standard input" "$READ" sh -c "head -n 2 <$TERMINAL"
refused "read by the process that has it" "$READ" sh -c "for f in /proc/$victim/fd/*; do
	case \$(readlink \$f) in $TERMINAL) head -n 2 \$f ;; esac; done"
refused "read with a terminal of one's own open" "$READ" \
	python3 -c "import os; own = os.openpty(); print(os.read(os.open('$TERMINAL', os.O_RDONLY | os.O_NOCTTY), 99))"
refused "read as one's controlling terminal" "$READ" setsid sh -c "exec <$TERMINAL; head -n 2 /dev/tty"
refused "written by name" "$SHOWN" sh -c "echo injected >$TERMINAL"
refused "written by tee" "$SHOWN" sh -c "echo injected | tee -a $TERMINAL"
refused "written for reading and writing" "$SHOWN" sh -c "echo injected 1<>$TERMINAL"
allowed "a terminal of its own by name" 'grep -qs typed "$T/out"' python3 -c "
import os
master, slave = os.openpty()
os.write(master, b'typed\n')
print(os.read(os.open(os.ttyname(slave), os.O_RDWR | os.O_NOCTTY), 99))"
