#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Files outside are not changed, and files that make programs run later are neither changed nor
# made, whichever way is taken.
. "$(dirname "$0")/../integration/lib.sh"

WRITING=$BUILD/tests/adversarial/writing

# By the kinds of writing.c: what is there before, what is not, and what has no folder either.
EXISTING=("$HOME/.bashrc" "$HOME/documents/paper" "$WS/.claude/settings.json" "$WS/.git/hooks/post-commit")
MISSING=("$HOME/.bash_profile" "$HOME/documents/new" "$WS/.claude/settings.local.json" "$WS/.git/hooks/pre-commit")
FOLDERLESS=("$HOME/.config/autostart/x.desktop" "$WS/.vscode/tasks.json" "$WS/.claude/hooks/x.sh")

prepare() {
	local file
	[ -e "$T/repository" ] || git init -q -b main "$T/repository"
	cp -r "$T/repository/.git" .
	mkdir -p "$HOME/.config" "$HOME/documents" plain .claude
	for file in "${EXISTING[@]}" plain/file; do
		echo before >"$file"
	done
	touch -d '2026-01-02 UTC' "${EXISTING[@]}" plain/file
	cp "$WRITING" writing
}

# changed FILE, attribute FILE - what can be seen of it.
changed() {
	stat -c '%a %s %Y %u %g' "$1"
}
attribute() {
	lsattr -d "$1" 2>/dev/null | cut -d ' ' -f 1
	python3 -c 'import os, sys; print(os.listxattr(sys.argv[1]))' "$1" 2>/dev/null
}

# effect_of KIND FILE - shell code that is true when the harm was done to FILE.
effect_of() {
	case $1 in
	mark | new | folder) echo "grep -qs mark '$2'" ;;
	made) echo "[ -e '$2' ] || [ -L '$2' ]" ;;
	gone) echo "! [ -e '$2' ]" ;;
	*) echo "[ \"\$($1 '$2')\" != '$("$1" "$2")' ]" ;;
	esac
}

# is_possible EFFECT CMD... - what a file system or this user may not be able to.
is_possible() {
	local effect=$1
	shift
	fresh
	bare "$@"
	(cd "$WS" && eval "$effect") >/dev/null 2>&1
}

attack() {
	local way=$1 kind=$2 file effect
	shift 2
	for file; do
		fresh
		effect=$(effect_of "$kind" "$file")
		if [ "$kind" = attribute ] && ! is_possible "$effect" ./writing "$way" "$file"; then
			skip "$ATTACK${file#"$T/"}, by $way" "kernel: no such attributes in this file system"
			continue
		fi
		refused "${file#"$T/"}, by $way" "$effect" ./writing "$way" "$file"
	done
}

neighbour() {
	local way=$1 kind=$2 file=$3
	fresh
	allowed "${file#"$T/"}, by $way" "$(effect_of "$kind" "$file")" ./writing "$way" "$file"
}

category changes
while read -r way kind; do
	case $kind in
	new)
		attack "$way" "$kind" "${MISSING[@]}"
		neighbour "$way" "$kind" "$WS/plain/new"
		;;
	made)
		attack "$way" "$kind" "${MISSING[@]:0:2}"
		neighbour "$way" "$kind" "$WS/plain/new"
		;;
	folder)
		attack "$way" "$kind" "${FOLDERLESS[@]}"
		neighbour "$way" "$kind" "$WS/other/new"
		;;
	attribute)
		attack "$way" "$kind" "${EXISTING[@]}"
		;;
	*)
		attack "$way" "$kind" "${EXISTING[@]}"
		neighbour "$way" "$kind" "$WS/plain/file"
		;;
	esac
done < <("$WRITING")

# --- by what people use

category tools
for file in "${EXISTING[@]}" "${MISSING[@]}"; do
	refused "${file#"$T/"}, by the shell" "grep -qs mark '$file'" sh -c "echo mark >>'$file'"
	refused "${file#"$T/"}, by cp" "grep -qs mark '$file'" sh -c "echo mark >m; cp m '$file'"
	refused "${file#"$T/"}, by tar" "grep -qs mark '$file'" sh -c "
		mkdir -p 't${file%/*}'; echo mark >'t$file'; tar -cf - -C t '${file#/}' | tar -xPf - -C /"
done
for file in "${EXISTING[@]}"; do
	refused "${file#"$T/"}, by rm" "! [ -e '$file' ]" rm -f "$file"
	refused "${file#"$T/"}, by sed -i" "grep -qs mark '$file'" sed -i s/before/mark/ "$file"
done
refused "a folder outside, by rm -r" '! [ -e "$HOME/documents/paper" ]' rm -rf "$HOME/documents"
refused "a folder outside, by find -delete" '! [ -e "$HOME/documents/paper" ]' find "$HOME/documents" -delete
refused "a folder outside, by mv" '! [ -e "$HOME/documents/paper" ]' mv "$HOME/documents" here
refused "a new folder outside, by mkdir" '[ -e "$HOME/new" ]' mkdir "$HOME/new"
refused "a FIFO outside, by mkfifo" '[ -e "$HOME/new" ]' mkfifo "$HOME/new"

# --- git

category git
prepare() { git init -q -b main .; }
RUN='[ -e "$T/tmp/ran" ]'
run_later() {
	rm -f "$T/tmp/ran"
	fresh
	"$@"
	# What the user does afterwards, outside.
	bare git status
	bare git -c core.fsmonitor= commit -q --allow-empty -m later
	(eval "$RUN")
}
plant() {
	local name=$ATTACK$1
	shift
	if ! run_later bare "$@"; then
		not_ok "$name"
		note "control: nothing ran"
		note_file errors "$T/err"
		return
	fi
	if run_later governed "$@"; then
		not_ok "$name"
		note "the user ran what the agent planted"
	else
		ok "$name"
	fi
}
PROGRAM="printf '#!/bin/sh\\ntouch $T/tmp/ran\\n' >program; chmod +x program"
plant "a hook" sh -c "$PROGRAM; mv program .git/hooks/pre-commit"
plant "a link to a hook" sh -c "$PROGRAM; ln -s ../../program .git/hooks/pre-commit"
plant "a folder of hooks" sh -c "$PROGRAM; mkdir h; mv program h/pre-commit; rm -rf .git/hooks; mv h .git/hooks"
plant "a link to a folder of hooks" \
	sh -c "$PROGRAM; mkdir h; mv program h/pre-commit; rm -rf .git/hooks; ln -s ../h .git/hooks"
plant "hooks of another folder" sh -c "$PROGRAM; mkdir h; mv program h/pre-commit; git config core.hooksPath h"
plant "a monitor" sh -c "$PROGRAM; git config core.fsmonitor ./program"
plant "a monitor, by hand" sh -c "$PROGRAM; printf '[core]\n\tfsmonitor = ./program\n' >>.git/config"
plant "a monitor, in a file that is moved there" \
	sh -c "$PROGRAM; cp .git/config c; printf '[core]\n\tfsmonitor = ./program\n' >>c; mv c .git/config"
plant "a monitor, in a file that is linked there" \
	sh -c "$PROGRAM; cp .git/config c; printf '[core]\n\tfsmonitor = ./program\n' >>c; rm -f .git/config; ln c .git/config"
plant "a monitor, in a file that .git/config links to" \
	sh -c "$PROGRAM; cp .git/config c; printf '[core]\n\tfsmonitor = ./program\n' >>c; rm -f .git/config; ln -s ../c .git/config"
plant "a setting in a file that is included" \
	sh -c "$PROGRAM; printf '[core]\n\tfsmonitor = ./program\n' >inc; git config include.path ../inc"
plant "a configuration of this working tree" \
	sh -c "$PROGRAM; git config extensions.worktreeConfig true; printf '[core]\n\tfsmonitor = ./program\n' >.git/config.worktree"
plant "another folder for .git" \
	sh -c "$PROGRAM; cp -r .git repo; rm -rf .git
		printf '[core]\n\tfsmonitor = ./program\n' >>repo/config; ln -s repo .git"
plant "settings of the user" sh -c "$PROGRAM; git config --global core.fsmonitor \"\$PWD/program\""
allowed "a setting that runs nothing" 'git config user.name | grep -q Some' git config user.name Some
