#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Who has made a call, as the record says it: workers keep what they found out about a caller, and must
# not keep it beyond an execve, a thread's end, or the end of a process whose number comes again.
. "$(dirname "$0")/lib.sh"

need python3 || exit
python=$(readlink -f "$(command -v python3)")
shell=$(readlink -f /bin/sh)

# wrote NAME FIELD - what the record says in FIELD of all that was done to files whose names begin so
wrote() {
	"$AGENTOS" audit query --audit "$AUDIT" --json >"$T/rows"
	python3 - "$T/rows" "$1" "$2" <<'PYTHON'
import json, os, sys
rows = [json.loads(line) for line in open(sys.argv[1])]
print(*sorted({str(row.get(sys.argv[3])) for row in rows
               if os.path.basename(row.get("path") or row.get("target") or "").startswith(sys.argv[2])}))
PYTHON
}

# Enough files that each worker has met the process before its execve and meets it after.
cat >"$T/many.py" <<'PYTHON'
import sys
for i in range(40):
    open("%s%d" % (sys.argv[1], i), "w").close()
PYTHON
prepare() {
	cp "$T/many.py" "$T/threads.py" .
}
cat >"$T/threads.py" <<'PYTHON'
import os, sys, threading
def write(name):
    for i in range(40):
        open("%s%d" % (name, i), "w").close()
threads = [threading.Thread(target=write, args=("thread",)) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(os.getpid(), flush=True)
# One that is not the first executes: its number becomes the process's. The first writes meanwhile.
begun = threading.Event()
def execute():
    begun.wait()
    os.execv("/bin/sh", ["sh", "-c", "i=0; while [ $i -lt 40 ]; do : >after$i; i=$((i + 1)); done"])
threading.Thread(target=execute).start()
while True:
    write("before")
    begun.set()
PYTHON

fresh
governed sh -c "i=0; while [ \$i -lt 40 ]; do : >shell\$i; i=\$((i + 1)); done; exec $python many.py next"
same "what a shell wrote before its execve is recorded as the shell's" "$shell" "$(wrote shell program)"
same "what the next program wrote after it is recorded as that one's" "$python" "$(wrote next program)"

fresh
governed "$python" threads.py
pid=$(sed -n 1p "$T/out")
same "what threads write is recorded as their process's" "$pid" "$(wrote thread pid)"
same "of the program that it runs" "$python" "$(wrote thread program)"
same "also while one of them executes another" "$python" "$(wrote before program)"
same "and then as the other's" "$shell" "$(wrote after program)"
same "of the same process" "$pid" "$(wrote after pid)"

fresh
governed sh -c "for i in 1 2 3 4 5 6 7 8; do (: >child\$i); $python many.py other\$i; done"
same "what children write is recorded as theirs" "$python" "$(wrote other program)"
same "and what their parent's children write as the shell's" "$shell" "$(wrote child program)"
