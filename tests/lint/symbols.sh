#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What the objects define and need: the shim exports its table of hooks and nothing else, and needs
# next to nothing; no module uses a function that style forbids, nor prints or exits below the
# commands. Looks at what `make all` has built.

. "$(dirname "$0")/../support/lint.sh"

if [ ! -e "$BUILD/libagentos.so" ] || [ ! -e "$BUILD/libagentos-taps.so" ]; then
	not_ok "the shim and the taps are built"
	note "run make first, or say where they were built: BUILD=$BUILD"
	exit 1
fi

# What each may need of libc, and what the compiler's start files ask for.
cat >"$work/imports.shim" <<'END'
_ITM_deregisterTMCloneTable
_ITM_registerTMCloneTable
__cxa_finalize
__errno_location
__gmon_start__
__stack_chk_fail
dlsym
END
# The taps look further: which library called, whose memory it is, what is printed to a descriptor, what is
# inherited.
cat "$work/imports.shim" - >"$work/imports.taps" <<'END'
__h_errno_location
__register_atfork
__tls_get_addr
dladdr
dlclose
dlopen
free
fstat
lseek
madvise
memcmp
memcpy
mmap
pread
shutdown
strchr
strlen
strnlen
vasprintf
END

# library FOLDER NAME PHRASE - a preload library: its table of hooks, and what it exports and needs. Its
# table: the first word in the parentheses of a line at the margin with one of the words that open a hook.
library() {
	local folder=$1 name=$2 the=$3 library=$BUILD/$2
	local open='(HOOK[A-Z_]*)\(' typed='(LIBRARY)_HOOK\([^,]*, '
	# A hook whose body stands elsewhere is declared with a semicolon.
	files "^$folder/hooks_.*\.c$" | xargs -r sed -nE "s/^$open([a-z_0-9]+)[,)].*/\\2/p; s/^$typed([A-Za-z_0-9]+),.*/\\2/p" |
		sort >"$work/hooks"
	sed -nE 's/^\t([A-Za-z_0-9]+);$/\1/p' "$folder/exports.map" | sort >"$work/map"
	nm -D --defined-only "$library" | awk '{ print $3 }' | sort >"$work/exports"

	uniq -d "$work/hooks" | nothing "each hook of $the has one line"
	check "there are hooks in $the" test -s "$work/hooks"
	diff "$work/hooks" "$work/map" | nothing "exports.map of $the is the table of hooks"
	diff "$work/hooks" "$work/exports" | nothing "$the exports its hooks and nothing else"
	nm -D --undefined-only "$library" | awk '{ sub(/@.*/, "", $NF); print $NF }' | sort -u |
		grep -vxFf "$work/imports.$folder" | nothing "$the needs a few functions of libc, and nothing else"
	readelf -d "$library" | grep NEEDED | grep -vE 'lib(c|dl|pthread)\.so' | nothing "$the is linked with libc only"
	readelf -lW "$library" | grep -E 'GNU_STACK.*E' | nothing "$the wants no executable stack"
}
library shim libagentos.so "the shim"
library taps libagentos-taps.so "the taps"
readelf -lW "$BUILD/libagentos.so" | grep TLS | nothing "the shim wants no thread storage"
# Thread storage that is made when a thread first comes would allocate in signal handlers.
readelf -rW "$BUILD/libagentos-taps.so" | grep -E 'DTPMOD|TLSDESC' | nothing "that of the taps is there from the start"

# Unbounded, unchecked, shared between threads, or a shell where none is wanted.
banned='strcpy strcat sprintf vsprintf gets strtok system popen alloca mktemp tmpnam tempnam
atoi atol atoll atof rand srand random asctime ctime gmtime localtime inet_ntoa strdupa bcopy bzero
usleep vfork setjmp longjmp sigsetjmp siglongjmp'
pattern=$(echo "$banned" | tr -s ' \n' '|' | sed 's/|$//')

files "$modules.*\.c$" | sed "s,\(.*\)\.c\$,$BUILD/obj/\1.o," >"$work/objects"
while read -r object; do
	[ -e "$object" ] || continue
	echo "$object" >>"$work/built"
	nm --undefined-only "$object" | awk -v object="$object" '{ print object ": " $NF }'
done <"$work/objects" >"$work/needs"
check "there are objects" test -s "$work/built"
grep -E ": (__)?($pattern)(_chk)?\$" "$work/needs" | nothing "no object needs a banned function"

code $(files "($modules|^tests/).*\.[ch]$") | grep -E "^[^:]*:[0-9]+:.*\b($pattern)[ \t]*\(" |
	grep -vE '^tests/.*\b(vfork|ato[il])\b' | nothing "no source calls a banned function"

printing='exit|_exit|quick_exit|printf|__printf_chk|puts|putchar|perror|vprintf|stdout|stderr|err|errx|warn|warnx'
grep -E "/obj/(common|protocols|rules|audit)/[a-z_]*\.o: ($printing)\$" "$work/needs" |
	nothing "common, rules and audit neither print nor exit"
