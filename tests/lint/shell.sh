#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Each script can be read by the shell that it names, and can be run.

. "$(dirname "$0")/../support/lint.sh"

files '\.sh$|^\.ci/' >"$work/scripts"
while read -r path; do
	case $(head -n 1 "$path") in
	'#!/bin/sh') sh -n "$path" 2>&1 ;;
	*) bash -n "$path" 2>&1 ;;
	esac
done <"$work/scripts" | nothing "the shell understands each script"

while read -r path; do
	case $(head -n 1 "$path") in
	'#!/bin/sh' | '#!/bin/bash') [ -x "$path" ] || echo "$path: cannot be executed" ;;
	'#!'*) echo "$path: neither /bin/sh nor /bin/bash" ;;
	*) [ ! -x "$path" ] || echo "$path: no interpreter" ;;
	esac
done <"$work/scripts" | nothing "scripts that are run name their shell, those that are sourced do not"
