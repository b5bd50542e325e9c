#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The verdict ask: a person at a terminal, played by a program that holds the other end of it. Who answers
# what, what counts as an answer, and that the run gets none of the keys meanwhile.
. "$(dirname "$0")/lib.sh"

need python3 || exit 0

# drive.py LOG STEP... -- CMD...: CMD in a new terminal. Exit status of CMD, or 99 when a step fails.
#   expect:TEXT  until the terminal shows it, after what was expected before
#   key:K        typed alone, after a pause; type:TEXT at once; {pid} in shell:CMD is CMD's
#   modes        the terminal's modes are what they were at first
cat >"$T/drive.py" <<'PYTHON'
import os, pty, select, signal, sys, termios, time

log = open(sys.argv[1], "wb", buffering=0)
cut = sys.argv.index("--")
steps, command = sys.argv[2:cut], sys.argv[cut + 1:]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
before = termios.tcgetattr(fd)
seen, at = b"", 0


def take(seconds):
    global seen
    if not select.select([fd], [], [], seconds)[0]:
        return True
    try:
        data = os.read(fd, 65536)
    except OSError:
        data = b""
    log.write(data)
    seen += data
    return bool(data)


def fail(text):
    print("drive:", text, file=sys.stderr)
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + 5
    while time.monotonic() < end and take(0.1):
        pass
    os.kill(pid, signal.SIGKILL)
    sys.exit(99)


for step in steps:
    word, _, rest = step.partition(":")
    # \x1b is the key; what the screen shows of it is written as it is.
    rest = rest.encode() if word == "expect" else rest.encode().decode("unicode_escape").encode("latin-1")
    end = time.monotonic() + 20
    if word == "expect":
        while rest not in seen[at:]:
            if time.monotonic() > end or not take(0.2):
                fail("never saw %r in %r" % (rest, seen[at:][-2000:]))
        at = seen.index(rest, at) + len(rest)
    elif word == "key":
        end = time.monotonic() + 0.7  # what a person needs to read, and the prompt wants
        while time.monotonic() < end:
            take(0.05)
        os.write(fd, rest)
    elif word == "type":
        os.write(fd, rest)
    elif word == "shell":
        os.system(rest.decode().replace("{pid}", str(pid)))
    elif word == "modes":
        while termios.tcgetattr(fd) != before:
            if time.monotonic() > end:
                fail("other modes: %r, not %r" % (termios.tcgetattr(fd), before))
            take(0.05)
end = time.monotonic() + 20
while take(0.5):
    if time.monotonic() > end:
        fail("it does not end: %r" % seen[-2000:])
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.exit(status if status >= 0 else 128 - status)
PYTHON

cat >"$T/ask.yaml" <<'YAML'
version: "1.0"
name: asks
rules:
  - name: ask-files
    on: [write_file, delete_file]
    path: asked/
    action: ask
    message: A person looks at these.
  - name: ask-reads
    on: read_file
    path: "**/seen"
    action: ask
  - name: ask-echo
    on: execute
    program: echo
    action: ask
  - name: ask-connect
    on: connect
    ip: 127.0.0.1
    port: 9
    action: ask
  - name: never
    on: write_file
    path: asked/never
    action: deny
YAML
RUN_OPTIONS=(-p "$T/ask.yaml")
prepare() { mkdir asked && echo old >asked/old && echo secret >seen; }

# drive STEP... -- CMD...: governed, in a terminal; what it showed is in $T/log, the status in $status.
drive() {
	local steps=()
	while [ "$1" != -- ]; do
		steps+=("$1")
		shift
	done
	shift
	governing
	fresh
	(in_workspace python3 "$T/drive.py" "$T/log" "${steps[@]}" -- "${GOVERNING[@]}" "$@" \
		</dev/null >"$T/out" 2>"$T/err")
	status=$?
}

# holds NAME CODE - CODE, run in the workspace, is true.
holds() {
	if (cd "$WS" && eval "$2") >/dev/null 2>&1; then
		ok "$1"
		return
	fi
	not_ok "$1"
	note "status $status; not so: $2"
	tr -d '\r' <"$T/log" | cat -v >"$T/screen"
	note_file screen "$T/screen"
	note_file errors "$T/err"
}

# recorded NAME TEXT - the record's last question went so.
recorded() {
	"$AGENTOS" audit query --audit "$AUDIT" --verdict ask --json 2>&1 | tail -n 1 >"$T/rows"
	if grep -qF "$2" "$T/rows" && "$AGENTOS" audit verify --audit "$AUDIT" >"$T/rows"; then
		ok "$1"
	else
		not_ok "$1"
		note "not in the last row: $2"
		note_file rows "$T/rows"
	fi
}

write_new='echo new >asked/new'

drive expect:left key:y -- sh -c "$write_new"
holds "y: a file is written" '[ $status = 0 ] && [ "$(cat asked/new)" = new ]'
recorded "and who said so is recorded" '"answer":"granted","approver":"tty","approver_uid":'"$(id -u)"
drive expect:left key:n -- sh -c "$write_new"
holds "n: it is not" '[ $status != 0 ] && [ ! -e asked/new ]'
holds "and the agent is told why" 'grep -q "a person was asked and said no" "$T/log"'
recorded "and it is recorded" '"answer":"refused","approver":"tty"'
drive expect:left key:\\x03 expect:no -- sh -c "$write_new; echo after"
holds "Ctrl-C: no, and the run goes on" '[ ! -e asked/new ] && grep -q after "$T/log"'
drive expect:left key:x key:Y 'key:\x0d' 'key:\x1b' expect:left key:n -- sh -c "$write_new"
holds "any other key is none" '[ ! -e asked/new ] && grep -q "said no" "$T/log"'
drive expect:left 'key:?' 'expect:Ctrl-C' expect:left key:y -- sh -c "$write_new"
holds "?: help, and then y" '[ -e asked/new ]'

drive expect:left key:a -- sh -c 'for i in 1 2 3; do echo $i >>asked/old; done; cat asked/old'
holds "a: the same three times, one question" \
	'[ "$(wc -l <asked/old)" = 4 ] && [ "$(grep -c "run asks for" "$T/log")" = 1 ]'
recorded "and each time is recorded" '"answer":"granted-before","approver":"tty"'
drive expect:left key:a expect:asked/b key:n -- sh -c 'echo a >asked/a; echo b >asked/b; true'
holds "a: another file is another question" '[ -e asked/a ] && [ ! -e asked/b ]'
drive expect:left key:y expect:left key:n -- sh -c 'echo 1 >>asked/old; echo 2 >>asked/old'
holds "y: the same again is another question" '[ "$(tail -n 1 asked/old)" = 1 ]'

drive type:y 'expect:ready' type:yyy expect:left key:n -- sh -c "sleep 1; echo ready; $write_new"
holds "what was typed ahead is no answer" '[ ! -e asked/new ] && grep -q "said no" "$T/log"'
drive expect:left type:y 'shell:sleep 1' key:n -- sh -c "$write_new"
holds "nor what comes right with the question" '[ ! -e asked/new ]'
drive expect:left 'key:yes please' 'key:n' -- sh -c "$write_new"
holds "nor what is in the middle of other text" '[ ! -e asked/new ]'
drive expect:left 'key:\x1b]11;rgb:aaaa/aaaa/aaaa\x07' 'key:\x1b[My!y' key:n -- sh -c "$write_new"
holds "nor what a terminal says by itself" '[ ! -e asked/new ]'

drive 'expect:asked/old' expect:left key:y -- rm asked/old
holds "delete_file: y" '[ ! -e asked/old ]'
drive expect:left key:n -- rm asked/old
holds "delete_file: n" '[ -e asked/old ]'
drive expect:left key:y -- cat seen
holds "read_file: y" 'grep -q secret "$T/log"'
drive expect:left key:n -- cat seen
holds "read_file: n" '! grep -q secret "$T/log"'
drive expect:left 'key:n' -- mv seen elsewhere
holds "rename asks for reading too: n leaves all as it was" '[ -e seen ] && [ ! -e elsewhere ]'
drive expect:left key:y -- mv seen elsewhere
holds "and y moves it" '[ ! -e seen ] && [ -e elsewhere ]'
drive 'expect:argument 0' 'expect:in folder' 'expect:execute' expect:left key:y -- \
	sh -c '/bin/echo one "two three"; echo status $?'
holds "execute: y" 'grep -q "one two three" "$T/log" && grep -q "argument 2    *two three" "$T/log"'
drive expect:left key:n -- sh -c '/bin/echo one two; echo status $?'
holds "execute: n" '! grep -q "^one two" "$T/log" && grep -q "status 126" "$T/log"'
drive expect:left key:y -- python3 -c '
import subprocess
print(subprocess.run(["/bin/echo", "spawned"], capture_output=True).stdout)'
holds "execute: y for a child that a vfork waits for" 'grep -q "spawned" "$T/log"'
connects='import socket
try:
	socket.create_connection(("127.0.0.1", 9), 5)
except OSError as error:
	print(error.strerror)'
drive 'expect:127.0.0.1:9' expect:left key:y -- python3 -c "$connects"
holds "connect: y, and the peer answers" 'grep -q "Connection refused" "$T/log" && ! grep -q denied "$T/log"'
drive expect:left key:n -- python3 -c "$connects"
recorded "connect: n" '"answer":"refused"'
drive -- sh -c 'echo x >asked/never'
holds "where a rule denies, nobody is asked" '! grep -q "run asks for" "$T/log" && [ ! -e asked/never ]'

# What is shown.
TERM_INSIDE=xterm
drive 'expect:of  ' 'expect:\x1b[2J\u{202e}gpj.exe\x0a' expect:left key:n -- python3 -c '
open("asked/\x1b[2J\u202egpj.exe\n  of  safe", "w")'
holds "a file's name is shown escaped" \
	'! grep -qF "$(printf "\033[2J")" "$T/log" && grep -qF "\\x20of \\x20safe" "$T/log"'
TERM_INSIDE=
drive expect:left key:n -- sh -c 'cd asked; echo x >../asked/../asked/new'
holds "the path is shown as it is, and as it was written" \
	'grep -q "of  *$WS/asked/new" "$T/log" && grep -q "as written  *../asked/../asked/new" "$T/log"'
drive 'expect:started by' 'expect:bash' expect:left key:n -- bash -c 'sh -c "echo x >asked/new; true"; true'
holds "and which programs led there" '[ ! -e asked/new ]'
drive -- python3 -c '
import subprocess
try:
	subprocess.run(["/bin/echo", "x" * 9000])
except OSError as error:
	print(error)'
holds "what is too long to read is not asked" 'grep -q "too long to be shown" "$T/log"'

# Several at once, and those that go.
drive expect:left key:y expect:left key:n -- python3 -c '
import threading
def write(name):
	try:
		open("asked/" + name, "w").close()
	except OSError:
		pass
threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
[t.start() for t in threads]
[t.join() for t in threads]'
holds "two threads ask: one question after the other" '[ "$(ls asked)" = a"
"old ] || [ "$(ls asked)" = b"
"old ]'
drive expect:left key:y expect:left key:n -- python3 -c '
import threading
got = []
def write():
	try:
		open("asked/old", "a").close()
		got.append(1)
	except OSError:
		pass
threads = [threading.Thread(target=write) for i in range(2)]
[t.start() for t in threads]
[t.join() for t in threads]
print("granted:", len(got))'
holds "two ask for the same: y is for one" 'grep -q "granted: 1" "$T/log"'
drive expect:left key:a -- python3 -c '
import threading
got = []
def write():
	open("asked/old", "a").close()
	got.append(1)
threads = [threading.Thread(target=write) for i in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
print("granted:", len(got))'
holds "eight ask for the same: a is for all" 'grep -q "granted: 8" "$T/log"'
drive expect:left 'shell:kill -KILL $(cat pid)' expect:withdrawn -- sh -c 'echo $$ >pid; echo x >asked/new'
holds "one that is killed while it waits takes its question along" '[ $status = 137 ] && [ ! -e asked/new ]'
recorded "which is recorded" '"answer":"withdrawn"'
drive expect:left 'shell:kill -TERM {pid}' expect:withdrawn modes -- \
	sh -c 'trap "echo ending; sleep 1; exit 3" TERM; echo x >asked/new'
holds "a run that is told to end hears of it, and the terminal is as before" \
	'[ $status = 3 ] && [ ! -e asked/new ]'
drive expect:left key:y expect:done modes -- sh -c "$write_new; echo done; sleep 1"
holds "the terminal's modes are as before" '[ $status = 0 ]'
drive 'expect:ready' 'shell:kill -KILL {pid}' -- sh -c 'echo ready; echo x >asked/new'
holds "a supervisor that is killed grants nothing" '[ ! -e asked/new ] && within 5 no_processes'

# Programs inside that use the terminal themselves.
ENVIRONMENT=(PS1='ready> ')
drive 'expect:ready> ' 'type:echo x >asked/new; echo "did $((1 + 1))"\x0a' expect:left key:y 'expect:did 2' \
	'type:cp seen asked/t; echo "status $?."\x0a' expect:left key:n 'expect:status 1.' \
	'type:(sleep 0.5; echo x >asked/late) &\x0a' expect:left key:y expect:yes \
	'key:\x0await; echo "behind $((1 + 2))"\x0a' 'expect:behind 3' \
	'type:sleep 100\x0a' 'shell:sleep 1' 'type:\x1a' expect:Stopped \
	'type:(sleep 0.5; : >asked/two; : >asked/three) &\x0a' expect:left key:y expect:left key:y expect:yes \
	'key:\x0await %2; jobs -s | wc -l | sed "s/^/stopped: /"\x0a' 'expect:stopped: 1' \
	'type:fg\x0a' 'shell:sleep 1' 'type:\x03' 'type:echo "status $?,"\x0a' 'expect:status 130,' \
	'type:exit 7\x0a' -- bash --norc --noprofile -i
holds "a shell inside goes on, and so does its job control" \
	'[ $status = 7 ] && [ -e asked/new ] && [ ! -e asked/t ] && [ -e asked/late ] && [ -e asked/three ]'
drive expect:up 'type:k' 'expect:key k' expect:left key:y expect:drawn 'type:\x03' 'expect:key ^C' 'type:q' expect:bye modes -- \
	python3 -c '
import os, signal, subprocess, sys, termios, threading, time, tty
saved = termios.tcgetattr(0)
tty.setraw(0)
signal.signal(signal.SIGWINCH, lambda *unused: os.write(1, b"drawn\r\n"))
os.write(1, b"up\r\n")
def later():
	time.sleep(0.5)
	subprocess.run(["sh", "-c", ": >asked/new"])
thread = threading.Thread(target=later)
thread.start()
while True:
	key = os.read(0, 1)
	os.write(1, b"key " + (b"^C" if key == b"\3" else key) + b"\r\n")
	if key == b"q":
		break
thread.join()
termios.tcsetattr(0, termios.TCSANOW, saved)
os.write(1, b"bye\r\n")
time.sleep(1)'
holds "a program in raw mode goes on, and is told to draw anew" '[ $status = 0 ] && [ -e asked/new ] && [ "$(grep -c "key " "$T/log")" = 3 ]'
governing
command="$(printf '%q ' "${GOVERNING[@]}" sh -c "$write_new; echo stored")"
AGENTOS_RUN=env drive 'expect:ready> ' "type:$command &\\x0a" 'expect:waits until it is in the foreground' 'type:echo "meanwhile $((3 + 4))"\x0a' \
	'expect:meanwhile 7' 'type:fg\x0a' expect:left key:y expect:stored 'type:echo "then $((4 + 4))"\x0a' 'expect:then 8' \
	'type:exit 6\x0a' -- bash --norc --noprofile -i
holds "a run in the background asks when it is brought back" '[ $status = 6 ] && [ -e asked/new ]'
ENVIRONMENT=()

# Nobody there.
fresh
governing
(in_workspace setsid -w "${GOVERNING[@]}" sh -c "$write_new" </dev/null >"$T/out" 2>"$T/err")
status=$?
if [ "$status" != 0 ] && [ ! -e "$WS/asked/new" ] && grep -q "nobody was there to ask" "$T/err"; then
	ok "without a terminal it is refused, and says so"
else
	not_ok "without a terminal it is refused, and says so"
	note_file errors "$T/err"
fi
recorded "and recorded" '"answer":"nobody"'
RUN_OPTIONS+=(--ask deny)
drive -- sh -c "$write_new"
holds "--ask deny: nobody is asked" '! grep -q "run asks for" "$T/log" && [ ! -e asked/new ]'
RUN_OPTIONS[3]=socket
drive -- true
holds "--ask socket: not in this version" '[ $status = 125 ] && grep -q "not in this version" "$T/log"'
RUN_OPTIONS[3]=tty
fresh
governing
(in_workspace setsid -w "${GOVERNING[@]}" true </dev/null >"$T/out" 2>"$T/log")
status=$?
holds "--ask tty without one: the run does not start" '[ $status = 125 ]'
RUN_OPTIONS=(-p "$T/ask.yaml" --mode shadow)
drive -- sh -c "$write_new"
holds "shadow: nothing is asked" '! grep -q "run asks for" "$T/log" && [ -e asked/new ]'
RUN_OPTIONS=(-p "$T/ask.yaml")

# What the run itself can do with the terminal they share.
cat >"$T/hostile.py" <<'PYTHON'
# Whatever reads the terminal while a question stands writes what it got to the file `keys`.
import fcntl, os, signal, sys, termios, threading, time

keys = os.open("keys", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
for number in (signal.SIGTTIN, signal.SIGTTOU, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)


def read(fd):
    try:
        data = os.read(fd, 100)
    except OSError:
        return
    if data:
        os.write(keys, data)


def taking():  # takes the terminal for its own group again and again
    os.setpgid(0, 0)
    os.set_blocking(0, False)
    while True:
        try:
            os.tcsetpgrp(0, os.getpgrp())
        except OSError:
            pass
        read(0)


def elsewhere():  # of another session no terminal asks who is in the foreground
    os.setsid()
    while True:
        read(0)


def woken():  # what arrives at the terminal continues it, whoever has stopped it
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETSIG, signal.SIGCONT)
    fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
    while True:
        read(0)


def continuing():
    while True:
        os.kill(woken_pid, signal.SIGCONT)


def many():
    for i in range(20):
        threading.Thread(target=elsewhere_thread, daemon=True).start()
    time.sleep(1000)


def elsewhere_thread():
    while True:
        read(0)


def fleeing():  # never the same process for long
    end = time.monotonic() + 30
    while time.monotonic() < end:
        read(0)
        if os.fork():
            os._exit(0)


def start(what):
    pid = os.fork()
    if pid == 0:
        what()
        os._exit(0)
    return pid


os.set_blocking(0, False)
pids = [start(taking), start(elsewhere), start(many), start(fleeing)]
woken_pid = start(woken)
pids += [woken_pid, start(continuing)]
time.sleep(0.5)
try:
    open("asked/new", "w")
except OSError as error:
    print("so:", error.strerror)
sys.stdout.flush()
time.sleep(1)
print("over", flush=True)
os.write(keys, b".")
time.sleep(2)
os.system("kill -KILL %s" % " ".join(map(str, pids)))
PYTHON
prepare() { mkdir asked && cp "$T/hostile.py" . ; }
drive expect:left key:q type:wert 'key:zz' key:n expect:over 'type:later\x0a' 'shell:sleep 1' -- python3 hostile.py
holds "none of the run reads what the person types" '[ ! -e asked/new ] && grep -q "[.]" keys && ! grep -q "[qwertzn].*[.]" keys'
holds "and the control: they read what is typed afterwards" 'grep -q "[.].*[later]" keys'

# The time that a rule gives.
cat >"$T/timed.yaml" <<'YAML'
version: "1.0"
name: timed
rules:
  - name: ask-soon
    on: write_file
    path: asked/
    action: ask
    timeout: 2s
YAML
if "$AGENTOS" policy check "$T/timed.yaml" >/dev/null 2>&1; then
	RUN_OPTIONS=(-p "$T/timed.yaml")
	drive expect:left 'expect:no answer' -- sh -c "$write_new"
	holds "no answer in the time of the rule is no" \
		'[ ! -e asked/new ] && grep -q "there was no answer within 2s" "$T/log"'
	recorded "which is recorded" '"answer":"timeout"'
fi

# What is printed: the person sees it before anybody else, on the terminal that is the run's own no more.
cat >"$T/printed.yaml" <<'YAML'
version: "1.0"
name: printed
rules:
  - name: ask-print
    on: output
    pattern: "canary-[0-9]{4}"
    action: ask
YAML
RUN_OPTIONS=(-p "$T/printed.yaml")
print='a=canary; echo "<$a-4711>"; echo over; echo $?'
for key in y n; do
	drive expect:left key:$key expect:over modes -- sh -c "$print"
	recorded "printing: $key" "\"answer\":\"$([ $key = y ] && echo granted || echo refused)\""
	case $key in
	y) holds "... and it is there" 'tr -d "\r" <"$T/log" | grep -aqx "<canary-4711>"' ;;
	n) holds "... and it is not" '! tr -d "\r" <"$T/log" | grep -aqx "<canary-4711>"' ;;
	esac
done
