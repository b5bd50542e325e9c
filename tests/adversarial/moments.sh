#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What the agent took hold of before somebody outside changed the world: pins of files that were
# replaced meanwhile, the places of sockets that daemons took over, names that did not exist.
. "$(dirname "$0")/../integration/lib.sh"

need python3 || exit 0
PROGRAMS=$BUILD/tests/adversarial
SECRET=canary-$$-$RANDOM$RANDOM
category moments

# The agent: takes hold, says that it is ready, waits until it may go on, and acts.
cat >"$T/agent.py" <<'END'
import ctypes, os, socket, sys, time


def wait():
    open("ready", "w").close()
    end = time.monotonic() + 20
    while not os.path.exists("go") and time.monotonic() < end:
        time.sleep(0.005)


def pin(name):
    pinned = os.open(name, os.O_PATH)
    wait()
    return "/proc/self/fd/%d" % pinned


def show(name):
    print(open(name).read())


def link_pin():
    again = pin(".env")
    ctypes.CDLL(None).linkat(-100, again.encode(), -100, b"again", 0x400)  # AT_SYMLINK_FOLLOW
    show("again")


def pin_in_folder():
    folder = os.open("folder", os.O_PATH)
    wait()
    show("/proc/self/fd/%d/.env" % folder)


def by_name():
    wait()
    show(sys.argv[2])


def own_path():
    own = socket.socket(socket.AF_UNIX)
    own.bind("own")
    own.listen()
    wait()
    peer = socket.socket(socket.AF_UNIX)
    peer.connect("own")
    peer.send(b"hello")


def own_port():
    with socket.create_server(("127.0.0.1", 0)) as own:
        port = own.getsockname()[1]
    open("port", "w").write(str(port))
    wait()
    socket.create_connection(("127.0.0.1", port)).send(b"hello")


ways = {
    "pin": lambda: show(pin(sys.argv[2])),
    "link-pin": link_pin,
    "pin-in-folder": pin_in_folder,
    "name": by_name,
    "own-path": own_path,
    "own-port": own_port,
}
ways[sys.argv[1]]()
END
# A daemon for a moment: prints what it hears.
cat >"$T/daemon.py" <<'END'
import socket, sys

if sys.argv[1] == "own":
    listening = socket.socket(socket.AF_UNIX)
    listening.bind("own")
    listening.listen()
else:
    listening = socket.create_server(("127.0.0.1", int(sys.argv[1])))
open("listens", "w").close()
while True:
    sys.stdout.write(listening.accept()[0].recv(5).decode())
    sys.stdout.flush()
END

prepare() {
	cp "$T/agent.py" .
	mkdir folder theirs
	echo "$SECRET" >.env
	echo "$SECRET" >folder/.env
	echo neighbour >plain
	rm -f "$T/heard"
}
finally() { [ -z "${daemon:-}" ] || kill "$daemon" 2>/dev/null; }

# meanwhile WHO CHANGE WAY... - the agent by WHO (bare or governed); CHANGE is shell code that is run
# outside, in the workspace, once the agent is ready.
meanwhile() {
	local who=$1 change=$2
	shift 2
	fresh
	(
		cd "$WS" || exit
		within 20 test -e ready
		eval "$change" >/dev/null 2>&1
		touch go
	) &
	"$who" python3 agent.py "$@"
	wait $!
	[ ! -e "$T/daemon" ] || kill "$(cat "$T/daemon")"
	rm -f "$T/daemon"
}
# moment NAME EFFECT CHANGE WAY...
moment() {
	local name=$ATTACK$1 effect=$2
	shift 2
	meanwhile bare "$@"
	if ! eval "$effect"; then
		not_ok "$name"
		note "control: no effect bare, status $status"
		note_file errors "$T/err"
		return
	fi
	meanwhile governed "$@"
	if eval "$effect"; then
		not_ok "$name"
		note "the effect is there"
	else
		ok "$name"
	fi
}
# beside NAME EFFECT CHANGE WAY... - what must go on working.
beside() {
	local name=$BENIGN$1 effect=$2
	shift 2
	meanwhile governed "$@"
	eval "$effect" && ok "$name" && return
	not_ok "$name"
	note "no effect governed, status $status"
	note_file errors "$T/err"
}
listen() {
	python3 "$T/daemon.py" "$1" >"$T/heard" 2>/dev/null &
	echo $! >"$T/daemon"
	disown
	within 10 test -e listens
}
came='grep -qs "$SECRET" "$T/out"'
heard='within 1 grep -qs hello "$T/heard"'

moment "a secret, by a pin of a replaced file" "$came" 'echo new >n; mv n .env' pin .env
moment "a secret, by a pin of a removed file" "$came" 'rm .env' pin .env
moment "a secret, by a pin of a file that got another name" "$came" 'mv .env theirs/.env.old' pin .env
moment "a secret, by a new name for a pin of a replaced file" "$came" \
	'ln .env theirs/.env; echo new >n; mv n .env' link-pin
moment "a secret, by a pin of a folder that was replaced" "$came" 'mv folder f; mkdir folder' pin-in-folder
moment "a secret, by a name that appears later" "$came" "echo $SECRET >.env.local" name .env.local
moment "a secret, by a link that appears later" "$came" 'ln -s .env link' name link
moment "a secret, by a folder that becomes a link" "$came" \
	"mv folder f; mkdir $HOME/f; echo $SECRET >$HOME/f/plain; ln -s $HOME/f folder" name folder/plain
moment "a daemon, by the place of an own socket" "$heard" 'rm own; listen own' own-path
moment "a daemon, by an own port" "$heard" 'listen "$(cat port)"' own-port

neighbour='grep -qs neighbour "$T/out"'
beside "a file that was replaced" "$neighbour" 'echo neighbour >n; mv n plain' pin plain
beside "a file that was removed" "$neighbour" 'rm plain' pin plain
beside "a name that appears later" "$neighbour" 'echo neighbour >later' name later
beside "a link that appears later" "$neighbour" 'ln -s plain link' name link
