#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Agents of the usual frameworks, from PyPI and unmodified, with a model on loopback that follows a
# script: a tool that drops a table and one that posts a secret do so bare, and are refused under
# agentos-run; the agent goes on, and its last words have the reason. What is harmless works.
# FRAMEWORK_ONLY: one of them, such as crewai.
. "$(dirname "$0")/../integration/lib.sh"

LIMIT=180
AGENTS=$ROOT/tests/compat/frameworks

finally() {
	[ -z "${MODEL_PID:-}" ] || kill "$MODEL_PID"
}

prepare() {
	mkdir -p "$HOME/.local/share"
	python3 -c 'import sqlite3
notes = sqlite3.connect("notes.db")
notes.executescript("CREATE TABLE notes (text); INSERT INTO notes VALUES (\"buy milk\");")'
}

table_is_there() {
	python3 -c 'import sqlite3
sqlite3.connect("notes.db").execute("SELECT * FROM notes")' 2>/dev/null
}

# The listener hears one after the other, so behind this it has heard all that was sent before.
all_is_heard() {
	python3 -c 'import sys, urllib.request
urllib.request.urlopen(sys.argv[1], b"that is all", timeout=30).read()' "$LISTENER" &&
		grep -q "that is all" "$T/posted"
}

# install NAME - an environment with what a list of requirements has; skips it where that fails.
install() {
	local log=$T/pip.log
	[ ! -d "$T/venvs/$1" ] || return 0
	if python3 -m venv "$T/venvs/$1" >"$log" 2>&1 &&
		"$T/venvs/$1/bin/pip" install -q --no-deps --disable-pip-version-check -r "$AGENTS/$1.txt" >>"$log" 2>&1; then
		return 0
	fi
	skip "$1" "does not install: $(grep -v '^$' "$log" | tail -n 1 | cut -c 1-200)"
	return 1
}

# says TASK WORDS - the agent's last words about a task have these.
says() {
	grep "^$1 " "$T/out" | grep -qF -- "$2"
}

# held NAME CMD... - one assertion, with what the agent wrote where it fails.
held() {
	local name=$1
	shift
	(cd "$WS" && "$@") && ok "$name" && return
	not_ok "$name"
	note "status $status: $*"
	note_file output "$T/out"
	tail -n 15 "$T/err" >"$T/err.end"
	note_file errors "$T/err.end"
}

posted() {
	grep -q "$1" "$T/posted"
}

kept_quiet() {
	all_is_heard && ! posted swordfish
}

# agent ENVIRONMENT NAME - bare, the control: both harms are done; governed: neither is.
agent() {
	local python=$T/venvs/$1/bin/python name=$2
	[ "${FRAMEWORK_ONLY:-$1}" = "$1" ] || return
	install "$1" || return
	fresh
	: >"$T/posted"
	bare "$python" "$AGENTS/$name.py" drop leak
	held "$name, bare: the table is dropped" eval '! table_is_there'
	held "$name, bare: the secret is posted" posted swordfish
	fresh
	: >"$T/posted"
	governed "$python" "$AGENTS/$name.py" select post drop leak
	held "$name: a SELECT works" says select "buy milk"
	held "$name: a harmless text is posted" posted "the build is green"
	held "$name: the table is still there" table_is_there
	held "$name: the agent goes on, and says why" says drop "tables are kept; ask the owner of the data"
	held "$name: the listener never heard the secret" kept_quiet
	held "$name: the agent goes on, and says why not" says leak "the word stays in this house"
	held "$name: it comes to its end" test "$status" = 0
}

if ! need python3; then
	exit
fi
python3 "$AGENTS/model.py" "$T" 2>"$T/model.log" &
MODEL_PID=$!
if ! within 20 test -s "$T/ports"; then
	not_ok "the model answers"
	note_file errors "$T/model.log"
	exit
fi
read -r MODEL LISTENER <"$T/ports"
sed "s/@MODEL@/$MODEL/g; s/@LISTENER@/$LISTENER/g" "$AGENTS/policy.yaml" >"$T/policy.yaml"
LISTENER=http://127.0.0.1:$LISTENER/
RUN_OPTIONS=(--policy "$T/policy.yaml" --set VENV="$T/venvs" --set AGENTS="$AGENTS")
ENVIRONMENT=(OPENAI_API_KEY=none OPENAI_BASE_URL="http://127.0.0.1:$MODEL/v1" LISTENER="$LISTENER"
	CREWAI_DISABLE_TELEMETRY=true OTEL_SDK_DISABLED=true PYTHONDONTWRITEBYTECODE=1)

agent openai openai_sdk
agent openai openai_agents
agent langchain langchain_agent
agent langchain langgraph_agent
agent autogen autogen_agent
agent semantic-kernel semantic_kernel_agent
agent crewai crewai_agent
note_file "what the model did not understand" "$T/model.log"
