#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What the objects define and need: the shim exports its table of hooks and nothing else, and needs
# next to nothing; no module uses a function that style forbids, nor prints or exits below the
# commands. Looks at what `make all` has built.

. "$(dirname "$0")/../support/lint.sh"

shim=$BUILD/libagentos.so
if [ ! -e "$shim" ]; then
	not_ok "the shim is built"
	note "run make first, or say where it was built: BUILD=$BUILD"
	exit 1
fi

# A table: the first word in the parentheses of a HOOK line at the margin.
files '^shim/hooks_.*\.c$' | xargs -r sed -nE 's/^HOOK[A-Z_]*\(([a-z_0-9]+),.*/\1/p; s/^HOOK[A-Z_]*\(([a-z_0-9]+)\).*/\1/p' |
	sort >"$work/hooks"
sed -nE 's/^\t([a-z_0-9]+);$/\1/p' shim/exports.map | sort >"$work/map"
nm -D --defined-only "$shim" | awk '{ print $3 }' | sort >"$work/exports"

uniq -d "$work/hooks" | nothing "each hook has one line"
check "there are hooks" test -s "$work/hooks"
diff "$work/hooks" "$work/map" | nothing "exports.map is the table of hooks"
diff "$work/hooks" "$work/exports" | nothing "the shim exports its hooks and nothing else"

# What the shim may need of libc, and what the compiler's start files ask for.
cat >"$work/imports" <<'END'
_ITM_deregisterTMCloneTable
_ITM_registerTMCloneTable
__cxa_finalize
__errno_location
__gmon_start__
__stack_chk_fail
dlsym
END
nm -D --undefined-only "$shim" | awk '{ sub(/@.*/, "", $NF); print $NF }' | sort -u |
	grep -vxFf "$work/imports" | nothing "the shim needs dlsym and errno of libc, and nothing else"
readelf -d "$shim" | grep NEEDED | grep -v 'libc\.so' | nothing "the shim is linked with libc only"
readelf -lW "$shim" | grep -E 'GNU_STACK.*E|TLS' | nothing "the shim wants no executable stack and no thread storage"

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
