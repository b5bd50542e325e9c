#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A workspace on a file system that ignores letter case (exFAT): what a rule refuses under one spelling is
# the same file under every other.
. "$(dirname "$0")/../integration/lib.sh"

PROGRAMS=$BUILD/tests/adversarial
SECRET=canary-$$-$RANDOM$RANDOM
DISK=$T/disk
category letter-case

finally() { ! mountpoint -q "$DISK" || umount -l "$DISK"; }

# mount_disk - the disk, or the reason why there is none.
mount_disk() {
	[ "$(id -u)" = 0 ] || reason="kernel lets nobody but root mount a disk"
	[ -e /dev/loop-control ] || reason="kernel has no loop devices"
	[ -z "${reason:-}" ] || return 1
	if ! command -v mkfs.exfat >/dev/null; then
		reason="not installed: mkfs.exfat"
		return 1
	fi
	mkdir "$DISK"
	truncate -s 32M "$T/image"
	mkfs.exfat "$T/image" >"$T/mkfs" 2>&1
	# The kernel's own, or by FUSE.
	for kind in exfat exfat-fuse; do
		mount -t "$kind" -o loop,umask=077 "$T/image" "$DISK" >>"$T/mkfs" 2>&1 && return
	done
	reason="kernel has no exFAT, and mount.exfat-fuse does not help: $(tail -n 1 "$T/mkfs")"
	return 1
}
if ! mount_disk; then
	skip "${ATTACK}every spelling" "$reason"
	exit 0
fi

# By FUSE nothing is renamed without replacing, so the record is made elsewhere and brought here.
governed true
cp "$AUDIT" "$T/made.db"
cp -a "$XDG_STATE_HOME" "$T/made.keys"
WS=$DISK/ws
AUDIT=$WS/state/audit.db
RUN_OPTIONS=(-p "$WS/state/policy.yaml")
prepare() {
	mkdir state secrets folder
	cp "$T/made.db" state/audit.db
	cat >state/policy.yaml <<'END'
version: "1.0"
name: mine
rules:
  - { name: folder, on: [read_file, write_file, delete_file], path: secrets/, action: deny }
  - { name: Capitals, on: [read_file, write_file], path: Private.txt, action: deny }
  - { name: tool, on: execute, program: tool, action: deny }
END
	for file in .env .env.local server.key secrets/plain private.txt; do
		echo "$SECRET" >$file
	done
	echo neighbour >readme.md
	printf '#!/bin/sh\necho ran\n' >tool
	cp tool helper
	git init -q -b main .
	cp "$PROGRAMS/reading" "$PROGRAMS/writing" .
}
fresh
check "the disk ignores letter case" cmp "$WS/.env" "$WS/.ENV"

came='grep -qs "$SECRET" "$T/out"'
for name in .ENV .eNv .Env.Local SERVER.KEY SECRETS/plain Secrets/PLAIN private.txt PRIVATE.TXT; do
	refused "a secret as $name" "$came" cat "$name"
done
for way in open openat2 instruction high-halves pin; do
	refused "a secret as .ENV, by $way" "$came" ./reading "$way" .ENV
done
refused "a secret through a link" "$came" sh -c 'ln -s "$PWD/.ENV" "$TMPDIR/link"; cat "$TMPDIR/link"; rm "$TMPDIR/link"'
refused "a secret in a working folder" "$came" sh -c 'cd SECRETS && cat plain'
refused "a secret by a descriptor of its folder" "$came" sh -c 'exec 3<SECRETS; cat /proc/self/fd/3/plain'
refused "a secret moved away" 'cat stolen' mv .ENV stolen
refused "a secret exchanged" 'grep -qs "$SECRET" readme.md' python3 -c '
import os
os.rename(".ENV", "x"); os.rename("readme.md", ".ENV"); os.rename("x", "readme.md")'
refused "a folder of secrets moved away" 'cat moved/plain' mv SECRETS moved

refused "a secret changed" 'grep -qs mark .env' sh -c 'echo mark >>.ENV'
refused "a secret emptied" '! [ -s .env ]' truncate -s 0 .ENV
refused "a secret removed" '! [ -e .env ]' rm -f .ENV
refused "a secret's times" '[ "$(stat -c %Y .env)" -lt 1500000000 ]' touch -d 2001-01-01 .ENV
refused "a name that does not exist yet" '[ -e .env.new ]' sh -c 'echo x >.ENV.NEW'
refused "such a name by rename" '[ -e .env.new ]' mv readme.md .ENV.New
refused "such a name as a folder" '[ -e .env.new ]' mkdir .ENV.NEW
refused "an old name by rename" 'grep -qs neighbour .env' mv -f readme.md .ENV
refused "a file in a closed folder" '[ -e secrets/new ]' touch SECRETS/new
refused "a file removed from it" '! [ -e secrets/plain ]' rm -f SECRETS/PLAIN

refused "a git setting" 'grep -qs fsmonitor .git/config' sh -c 'echo "[core] fsmonitor = x" >>.GIT/config'
refused "a git setting by rename" 'grep -qs fsmonitor .git/config' \
	sh -c 'echo "[core] fsmonitor = x" >c; mv -f c .git/CONFIG'
refused "a hook" '[ -e .git/hooks/pre-commit ]' sh -c 'mkdir -p .GIT/HOOKS; cp helper .GIT/HOOKS/pre-commit'
refused "a hook in a folder that is moved there" '[ -e .git/hooks/pre-commit ]' \
	sh -c 'rm -r .git/hooks; cp helper folder/pre-commit; mv folder .GIT/HOOKS'
refused "a git folder that is moved there" '[ -e folder/.git/hooks/pre-commit ]' \
	sh -c 'mkdir -p g/hooks; cp helper g/hooks/pre-commit; mv g folder/.GIT'
refused "an editor's tasks" '[ -e .vscode/tasks.json ]' sh -c 'mkdir .VSCode; echo >.VSCode/Tasks.json'
refused "an agent's settings" '[ -e .claude/settings.json ]' \
	sh -c 'mkdir g; echo >g/settings.json; mv g .Claude'
refused "a program" 'grep -qs ran "$T/out"' ./TOOL

fresh
check_not "agentos why says it of a path there" "$AGENTOS" why -w "$WS" read_file path=.ENV
check "agentos why --all says which rule" eval '"$AGENTOS" why --all -w "$WS" read_file path=.ENV |
	sed "1,/^letter case does not count there/d" | grep -q matched'
check "agentos why says it of a neighbour" "$AGENTOS" why -w "$WS" read_file path=README.MD

# A git folder in disguise: what judges is a program that git ran.
# plant NAME SCRIPT - the script makes a folder x that git takes for one of its own.
plant() {
	refused "$1" 'git status >/dev/null 2>&1; [ -e "$T/tmp/ran" ] && rm "$T/tmp/ran"' sh -c "
		rm -rf .git; printf '#!/bin/sh\ntouch $T/tmp/ran\n' >program; echo 'gitdir: x' >.git
		monitor() { printf '[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tfsmonitor = %s/program\n' \"\$PWD\"; }
		$2"
}
plant "a git folder in disguise, its setting last" \
	'mkdir -p x/OBJECTS x/Refs/heads; echo "ref: refs/heads/main" >x/HEAD; monitor >x/CONFIG'
plant "a git folder in disguise, its setting first" \
	'mkdir x; monitor >x/CONFIG; mkdir -p x/OBJECTS x/REFS/heads; echo "ref: refs/heads/main" >x/HEAD'
plant "a git folder in disguise, its setting moved there" \
	'mkdir -p x/objects x/refs/heads; echo "ref: refs/heads/main" >x/head; monitor >c; mv c x/Config'

# The governor's own files.
for file in STATE/AUDIT.DB state/Audit.db; do
	refused "the record as $file is not read" 'grep -qsa "SQLite format" "$T/out"' cat "$file"
	refused "the record as $file is not changed" 'grep -qsa "mark$" state/audit.db' sh -c "echo mark >>$file"
	refused "the record as $file is not removed" '! [ -e state/audit.db ]' rm -f "$file"
done
refused "the record's companions are not made" '[ -e state/audit.db-journal ]' touch STATE/AUDIT.db-JOURNAL
refused "the folder of the record is not moved" '[ -e moved ]' mv STATE moved
refused "the policy is not changed" 'grep -qs mark state/policy.yaml' sh -c 'echo "# mark" >>State/Policy.YAML'
refused "the next policy is not made" '[ -e agentos.yaml ]' touch AgentOS.yaml
fresh
rm -rf "$XDG_STATE_HOME" # the anchor is that of the record that was put back
cp -a "$T/made.keys" "$XDG_STATE_HOME"
governed sh -c 'cat STATE/audit.db; rm -f state/AUDIT.db; echo >>State/Audit.db'
check "the record is there and whole" "$AGENTOS" audit verify --audit "$AUDIT"

# What must go on working.
allowed "a neighbour under another spelling" 'grep -qs neighbour "$T/out"' cat README.md
allowed "a neighbour is changed under another spelling" 'grep -qs more readme.md' sh -c 'echo more >>README.MD'
allowed "a name that changes its spelling" '[ "$(ls | grep -ix readme.md)" = README.md ]' mv readme.md README.md
allowed "an example of an environment file" 'grep -qs x .env.example' sh -c 'echo x >.ENV.EXAMPLE'
allowed "a folder under another spelling" '[ -e folder/x ]' sh -c 'echo >FOLDER/x; mv Folder/X FOLDER/y; touch folder/x'
allowed "folders that move" '[ -e Other/x ]' sh -c 'touch folder/x; mv FOLDER Other'
allowed "a program under another spelling" 'grep -qs ran "$T/out"' ./HELPER
allowed "the policy is read" 'grep -qs mine "$T/out"' cat STATE/policy.yaml
same_as_bare -e "${BENIGN}git" sh -c '
	mkdir repo && cd repo && git init -q -b main . && echo a >File && git add File && git commit -qm first &&
	git mv File file && git commit -qm second && git checkout -qb other && git branch -D main &&
	git clone -q . ../Clone && git -C ../CLONE log --format=%s && git status --short && ls -a'
