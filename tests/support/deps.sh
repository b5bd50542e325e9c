#!/bin/sh
# SPDX-License-Identifier: MIT
#
# deps.sh - install what building and testing need and this machine lacks. When nothing is missing
# it asks no package manager and needs no network.
#
# deps.sh [--list] [compat]: --list prints what is missing and installs nothing; compat adds what
# only `make compat` needs, real programs of all kinds.
set -eu

# PROBE  apt  dnf  apk  pacman; "-": not there, and done without, or part of another package.
#   cmd:NAME     a command          lib:NAME     a library, by pkg-config
#   header:NAME  a header           python:NAME  a module of /usr/bin/python3
#   fuzzer:NAME  a compiler that links fuzzers
table() {
	cat <<'TABLE'
cmd:gcc            gcc             gcc                 gcc             gcc
cmd:make           make            make                make            make
cmd:pkg-config     pkg-config      pkgconf-pkg-config  pkgconf         pkgconf
header:stdio.h     libc6-dev       glibc-devel         musl-dev        glibc
header:linux/landlock.h linux-libc-dev kernel-headers  linux-headers   linux-api-headers
lib:libseccomp     libseccomp-dev  libseccomp-devel    libseccomp-dev  libseccomp
lib:yaml-0.1       libyaml-dev     libyaml-devel       yaml-dev        libyaml
lib:sqlite3        libsqlite3-dev  sqlite-devel        sqlite-dev      sqlite
lib:libpcre2-8     libpcre2-dev    pcre2-devel         pcre2-dev       pcre2
lib:cmocka         libcmocka-dev   libcmocka-devel     cmocka-dev      cmocka
lib:libsodium      libsodium-dev   libsodium-devel     libsodium-dev   libsodium
header:pg_query.h  libpg-query-dev libpg_query-devel   libpg_query-dev libpg_query
lib:jansson        libjansson-dev  jansson-devel       jansson-dev     jansson
lib:libnghttp2     libnghttp2-dev  libnghttp2-devel    nghttp2-dev     nghttp2
lib:libssl         libssl-dev      openssl-devel       openssl-dev     openssl
lib:gnutls         libgnutls28-dev gnutls-devel        gnutls-dev      gnutls
lib:libpq          libpq-dev       libpq-devel         libpq-dev       postgresql-libs
lib:libcurl        libcurl4-openssl-dev libcurl-devel  curl-dev        curl
cmd:bash           bash            bash                bash            bash
cmd:musl-gcc       musl-tools      musl-gcc            musl-dev        musl
cmd:clang          clang           clang               clang           clang
fuzzer:clang       libclang-rt-dev    compiler-rt          compiler-rt     compiler-rt
cmd:valgrind       valgrind        valgrind            valgrind        valgrind
cmd:clang-format   clang-format    clang-tools-extra   clang-extra-tools clang
cmd:cppcheck       cppcheck        cppcheck            cppcheck        cppcheck
cmd:tmux           tmux            tmux                tmux            tmux
cmd:rsync          rsync           rsync               rsync           rsync
cmd:git            git             git                 git             git
cmd:perl           perl            perl                perl            perl
cmd:sqlite3        sqlite3         sqlite              sqlite          sqlite
cmd:openssl        openssl         openssl             openssl         openssl
cmd:strace         strace          strace              strace          strace
cmd:ps             procps          procps-ng           procps          procps-ng
cmd:setpriv        util-linux      util-linux          setpriv         util-linux
cmd:find           findutils       findutils           findutils       findutils
cmd:node           nodejs          nodejs              nodejs          nodejs
cmd:python3        python3         python3             python3         python
python:cryptography python3-cryptography python3-cryptography py3-cryptography python-cryptography
python:ensurepip   python3-venv    python3             py3-pip         python
cmd:mkfs.exfat     exfatprogs      exfatprogs          exfatprogs      exfatprogs
cmd:mount.exfat-fuse exfat-fuse    -                   -               -
TABLE
}

# The programs of `make compat`. The test package of Debian's Python has its version in its name.
compat_table() {
	version=$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || echo 3)
	cat <<TABLE
cmd:curl           curl            curl                curl            curl
cmd:gdb            gdb             gdb                 gdb             gdb
cmd:xz             xz-utils        xz                  xz              xz
lib:zlib           zlib1g-dev      zlib-devel          zlib-dev        zlib
cmd:script         bsdutils        util-linux-script   util-linux-misc util-linux
cmd:redis-server   redis-server    redis               redis           redis
cmd:nginx          nginx-light     nginx               nginx           nginx
pg:initdb          postgresql      postgresql-server   postgresql      postgresql
cmd:mariadbd       mariadb-server  mariadb-server      mariadb         mariadb
cmd:mariadb-install-db mariadb-server mariadb-server   mariadb         mariadb
cmd:mysql          mariadb-client  mariadb             mariadb-client  mariadb-clients
cmd:wget           wget            wget                wget            wget
pg:pgbench         postgresql      postgresql-contrib  postgresql      postgresql
cmd:npm            npm             nodejs-npm          npm             npm
cmd:go             golang-go       golang              go              go
cmd:cargo          cargo           cargo               cargo           rust
cmd:chromium       chromium        chromium            chromium        chromium
python:test.test_os libpython$version-testsuite python3-test python3-tests python-tests
TABLE
}

is_there() {
	what=${1#*:}
	case $1 in
	cmd:*) PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin command -v "$what" >/dev/null ;;
	lib:*) pkg-config --exists "$what" 2>/dev/null ;;
	header:*) echo "#include <$what>" | gcc -E -x c - >/dev/null 2>&1 ;;
	pg:*) ls "/usr/bin/$what" /usr/lib/postgresql/*/bin/"$what" /usr/libexec/postgresql*/"$what" 2>/dev/null | grep -q . ;;
	python:*) /usr/bin/python3 -c "import $what" >/dev/null 2>&1 ;;
	fuzzer:*) echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
		"$what" -fsanitize=fuzzer,address -x c -o /dev/null - >/dev/null 2>&1 ;;
	esac
}

missing() {
	{
		table
		if [ "$group" = compat ]; then
			compat_table
		fi
	} | while read -r probe packages; do
		is_there "$probe" || echo "$probe $packages"
	done
}

manager() {
	for name in apt-get:1 dnf:2 apk:3 pacman:4; do
		if command -v "${name%:*}" >/dev/null; then
			echo "$name"
			return
		fi
	done
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "deps: cannot install: not root, and sudo is not there" >&2
		echo "hint: as root: $*" >&2
		return 1
	fi
}

install_packages() {
	case $1 in
	apt-get)
		shift
		as_root apt-get update -qq
		# RUNLEVEL=1: what serves is not started by its installation (invoke-rc.d(8)).
		as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq \
			--no-install-recommends "$@"
		;;
	dnf) shift && as_root dnf install -y "$@" ;;
	apk) shift && as_root apk add "$@" ;;
	pacman) shift && as_root pacman -Sy --needed --noconfirm "$@" ;;
	esac
}

list=
group=
for word; do
	case $word in
	--list) list=1 ;;
	compat) group=compat ;;
	*)
		echo "usage: deps.sh [--list] [compat]" >&2
		exit 2
		;;
	esac
done

manager=$(manager)
column=$((${manager#*:} + 1))

# wanted - what is missing and can be had.
wanted() {
	missing | awk -v column="$column" 'column < 2 || $column != "-"'
}

lacking=$(wanted)
if [ -n "$list" ]; then
	printf '%s' "${lacking:+$lacking
}"
	exit 0
fi
if [ -z "$lacking" ]; then
	exit 0
fi

if [ -z "$manager" ]; then
	echo "deps: no package manager that this script knows (apt, dnf, apk, pacman); missing:" >&2
	echo "$lacking" | cut -d ' ' -f 1 >&2
	exit 1
fi
packages=$(echo "$lacking" | awk -v column="$column" '{ print $column }' | sort -u)
# shellcheck disable=SC2086
install_packages "${manager%:*}" $packages

lacking=$(wanted)
if [ -n "$lacking" ]; then
	echo "deps: still missing after the installation:" >&2
	echo "$lacking" | cut -d ' ' -f 1 >&2
	exit 1
fi
