#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Node: fs, child_process, worker_threads, http on loopback.
. "$(dirname "$0")/lib.sh"

need node || exit 0
prepare() { cp "$ROOT/tests/data/programs/program.js" .; }

same_as_bare -e "node: fs, child_process, worker_threads, http" node program.js
same_as_bare -e "node: modules and an exit status" sh -c '
	mkdir -p node_modules/m && echo "module.exports = 41" >node_modules/m/index.js
	node -e "console.log(require(\"m\") + 1); process.exitCode = 3"; echo $?
	node --input-type=module -e "import fs from \"fs\"; console.log(fs.existsSync(\"node_modules\"))"'
same_as_bare "node: an error that nobody catches" sh -c 'node -e "throw new Error(1)" 2>/dev/null'
