#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Terminals that the run makes itself are its own by name, those of others are not, also when they
# have a number that once was the run's.
. "$(dirname "$0")/lib.sh"

need python3 || exit 0

same_as_bare -e "a new terminal is opened by its name" python3 -c '
import os, stat
master, slave = os.openpty()
name = os.ttyname(slave)
again = os.open(name, os.O_RDWR | os.O_NOCTTY)
os.write(again, b"typed\n")
print(os.read(master, 100), stat.S_ISCHR(os.stat(name).st_mode))
os.chmod(name, 0o620)
print(oct(os.stat(name).st_mode))
os.close(slave)
os.close(again)
try:
	print(os.read(master, 100))
except OSError as error:
	print(error)
os.close(master)
print(os.path.exists(name))'
same_as_bare -e "a program in a new terminal" python3 -c '
import pty, sys
print(pty.spawn(["sh", "-c", "test -t 0 && stty size && echo through the terminal >/dev/tty; exit 3"]) >> 8)'
same_as_bare -e "many terminals at once, and again" python3 -c '
import os
for round in range(3):
	pairs = [os.openpty() for i in range(60)]
	print(all(os.path.sameopenfile(s, os.open(os.ttyname(s), os.O_RDWR | os.O_NOCTTY)) for m, s in pairs))
	for m, s in pairs:
		os.close(m)
		os.close(s)
	os.closerange(3, 512)'
if need script; then
	same_as_bare -e "script" script -qec 'test -t 1 && tty | sed "s,/[0-9]*$,,"; exit 5' /dev/null
fi

# Somebody outside gets a terminal once the file `mine` is there, and holds it until `done` is.
outside() {
	python3 - "$WS" <<-'PYTHON'
		import os, sys, time
		def wait(name):
		    end = time.monotonic() + 30
		    while not os.path.exists(name) and time.monotonic() < end:
		        time.sleep(0.01)
		os.chdir(sys.argv[1])
		wait("mine")
		master, slave = os.openpty()
		os.write(master, b"password\n")
		with open("new", "w") as file:
		    file.write(os.ttyname(slave))
		os.rename("new", "theirs")
		wait("done")
	PYTHON
}
prepare() { outside & }
refused "a terminal of somebody else, with the number of an own one that is gone" \
	'grep -q "b.password" "$T/out"' python3 -c '
import os, time
master, slave = os.openpty()
mine = os.ttyname(slave)
os.close(slave)
os.close(master)
open("mine", "w").close()
end = time.monotonic() + 30
while not os.path.exists("theirs") and time.monotonic() < end:
	time.sleep(0.01)
theirs = open("theirs").read()
print("the same number:", mine == theirs)
try:
	print(os.read(os.open(theirs, os.O_RDWR | os.O_NOCTTY), 100))
finally:
	open("done", "w").close()'
wait
