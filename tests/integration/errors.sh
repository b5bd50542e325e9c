#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The errors of ordinary calls are the kernel's, also where a supervisor makes the call.
. "$(dirname "$0")/lib.sh"

need python3 || exit 0
prepare() { cp "$ROOT/tests/data/programs/"{errors,lines}.py .; }

same_as_bare -e "calls on descriptors of all kinds" python3 errors.py
same_as_bare -e "first lines of scripts, to the byte" python3 lines.py
