#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Git folders under names that no policy knows: whoever works there with git later runs nothing of the
# agent's. What judges is a program that git ran, or did not.
. "$(dirname "$0")/../integration/lib.sh"

need git || exit 0
PROGRAM="printf '#!/bin/sh\\ntouch $T/tmp/ran\\n' >program; chmod +x program"
MONITOR='printf "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tfsmonitor = $PWD/program\n"'
# A folder x that git takes for one of its own, without its configuration, and a file .git that names it.
SKELETON='mkdir -p x/objects x/refs/heads; echo "ref: refs/heads/main" >x/HEAD'
NAMED='echo "gitdir: x" >.git'

# later FOLDER - what the user does afterwards, outside.
later() {
	local in=$WS/$1
	[ -d "$in" ] || in=$WS
	(WS=$in && bare git status)
	(WS=$in && bare git -c core.fsmonitor= -c core.bare=false --work-tree=. commit -q --allow-empty -m later)
	[ -e "$T/tmp/ran" ]
}

# plant NAME FOLDER SCRIPT - the script makes something that runs when git is used in FOLDER.
plant() {
	local name=$ATTACK$1 folder=$2 script="$PROGRAM; $3" run
	for run in bare governed; do
		rm -f "$T/tmp/ran"
		fresh
		$run sh -c "$script"
		later "$folder"
		done[$run]=$?
	done
	if [ "${done[bare]}" != 0 ]; then
		not_ok "$name"
		note "control: nothing ran"
		note_file errors "$T/err"
	else
		check "$name" test "${done[governed]}" != 0
	fi
}
declare -A done
category git-folders

plant "a file .git, the configuration last" . "$SKELETON; $NAMED; $MONITOR >x/config"
plant "a file .git, the configuration first" . "mkdir x; $MONITOR >x/config; $SKELETON; $NAMED"
plant "a file .git, the configuration open since before" . \
	"mkdir x; exec 3>x/config; $SKELETON; $NAMED; $MONITOR >&3"
plant "a file .git, the configuration known by a second name" . \
	"mkdir x; : >x/config; ln x/config other; $SKELETON; $NAMED; $MONITOR >other"
plant "a file .git, the configuration moved there" . "$SKELETON; $NAMED; $MONITOR >c; mv c x/config"
plant "a file .git, the configuration linked there" . "$SKELETON; $NAMED; $MONITOR >c; ln c x/config"
plant "a file .git, the configuration a link" . "$SKELETON; $NAMED; $MONITOR >c; ln -s ../c x/config"
plant "a file .git, the configuration a link from before" . \
	"mkdir x; $MONITOR >c; ln -s ../c x/config; $SKELETON; $NAMED"
plant "a file .git, made of parts" . \
	"$SKELETON; mv x/refs x/r; $MONITOR >x/config; mv x/r x/refs; $NAMED"
plant "a file .git, with links for parts" . \
	"mkdir -p o r/heads x; $MONITOR >x/config; echo 'ref: refs/heads/main' >x/HEAD; ln -s ../o x/objects; ln -s ../r x/refs; $NAMED"
plant "a file .git, with files for parts" . \
	"mkdir -p x/refs/heads; $MONITOR >x/config; echo 'ref: refs/heads/main' >x/HEAD
	: >objects; chmod +x objects; mv objects x/objects; $NAMED"
plant "a file .git, its folder moved" . "mkdir y; $MONITOR >y/config; mv y x; $SKELETON; $NAMED"
plant "a link .git" . "$SKELETON; $MONITOR >x/config; ln -s x .git"
plant "a copy of a repository" . "git init -q -b main r && cp -r r/.git x && $MONITOR >>x/config; $NAMED"
plant "a bare repository" x "git init -q --bare -b main x; $MONITOR >x/config; printf '\tworktree = .\n' >>x/config"
plant "a bare repository by hand" x "$SKELETON; $MONITOR >x/config; printf '\tworktree = .\n' >>x/config"
plant "a hook" . "$SKELETON; $NAMED; mkdir x/hooks; mv program x/hooks/pre-commit"
plant "a hook from before" . "mkdir -p x/hooks; mv program x/hooks/pre-commit; $SKELETON; $NAMED"
plant "a folder of hooks moved there" . "$SKELETON; $NAMED; mkdir h; mv program h/pre-commit; mv h x/hooks"
plant "a link to a folder of hooks" . "$SKELETON; $NAMED; mkdir h; mv program h/pre-commit; ln -s ../h x/hooks"
plant "a link to a folder of hooks from before" . \
	"mkdir h x; mv program h/pre-commit; ln -s ../h x/hooks; $SKELETON; $NAMED"
plant "a worktree of a folder in disguise" . \
	"$SKELETON; $MONITOR >x/config; mkdir g; echo ../x >g/commondir; cp x/HEAD g; echo 'gitdir: g' >.git"
plant "the configuration of a worktree" . \
	"$SKELETON; $NAMED; printf '[core]\n\trepositoryformatversion = 1\n\tbare = false\n[extensions]\n\tworktreeConfig = true\n' >c
	mv c x/config; $MONITOR >x/config.worktree"

# --- both at once

if need python3; then
	prepare() { cp "$ROOT/tests/adversarial/forming.py" .; }
	fresh
	bare python3 forming.py 0.3
	check "raced, bare: planted" grep -qx "planted: [1-9][0-9]*" "$T/out"
	fresh
	governed python3 forming.py "${RACE_SECONDS:-1.2}"
	check "raced: never planted" grep -qx "planted: 0" "$T/out"
	check "raced: now one is refused" grep -q "^no folder: [1-9]\|^no configuration: [1-9]" "$T/out"
	note "$(paste -sd, "$T/out")"
fi

# --- git's own work under such names goes on

prepare() {
	git init -q -b main one && cd one && echo a >f && git add f &&
		git -c user.name=A -c user.email=a@example.com commit -qm first
}
same_as_bare -e "${BENIGN}a bare repository under any name" sh -c '
	git init -q --bare -b main store && cd one && git remote add s ../store && git push -q s main &&
	git clone -q ../store ../two && cd ../two && git log --format=%s && git -C ../store fsck && ls ../store'
same_as_bare -e "${BENIGN}a separate git folder" sh -c '
	git clone -q --separate-git-dir=gitfiles one two && cd two && echo b >>f && git commit -qam second && git log --format=%s'
same_as_bare -e "${BENIGN}a mirror" sh -c 'git clone -q --mirror one mirror && git -C mirror fetch -q && git -C mirror log --format=%s'
same_as_bare -e "${BENIGN}folders of such names that are not git's" sh -c '
	mkdir -p game/objects game/refs game/hooks && echo a >game/objects/config && echo b >game/refs/x && echo c >config && mkdir hooks &&
	echo d >hooks/one && mv hooks game/objects/hooks && find game | sort && rm -r game'
