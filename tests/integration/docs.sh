#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The user's documents do what they say. Of README.md, docs/POLICY.md and each docs/HOWTO_*.md:
#
#   ```console   is run, in order, in one shell per document: lines after "$ COMMAND" are its
#                output and errors, in which "..." stands for any text. The exit status is 0, or
#                that of a comment "# exit status N" behind the command
#   ```yaml      whose first line is "# FILE" is written to that file, as is any other language;
#                else it is a whole policy: it loads, and its tests pass
#   ```sh        is not run, and says why: <!-- not tested: reason --> in the line before
#
# and in a whole checkout every link to a file of the project leads to one.
# shellcheck disable=SC2016

cd "$(dirname "$0")/../.." || exit 1
ROOT=$PWD
BUILD=${BUILD:-build}
BUILD=$(cd "$BUILD" && pwd)
. "$ROOT/tests/support/tap.sh"

PATH=$BUILD:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH LC_ALL=C.UTF-8 NO_COLOR=1
unset XDG_STATE_HOME
T=$(mktemp -d "${TMPDIR:-/tmp}/agentos-docs.XXXXXX")
T=$(cd "$T" && pwd -P)
export HOME=$T/home

cleanup() {
	cd / && rm -rf "$T"
}

# blocks DOCUMENT FOLDER - each fenced block into a file NUMBER.LANGUAGE of FOLDER; the line before
# it, when it is not empty, into NUMBER.LANGUAGE.before.
blocks() {
	mkdir -p "$2"
	awk -v folder="$2" '
	/^```/ && inside { close(file); inside = 0; next }
	/^```/ {
		inside = 1
		file = sprintf("%s/%02d.%s", folder, ++n, substr($0, 4))
		printf "" >file
		if (before != "") { print before >(file ".before"); close(file ".before") }
		next
	}
	inside { print >file }
	{ before = $0 }' "$1"
}

# as_pattern - of the text on standard input: everything literal, "..." any text.
as_pattern() {
	sed -e 's/[^[:alnum:]]/\\&/g' -e 's/\\\.\\\.\\\./*/g'
}

# run_command COMMAND EXPECTED - in this shell, so that cd and variables stay.
run_command() {
	local command=$1 expected=$2 want=0 status got pattern
	case $command in
	*'# exit status '*) want=${command##*'# exit status '} ;;
	esac
	eval "$command" >"$T/out" 2>&1 </dev/null
	status=$?
	got=$(cat "$T/out")
	pattern=$(printf '%s' "$expected" | as_pattern)
	# shellcheck disable=SC2053
	if [ "$status" = "$want" ] && [[ $got == $pattern ]]; then
		ok "$document: $command"
		return
	fi
	not_ok "$document: $command"
	note "exit status: want $want, got $status"
	note "$(printf 'expected:\n%s\ngot:\n%s' "$expected" "$got")"
}

# run_console FILE - a block of commands and what they print.
run_console() {
	local line command='' expected=''
	while IFS= read -r line <&3; do
		case $line in
		'$ '*)
			[ -z "$command" ] || run_command "$command" "$expected"
			command=${line#'$ '} expected=''
			;;
		*) expected=$expected${expected:+$'\n'}$line ;;
		esac
	done 3<"$1"
	[ -z "$command" ] || run_command "$command" "$expected"
}

# whole_policy FILE - an example that stands alone.
whole_policy() {
	mkdir -p "$T/policy" && cp "$1" "$T/policy/example.yaml"
	cat >"$T/policy/team.yaml" <<-'POLICY'
		version: "1.0"
		name: team
		rules: [{ name: team, on: read_file, path: /srv/team/, action: allow }]
	POLICY
	check "$document: its policy loads" agentos policy check "$T/policy/example.yaml"
	check "$document: its policy's tests pass" agentos policy test "$T/policy/example.yaml"
}

# do_block FILE
do_block() {
	local first
	first=$(head -n 1 "$1")
	case $1 in
	*.before) ;;
	*.console) run_console "$1" ;;
	*.sh) check "$document: says why ${1##*/} is not run" grep -qs '<!-- not tested: ..*-->' "$1.before" ;;
	*.yaml | *.python)
		if [[ $first =~ ^'# '([a-z_]+\.[a-z]+)$ ]]; then
			cp "$1" "${BASH_REMATCH[1]}"
		else
			whole_policy "$1"
		fi
		;;
	esac
}

# links DOCUMENT - targets of its relative links.
links() {
	grep -o '](\([^)#]*\)' "$1" | sed 's/^](//' | grep -v '^[a-z]*:'
}

do_document() {
	local block link folder
	document=${1#"$ROOT"/}
	folder=$T/blocks/${document//\//-}
	rm -rf "$HOME" "$T/work"
	mkdir -p "$HOME/.ssh" "$T/work"
	echo key >"$HOME/.ssh/id_rsa"
	ln -s "$BUILD" "$T/work/build"
	blocks "$1" "$folder"
	cd "$T/work" || exit 1
	for block in "$folder"/*; do
		do_block "$block"
	done
	cd "$ROOT" || exit 1
	# A copy for a test has not all of the project.
	[ -e Makefile ] || return 0
	for link in $(links "$1"); do
		check "$document: leads to $link" test -e "$(dirname "$1")/$link"
	done
}

for path in "$ROOT/README.md" "$ROOT/docs/POLICY.md" "$ROOT"/docs/HOWTO_*.md; do
	do_document "$path"
done
