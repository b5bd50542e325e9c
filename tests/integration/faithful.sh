#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Calls answer as the kernel answers: errors, effects, waiting, and whose they are.
. "$(dirname "$0")/lib.sh"

# For others than root to find their way to it.
chmod 755 "$T"
prepare() { chmod 755 "$WS" && cp "$BUILD"/tests/compat/faithful_* .; }

same_as_bare -e "files" ./faithful_files
same_as_bare -e "files in memory" sh -c '
	program=$PWD/faithful_files; folder=$(mktemp -d /dev/shm/faithful.XXXXXX) && cd "$folder" && "$program"; status=$?
	cd /; rm -rf "$folder"; exit $status'
same_as_bare -e "waiting" ./faithful_waiting
same_as_bare -e "identity" ./faithful_identity
