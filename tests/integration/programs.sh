#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Programs that people use give the same output and exit status bare and governed.
. "$(dirname "$0")/lib.sh"

DATA=$ROOT/tests/data

# --- shells

same_as_bare -e "sh: a loop, a folder, an exit status" sh -c '
	for i in 1 2 3; do echo $i >>f; done; cat f; mkdir -p d/e; cd d/e; cd ../..; ls; no-such-command
	echo error >&2; exit 7'
same_as_bare -e "bash: pipes" bash -c '
	seq 1000 | sort -rn | head -3; echo "${PIPESTATUS[*]}"
	diff <(seq 3) <(seq 4); cat <<<"here"; cat <<END
document
END
	seq 20000 | tee copy | wc -l; cmp <(seq 20000) copy && echo equal
	mkfifo fifo; (echo through >fifo) & cat fifo; wait
	coproc cat; echo co >&"${COPROC[1]}"; read -r line <&"${COPROC[0]}"; echo "$line"
	yes | head -n 2; false | true; echo $?; set -o pipefail; false | true'
same_as_bare "bash: jobs" bash -c '
	set -m
	sleep 0.2 & sleep 0.3 & wait; jobs | wc -l
	sleep 30 & kill %1; wait %1; echo "killed: $?"
	(exit 3) & wait $!; echo "status: $?"
	sleep 30 & kill -STOP %1; until [[ $(jobs -s) ]]; do :; done; jobs -s | cut -d " " -f 2-3
	kill -CONT %1; kill %1; wait; echo done'
same_as_bare "bash: traps" bash -c '
	trap "echo usr1" USR1; trap "echo leaving" EXIT; trap "echo failed at \$LINENO" ERR
	kill -USR1 $$; false
	bash -c "trap \"echo int; exit 4\" INT; kill -INT \$\$"; echo $?
	bash -c "kill -SEGV \$\$" 2>/dev/null; echo $?
	exec 5>five; echo five >&5; exec 5>&-; cat five; ulimit -c; umask 027; >private; stat -c %a private
	exit 9'
same_as_bare "a script with an interpreter line" sh -c '
	printf "#!/bin/sh\necho script \$1; exit 3\n" >script; chmod +x script; ./script one; echo $?
	printf "#!%s/script\n" "$PWD" >second; chmod +x second; ./second two | sed "s,$PWD,,"'
same_as_bare "the status of a signal" sh -c 'kill -TERM $$'
same_as_bare "a program that is not there" sh -c 'sh -c "exec no-such-program"; echo $?; ./neither; echo $?; touch f; ./f; echo $?'

# --- the tools

prepare() {
	mkdir -p tree/a/b tree/c
	for i in $(seq 1 40); do echo "line $i of the tree" >"tree/a/f$i"; done
	cp tree/a/f1 tree/a/b/same
	ln tree/a/f1 tree/c/hard
	ln -s ../a/f2 tree/c/soft
	touch -d '2026-01-02 03:04:05 UTC' tree/a/f* tree/a/b tree/c/hard
	chmod 600 tree/a/f3
}
LIST='find . -printf "%P %y %m %s %l\n" | sort'
same_as_bare -e "tar" sh -c "
	tar -cf t.tar tree && mkdir out && tar -xpf t.tar -C out && cd out && $LIST
	tar -czf ../t.tgz tree && tar -tzf ../t.tgz | sort | tail -n 3"
same_as_bare -e "find" sh -c '
	find tree -type f -name "f1*" | sort; find tree -newermt 2026-06-01 -type l
	find tree -name "f3?" -delete; find tree -name "f4*" -exec sh -c "echo \$1" - {} \; | sort
	find . -type f | wc -l; find missing; echo $?'
same_as_bare -e "grep -r" sh -c 'grep -rc "line 3" tree | sort; grep -rl "line 40 of" tree; grep -rq nothing tree'
same_as_bare -e "sed -i" sh -c 'sed -i s/line/LINE/ tree/a/f*; cat tree/a/f1 tree/c/hard; ls -l tree/a/f3 | cut -c 1-10'
same_as_bare -e "cp, mv, ln, chmod, touch, rm" sh -c "
	cp -a tree copy; cp -al tree links; mv copy moved; mv moved/a/f5 moved/c; ln -sf f6 moved/a/f7
	chmod -R go-rwx moved; touch -d '2020-02-02 UTC' moved/c; truncate -s 3 moved/a/f8
	install -m 750 -D moved/a/f9 new/dir/f9; rm -r links; $LIST; stat -c '%Y %n' moved/c; rmdir tree"
same_as_bare -e "xargs, sort, awk, diff, patch" sh -c '
	find tree/a -maxdepth 1 -type f -print0 | sort -z | xargs -0 -n 7 -P 4 cat | sort | awk "{ n += \$2 } END { print n }"
	diff -r tree/a tree/c; cp tree/a/f1 new; echo more >>new; diff tree/a/f1 new >p; cp tree/a/f1 old
	cat p; split -n 3 p; cat xa? | cmp - p; dd if=/dev/zero of=zero bs=4096 count=8 2>/dev/null; sha256sum zero'
if need rsync; then
	same_as_bare -e "rsync" sh -c "
		rsync -aH tree/ copy/ && cd copy && $LIST && cd .. && echo more >>tree/a/f1 && rm tree/a/f2
		rsync -ai --delete tree/ copy/ | cut -c 1-12,13- | grep -v '^.d' | sort"
fi
prepare() { :; }
same_as_bare "what a program may look at" sh -c '
	head -c 8 /dev/urandom | wc -c; cat /dev/null; echo x >/dev/null; test -r /etc/passwd; echo $?
	readlink /proc/self/cwd | xargs basename; ls /proc/self/fd | grep -c "^[012]\$"; id -u; uname -s
	cut -d " " -f 1 /proc/uptime | grep -c .; grep -c processor /proc/cpuinfo'

# --- building

prepare() { cp -r "$DATA/cproject/." .; }
if need gcc make; then
	same_as_bare -e "make and gcc" make check
	same_as_bare -e "make -j2, and nothing to do the second time" sh -c \
		'make -s -j2 words && make words && touch -d "+1 hour" words.h && make -q words; echo $?; make clean; ls'
	same_as_bare "gcc says what is wrong" sh -c 'echo "int f(void) { return x; }" >bad.c; gcc -c bad.c; echo $?'
fi

prepare() { cp "$DATA/programs/"* .; }
if need gcc; then
	same_as_bare -e "a dynamic program" sh -c 'gcc -o hello hello.c && ./hello'
	same_as_bare -e "a static program" sh -c 'gcc -static -o hello hello.c && ./hello'
fi
if need musl-gcc; then
	same_as_bare -e "a static musl program" sh -c 'musl-gcc -static -o hello hello.c && ./hello'
	same_as_bare -e "a dynamic musl program" sh -c 'musl-gcc -o hello hello.c && ./hello'
fi
if need perl; then
	same_as_bare -e "perl" perl program.pl
fi

# A terminal for what the program starts, as expect, tmux, ssh and agents make one.
if need script; then
	same_as_bare "a pseudo-terminal of its own" script -qec '
		test -t 0 && test -t 1 && stty -echo && stty size && echo "to the terminal" >/dev/tty; exit 3' /dev/null
fi
if need python3; then
	same_as_bare "a pseudo-terminal, by python" python3 -c '
import pty, sys
sys.exit(pty.spawn(["sh", "-c", "test -t 1 && echo terminal; exit 4"]) >> 8)'
fi
