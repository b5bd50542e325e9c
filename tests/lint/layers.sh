#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Who may include what: common <- rules, audit <- launcher, cli; the shim knows common alone, the taps
# two headers of the shim's too; each foreign header is included in one folder only.

. "$(dirname "$0")/../support/lint.sh"

# FOLDER  the folders whose headers it may include
allowed() {
	case $1 in
	common) echo common ;;
	protocols | rules | audit | shim | taps) echo "common $1" ;;
	launcher) echo "common protocols rules audit launcher" ;;
	cli) echo "common rules audit launcher cli" ;;
	esac
}

# HEADER  the folder that may include it; tests may all
owner() {
	case $1 in
	yaml.h | pcre2.h | pg_query.h) echo rules ;;
	sqlite3.h) echo audit ;;
	nghttp2/nghttp2.h) echo protocols ;;
	seccomp.h | linux/landlock.h) echo launcher ;;
	libpq-fe.h | curl/curl.h) echo cli ;;
	cmocka.h) echo tests ;;
	esac
}

# Commands that live in launcher are in the table of commands too.
is_command() {
	[ "$2" = cli/commands.h ] && [[ $1 == launcher/cmd_*.c ]]
}

# How hooks are made is the same in both libraries.
is_shared() {
	[ "$1" = taps ] && [[ $2 == shim/raw.h || $2 == shim/hook.h ]]
}

ours() {
	grep -nE '^#[ \t]*include[ \t]*"' "$1" | sed -E 's/^([0-9]+):[^"]*"([^"]*)".*/\1 \2/' |
		while read -r line header; do
			case " $(allowed "${1%%/*}") " in
			*" ${header%%/*} "*) ;;
			*) is_command "$1" "$header" || is_shared "${1%%/*}" "$header" || echo "$1:$line: may not include \"$header\"" ;;
			esac
		done
}

foreign() {
	grep -nE '^#[ \t]*include[ \t]*<' "$1" | sed -E 's/^([0-9]+):[^<]*<([^>]*)>.*/\1 \2/' |
		while read -r line header; do
			case $(owner "$header") in
			'' | "${1%%/*}") ;;
			*) echo "$1:$line: may not include <$header>" ;;
			esac
			case ${1%%/*} in
			shim | taps) is_libc "$header" ||
				echo "$1:$line: a preload library needs libc only, and this is <$header>" ;;
			esac
		done
}

# The headers of this libc, by the package that they are in, or by what musl has too.
is_libc() {
	case $1 in
	linux/* | asm/*) return 1 ;;
	esac
	echo "$libc_headers" | grep -qxF "$1"
}

libc_headers='dirent.h
dlfcn.h
errno.h
fcntl.h
limits.h
netdb.h
poll.h
pthread.h
signal.h
spawn.h
stdarg.h
stdatomic.h
stdbool.h
stddef.h
stdint.h
stdio.h
stdlib.h
string.h
sys/mman.h
sys/socket.h
sys/stat.h
sys/syscall.h
sys/time.h
sys/types.h
sys/uio.h
sys/xattr.h
time.h
unistd.h
utime.h'

files "$modules.*\.[ch]$" >"$work/sources"
while read -r path; do ours "$path"; done <"$work/sources" | nothing "each folder includes only what is below it"
while read -r path; do foreign "$path"; done <"$work/sources" | nothing "foreign headers have one folder each"
files '^tests/.*\.[ch]$' | xargs -r grep -nE '^#[ \t]*include.*\.c[">]' | nothing "no test includes a .c file"
