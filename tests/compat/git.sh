#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Git's own tests, built from the distribution's source: each has the same outcome bare and governed,
# under a policy that grants everything (they write hooks and configurations, which `base` closes).
#
# TESTS="t1*.sh t2*.sh" runs others; all of t0 to t3 take half an hour.
. "$(dirname "$0")/../integration/lib.sh"

TESTS=${TESTS:-t000*.sh t001*.sh t130*.sh t300*.sh}
LIMIT=3000
RUN_OPTIONS=(--policy "$ROOT/tests/compat/everything.yaml" --explain off)
SOURCE=$T/source

need apt-get make gcc tar xz perl || exit 0

# download - git's source, by lists of packages of our own: the machine's name no sources.
download() {
	mkdir -p "$SOURCE" "$T"/apt/{sources,lists/partial,cache/archives/partial} && cd "$SOURCE" || return
	cat /etc/apt/sources.list.d/*.sources 2>/dev/null | sed 's/^Types:.*/Types: deb-src/' >"$T/apt/sources/all.sources"
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | sed -n 's/^deb /deb-src /p' >"$T/apt/sources/all.list"
	local options=(-qq -o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$T/apt/sources"
		-o "Dir::State::lists=$T/apt/lists" -o "Dir::Cache=$T/apt/cache" -o "APT::Sandbox::User=")
	apt-get "${options[@]}" update && apt-get "${options[@]}" source --download-only git &&
		tar -xf git_*.orig.tar.* --strip-components 1
}

# run_tests - here, in this folder: a report and a line of the summary for each script.
cat >"$T/run_tests" <<'SH'
	mkdir reports trash
	reports=$PWD/reports trash=$PWD/trash
	export reports trash
	cd "$1/t" || exit
	shift
	# shellcheck disable=SC2048,SC2086
	printf '%s\n' $* | xargs -P 2 -n 1 sh -c '
		name=$(basename "$0" .sh)
		timeout 300 sh "./$0" --root="$trash" >"$reports/$name" 2>&1 </dev/null
		echo "$name status $?" >>"$reports/$name"'
SH

# Names and outcomes, without the notes behind them.
outcomes() {
	(cd "$WS/reports" && grep -HE '^(ok|not ok|t[0-9]+-.* status) ' -- * |
		sed -E 's/:(not ok|ok) ([0-9]+)( - .*)?( # skip.*)?$/ \2\t\1/; s/^[^:]*:(.*) status ([0-9]+)$/\1 status\t\2/' | sort)
}

if ! download >"$T/log" 2>&1; then
	skip "git's tests" "no source of git to be had by apt-get"
	exit 0
fi
if ! make -C "$SOURCE" -j2 CFLAGS=-O0 NO_OPENSSL=1 NO_CURL=1 NO_EXPAT=1 NO_GETTEXT=1 NO_TCLTK=1 NO_PYTHON=1 \
	>"$T/log" 2>&1; then
	tail -n 15 "$T/log" >"$T/end"
	not_ok "git is built from its source"
	note_file "its end" "$T/end"
	exit 1
fi
for how in bare governed; do
	fresh
	$how sh "$T/run_tests" "$SOURCE" "$TESTS"
	outcomes >"$T/$how.list"
done
# Those of a script that is known to differ: its own status does too.
awk -F '\t' '$0 !~ /^#/ { split($1, name, " "); print $1 "\t"; print name[1] " status\t" }' \
	"$ROOT/tests/compat/git.tsv" >"$T/known"
diff <(grep -vFf "$T/known" "$T/bare.list") <(grep -vFf "$T/known" "$T/governed.list") >"$T/diff"
count=$(grep -vc ' status' "$T/bare.list")
if [ "$count" -gt 0 ] && [ ! -s "$T/diff" ]; then
	ok "git's own tests: $count, the same bare and governed"
else
	not_ok "git's own tests: $count"
	note_file "bare (<) and governed (>)" "$T/diff"
fi
