#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Clients of MCP from PyPI and npm, unmodified, with a server of the same package as their child: a call
# that a rule refuses never reaches it, the client reads an error with the rule's message, and the calls
# around it are answered. The server's log is the witness.
. "$(dirname "$0")/../integration/lib.sh"

LIMIT=60
PACKAGES=$T/packages
mkdir "$PACKAGES"
cp "$ROOT/tests/compat/mcp/"* "$PACKAGES"

cat >"$T/policy.yaml" <<'END'
version: "1.0"
name: notes
rules:
  - { name: packages, on: [read_file, execute], path: "${PACKAGES}/", action: allow }
  - name: no-secret
    on: tool_call
    condition: "tool == 'read_note' and arguments contains 'secret'"
    action: deny
    message: Notes of others stay closed.
END
RUN_OPTIONS=(-p "$T/policy.yaml" --set PACKAGES="$PACKAGES")

# install NAME CMD... - whether the package is there; skips it where that fails.
install() {
	local name=$1
	shift
	(cd "$PACKAGES" && "$@") >"$T/install.log" 2>&1 && return
	skip "$name" "does not install: $(grep -v '^$' "$T/install.log" | tail -n 1 | cut -c 1-200)"
	return 1
}

said() {
	check "$1" grep -qF -- "$2" "$T/out" || note_file errors "$T/err"
}

# calls NAME CMD... - the client of a server that logs to "log".
calls() {
	local name=$1
	shift
	fresh
	bare "$@" log
	same "$name, bare: the server hears all three" "first secret last" "$(tr '\n' ' ' <"$WS/log" | sed 's/ $//')"
	fresh
	governed "$@" log
	said "$name: it finds the tool" "tools read_note"
	said "$name: a call that no rule refuses is answered" "first note first"
	said "$name: one that is refused, by an error with the rule" "agentos: denied tool_call 'read_note': rule 'no-secret'"
	said "$name: and its message" "Notes of others stay closed."
	said "$name: the session goes on" "last note last"
	same "$name: the server has not heard the second" "first last" "$(tr '\n' ' ' <"$WS/log" | sed 's/ $//')"
	same "$name: it comes to its end" 0 "$status"
}

if need python3 && install "mcp of PyPI" python3 -m venv venv &&
	install "mcp of PyPI" venv/bin/pip install -q --no-deps --disable-pip-version-check -r requirements.txt; then
	calls "mcp of PyPI" "$PACKAGES/venv/bin/python" "$PACKAGES/client.py" "$PACKAGES/server.py"
fi
if need node npm && install "the SDK of npm" npm install --silent --no-audit --no-fund --no-update-notifier \
	@modelcontextprotocol/sdk@1.32.2 zod@4.6.7; then
	calls "the SDK of npm" node "$PACKAGES/client.mjs" "$PACKAGES/server.mjs"
fi
