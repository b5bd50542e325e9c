#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Git's everyday work in a workspace, the same bare and governed.
. "$(dirname "$0")/lib.sh"

need git || exit 0

same_as_bare "init, add, commit, status, log" sh -c '
	git init -q -b main repo && cd repo && git status --short --branch
	echo one >a; mkdir d; echo two >d/b; git add -A; git status --short
	git commit -q -m first; echo three >>a; git diff; git commit -qam second
	git log --format="%H %an %s" --stat; git show --stat HEAD~1; git ls-files -s; git status'
prepare() {
	git init -q -b main origin
	cd origin || return
	for i in 1 2 3; do
		echo "text $i" >"f$i"
		git add "f$i"
		git -c user.name=N -c user.email=n@example.com commit -q -m "commit $i" \
			--date=2026-01-02T03:04:05Z
	done
}
export GIT_COMMITTER_DATE=2026-01-02T03:04:05Z
same_as_bare "clone of a local repository" sh -c '
	git clone -q origin copy && cd copy && git log --oneline && git remote -v | sed "s,$PWD,,;s,\t.*/, ,"
	git status --short --branch; git fsck --no-progress; ls'
same_as_bare "clone over file://" sh -c 'git clone -q "file://$PWD/origin" copy && git -C copy log --format=%H'
same_as_bare "worktree" sh -c '
	cd origin && git worktree add -q ../tree -b side && cd ../tree && echo x >x && git add x &&
	git commit -q -m side && git log --oneline side && cd ../origin && git worktree list | wc -l
	git merge -q side && git log --oneline && git worktree remove ../tree && ls .. && git worktree list | wc -l'
same_as_bare "branch, checkout, merge with a conflict, rebase, stash, tag" sh -c '
	cd origin && git checkout -q -b side HEAD~1 && echo side >f2 && git commit -qam side
	git checkout -q main && echo main >f2 && git commit -qam main; git merge side; git status --short
	echo both >f2; git add f2; git commit -q -m merged; git log --graph --format=%s
	echo dirty >>f1; git stash -q; git status --short; git stash pop -q; git status --short; git checkout -q f1
	git tag -a -m tag v1; git describe; git checkout -q -b other HEAD~1; git rebase -q side; git log --format=%s | head -3
	git rm -q f1; git mv f2 g2; git status --short; git reset -q --hard; git clean -fdq; ls'
same_as_bare "push and fetch" sh -c '
	git clone -q --bare origin hub.git && git clone -q hub.git one && git clone -q hub.git two
	cd one && echo new >new && git add new && git commit -q -m new && git push -q origin HEAD
	cd ../two && git pull -q && git log --format=%s && git branch -q -t side origin/main && git branch -vv'
same_as_bare "gc, repack, fsck" sh -c 'cd origin && git gc -q && git fsck --no-progress && git count-objects -v | grep packs'
same_as_bare "settings that run nothing" sh -c '
	cd origin && git config user.name "Some One" && git config core.abbrev 9 && git config --get-regexp "user|abbrev"
	git remote add else ../else && git remote set-url else ../other && git remote && git branch -q x &&
	git config branch.x.remote else && git branch -m x y && git config --get branch.y.remote'
same_as_bare "submodule" sh -c '
	git init -q -b main super && cd super && git -c protocol.file.allow=always submodule --quiet add ../origin sub &&
	git commit -q -m sub && git submodule status && cat .gitmodules'
same_as_bare "a clone is removed" sh -c 'git clone -q origin copy && rm -rf copy origin && ls -A'

refused "a hook is not written" '[ -x origin/.git/hooks/pre-commit ]' \
	sh -c 'echo "#!/bin/sh" >origin/.git/hooks/pre-commit; chmod +x origin/.git/hooks/pre-commit'
refused "a hook is not moved into place" '[ -e origin/.git/hooks/pre-commit ]' \
	sh -c 'echo "#!/bin/sh" >mine; mv mine origin/.git/hooks/pre-commit'
refused "a folder of hooks is not moved into place" '[ -e origin/.git/hooks/pre-commit ]' \
	sh -c 'mkdir new; echo >new/pre-commit; rm -rf origin/.git/hooks; mv new origin/.git/hooks'
refused "a setting that runs a program is not made" 'git -C origin config core.fsmonitor' \
	git -C origin config core.fsmonitor ./mine
