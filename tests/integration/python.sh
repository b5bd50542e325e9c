#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Python: threads, processes, asyncio, sqlite3, files, HTTP, virtual environments.
. "$(dirname "$0")/lib.sh"

need python3 || exit 0
# For others than root to find their way to it.
chmod 755 "$T"
prepare() { chmod 755 "$WS" && cp "$ROOT/tests/data/programs/"*.py .; }

for program in threads subprocesses asynchronous database files web peers terminals; do
	same_as_bare -e "python3 $program.py" python3 "$program.py"
done
same_as_bare -e "python3 -m venv" sh -c '
	python3 -m venv v && v/bin/python -c "import sys; print(sys.prefix != sys.base_prefix)" &&
	. v/bin/activate && python -m pip --version | cut -d " " -f 1-2 && ls v v/bin'
same_as_bare -e "compiled files are written and used" sh -c '
	echo "print(1)" >module.py && python3 -c "import module" && ls __pycache__ && python3 -m compileall -q . && python3 -c "import module"'
same_as_bare -e "unittest" sh -c '
	printf "import unittest\nclass T(unittest.TestCase):\n\tdef test(self): self.assertEqual(1, 1)\n" >test_it.py
	python3 -m unittest -q 2>&1 | grep -v "^Ran"; python3 -c "import os; os.abort()"; echo $?'
