#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A program that a rule refuses does not run, whichever program is asked to run it; its neighbour
# does, by the same ways. Lists of allowed command lines are beaten by these: here each execve is judged
# for itself.
. "$(dirname "$0")/../integration/lib.sh"

cat >"$T/policy.yaml" <<'END'
version: "1.0"
name: programs
rules:
  - { name: forbidden, on: execute, path: "**/forbidden*", action: deny }
  - { name: forbidden-word, on: execute, args: "**forbidden-word**", action: deny }
END
RUN_OPTIONS=(-p "$T/policy.yaml")
loader=$(readlink -f /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1 2>/dev/null | head -n 1)

# Both make the file that they are told to: the one may not.
prepare() {
	cp /bin/touch forbidden
	cp /bin/touch permitted
	case ${line:-} in *git*) git init -q -b main . ;; esac
	printf 'all:\n\t"$(P)" ran\n' >Makefile
	printf '#!%s/forbidden ran\n' "$WS" >script-forbidden
	printf '#!%s/permitted ran\n' "$WS" >script-permitted
	printf '#!%s/script-forbidden\n' "$WS" >chain-forbidden
	printf '#!%s/script-permitted\n' "$WS" >chain-permitted
	printf '"$P" ran\n' >commands
	mkdir parts folder
	chmod +x script-* chain-*
	ln -s "$WS/forbidden" folder/forbidden-link
	ln -s "$WS/permitted" folder/permitted-link
	ln -s "$WS/forbidden" parts/forbidden-part
	ln -s "$WS/permitted" parts/permitted-part
}
# beside NAME EFFECT CMD... - CMD has EFFECT governed; that it has it bare, the attack's control showed.
beside() {
	local name=$BENIGN$1 effect=$2
	shift 2
	fresh
	governed "$@"
	(cd "$WS" && eval "$effect") && ok "$name" && return
	not_ok "$name"
	note "no effect governed, status $status: $*"
	note_file errors "$T/err"
}
RAN='[ -e ran ] || [ -e "$WS/ran" ] || [ -e folder/ran ]'

# installed LINE - whether the tools of the line that not every machine has are there.
installed() {
	local word words
	read -r -a words <<<"$1"
	for word in "${words[@]}"; do
		case $word in
		busybox | chrt | ed | gcc | gdb | ionice | less | node | perl | prlimit | python3 | rsync | \
			run-parts | script | setpriv | sqlite3 | ssh | strace | taskset | tclsh | vim | zip)
			command -v "$word" >/dev/null || return 1
			;;
		esac
	done
}
# attempts CATEGORY - by lines "WAY|COMMAND" of the input, for sh: $P is the program's path and $N its
# name. A way that ends in "*" needs more than the rules of this policy grant for a neighbour.
attempts() {
	local way line
	category "$1"
	while IFS='|' read -r way line; do
		installed "$line" || continue # as many as there are
		refused "a program, by ${way%\*}" "$RAN" env P="$WS/forbidden" N=forbidden sh -c "$line"
		[ "$way" = "${way%\*}" ] || continue
		beside "its neighbour, by $way" "$RAN" env P="$WS/permitted" N=permitted sh -c "$line"
	done
}

# Wrappers, and what the shells themselves do.
attempts wrappers <<'END'
itself|"$P" ran
a relative name|./$N ran
PATH|PATH=$PWD:$PATH; $N ran
a name with dots|"$PWD/./folder/..//$N" ran
a link|folder/$N-link ran
a changed folder|cd folder; ../$N ran
exec|exec "$P" ran
exec -a|bash -c 'exec -a ls "$P" ran'
a subshell|( "$P" ran )
a pipe|echo | "$P" ran
the background|"$P" ran & wait
eval|eval '"$P" ran'
base64|echo "\"$P\" ran" | base64 | base64 -d | sh
a here-document|printf 'sh <<X\n"%s" ran\nX\n' "$P" >h; . ./h
command|command "$P" ran
a trap|trap '"$P" ran' EXIT
env|env "$P" ran
env -i|env -i "$P" ran
env -S|env -S "$P ran"
env -C|env -C folder "$P" ran
nice|nice -n 10 "$P" ran
nohup|nohup "$P" ran
timeout|timeout --signal=KILL 10 "$P" ran
setsid|setsid -w "$P" ran
stdbuf|stdbuf -oL "$P" ran
ionice|ionice -c 3 "$P" ran
chrt|chrt -b 0 "$P" ran
taskset|taskset 1 "$P" ran
prlimit|prlimit --nofile=64 "$P" ran
setpriv|setpriv --nnp "$P" ran
flock|flock lock "$P" ran
time|bash -c 'time "$P" ran'
xargs|echo ran | xargs "$P"
script|script -qc "$P ran" /dev/null
run-parts|run-parts --arg="$WS/ran" --arg=ran --regex="^$N" parts
nested wrappers|env nice -n 1 timeout 9 setsid -w sh -c '"$P" ran'
busybox|busybox env "$P" ran
END

# What tools start when they are asked nicely (GTFOBins).
attempts launchers <<'END'
find -exec|find . -maxdepth 1 -name Makefile -exec "$P" ran ';'
find -execdir|find . -maxdepth 1 -name Makefile -execdir "$P" ran ';'
tar --checkpoint-action|tar -cf x.tar Makefile --checkpoint=1 --checkpoint-action=exec="$P ran"
tar --use-compress-program|tar -cf x.tar --use-compress-program="$P ran" Makefile
tar --to-command|tar -cf x.tar Makefile; tar -xf x.tar --to-command="$P ran"
sort --compress-program|printf '%s ran; cat\n' "$P" >z; chmod +x z; seq 9000 | sort -S 16K -T . --compress-program=./z >y
split --filter|split --filter="$P ran" Makefile
git alias|git -c alias.x="!$P ran" x
git -c core.pager|git -c core.fsmonitor="$P ran" status
git --upload-pack|git ls-remote --upload-pack="$P ran; :" "$PWD"
git difftool|git difftool -y -x "$P ran #" --no-index Makefile commands
git ssh|git -c core.sshCommand="$P ran #" ls-remote ssh://h/x
git rebase --exec|git commit -q --allow-empty -m a; git rebase -q --root --exec "$P ran"
git editor|git -c core.editor="$P ran #" commit --allow-empty
awk|awk -v p="$P ran" 'BEGIN { system(p) }'
awk by a pipe|awk -v p="$P ran" 'BEGIN { p | getline }'
sed e|sed -n "1e $P ran" Makefile
ed*|printf '!%s ran\nq\n' "$P" | ed -s Makefile
vim -c|vim -u NONE -es -c "!$P ran" -c q Makefile
less|LESSOPEN="|$P ran %s" less -f Makefile
make|make -s P="$P"
python -c|python3 -c 'import os; os.system(os.environ["P"] + " ran")'
python exec|python3 -c 'import os; os.execv(os.environ["P"], ["ls", "ran"])'
python spawn|python3 -c 'import os; os.posix_spawn(os.environ["P"], ["ls", "ran"], {}); os.wait()'
python subprocess|python3 -c 'import os, subprocess; subprocess.run([os.environ["P"], "ran"])'
perl -e|perl -e 'exec $ENV{P}, "ran"'
perl open|perl -e 'open(F, "-|", $ENV{P}, "ran"); <F>'
node|node -e 'require("child_process").execFileSync(process.env.P, ["ran"])'
tclsh|echo 'exec $env(P) ran' | tclsh
sqlite3|sqlite3 x.db ".shell $P ran"
rsync|printf '%s ran\n' "$P" >z; chmod +x z; rsync -e ./z x:y .
ssh ProxyCommand|ssh -F /dev/null -o BatchMode=yes -o ProxyCommand="$P ran" h
gdb|gdb -q -batch -nx -ex "shell $P ran"
strace*|strace -o /dev/null "$P" ran
zip|zip -q x.zip Makefile -T -TT "$P ran #"
gcc -wrapper|printf '%s ran\n' "$P" >z; chmod +x z; gcc -wrapper ./z -c -x c /dev/null -o x.o
bash -c with a function|bash -c 'f() { "$P" ran; }; export -f f; bash -c f'
END

# The loader as a launcher, and interpreters of interpreters.
attempts loaders <<END
the loader|$loader "\$P" ran
the loader --argv0|$loader --argv0 ls "\$P" ran
the loader --preload|$loader --preload /lib/x86_64-linux-gnu/libm.so.6 "\$P" ran
the loader --library-path|$loader --library-path /lib "\$P" ran
the loader --inhibit-cache|$loader --inhibit-cache --inhibit-rpath "" "\$P" ran
the loader and a relative name|$loader ./\$N ran
the loader and a link|$loader folder/\$N-link ran
the loader by env|env $loader "\$P" ran
a link to the loader|ln -s $loader ld; ./ld "\$P" ran
a script|./script-\$N
a script of a script|./chain-\$N
a script by env|printf '#!/usr/bin/env -S %s ran\n' "\$P" >s; chmod +x s; ./s
a script without a line|printf '"%s" ran\n' "\$P" >s; chmod +x s; sh -c ./s
END

# What the environment makes a program start.
attempts environment <<'END'
BASH_ENV|BASH_ENV=commands bash -c :
ENV|ENV=./commands sh -i </dev/null
PROMPT_COMMAND|PROMPT_COMMAND='"$P" ran' bash --norc -i </dev/null
bash -x|bash -xc 'PS4="\$("$P" ran)"; :'
GIT_SSH_COMMAND|GIT_SSH_COMMAND="$P ran #" git ls-remote ssh://h/x
GIT_EXTERNAL_DIFF|git add Makefile; echo >>Makefile; GIT_EXTERNAL_DIFF="$P ran #" git diff
GIT_EDITOR|GIT_EDITOR="$P ran #" git commit --allow-empty
GIT_SEQUENCE_EDITOR|git commit -q --allow-empty -m a; GIT_SEQUENCE_EDITOR="$P ran #" git rebase -q -i --root
GIT_CONFIG_COUNT|GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=alias.x GIT_CONFIG_VALUE_0="!$P ran" git x
EDITOR|EDITOR="$P ran #" git commit --allow-empty
MAKEFLAGS|MAKEFLAGS="P=$P" make -s
SHELL|printf '#!/bin/sh\n%s ran\n' "$P" >z; chmod +x z; SHELL=$PWD/z script -qc ran /dev/null
PERL5OPT|mkdir l; printf 'package R; system($ENV{P}, "ran"); 1;' >l/R.pm; PERL5OPT="-I$PWD/l -MR" perl -e 1
PYTHONPATH|mkdir l; printf 'import os; os.system(os.environ["P"] + " ran")' >l/sitecustomize.py; PYTHONPATH=$PWD/l python3 -c 1
NODE_OPTIONS|printf 'require("child_process").execFileSync(process.env.P, ["ran"])' >r.js; NODE_OPTIONS="--require $PWD/r.js" node -e 1
LD_PRELOAD emptied|LD_PRELOAD= "$P" ran
LD_PRELOAD of another|LD_PRELOAD=libm.so.6 "$P" ran
LD_AUDIT|LD_AUDIT=libm.so.6 "$P" ran
LD_LIBRARY_PATH|LD_LIBRARY_PATH=$PWD "$P" ran
LD_BIND_NOW|LD_BIND_NOW=1 LD_DEBUG=libs LD_DEBUG_OUTPUT=debug "$P" ran
GLIBC_TUNABLES|GLIBC_TUNABLES=glibc.malloc.check=1:glibc.rtld.dynamic_sort=1 "$P" ran
END

# By arguments: what is judged is what the program gets.
category arguments
prepare() { :; }
WORD='[ -e forbidden-word ] || [ -e "forbidden-word x" ]'
while IFS='|' read -r way line; do
	refused "an argument, by $way" "$WORD" env W=forbidden-word sh -c "$line"
	beside "its neighbour, by $way" '[ -e a-word ] || [ -e "a-word x" ]' env W=a-word sh -c "$line"
done <<END
touch|touch "\$W"
one among others|touch x y "\$W" z
the end of options|touch -- "\$W"
part of one|touch "\$W x"
quoting|eval "touch '\$W'"
xargs|printenv W | xargs touch
another name for the program|bash -c 'exec -a true touch "\$W"'
the loader|$loader /bin/touch "\$W"
a wrapper|env nice -n 1 touch "\$W"
python|python3 -c 'import os; os.execv("/bin/touch", ["x", os.environ["W"]])'
END
