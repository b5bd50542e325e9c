#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Policies in JSON: they load, with all that JSON has, and `policy show --as-policy` writes any policy as one
# that decides the same.

cd "$(dirname "$0")/../.." || exit 1
BUILD=$(cd "${BUILD:-build}" && pwd)
. tests/support/tap.sh

T=$(mktemp -d "${TMPDIR:-/tmp}/agentos-json.XXXXXX")
T=$(cd "$T" && pwd -P)
export HOME=$T/home LC_ALL=C.UTF-8
mkdir "$HOME" "$T/ws"

cleanup() {
	rm -rf "$T"
}

policy() {
	local verb=$1
	shift
	"$BUILD/agentos" policy "$verb" --workspace "$T/ws" "$@"
}

# tests FILE - what its inline tests say.
tests() {
	policy test "$1" 2>&1 | tail -n 1
}

cat >"$T/all.json" <<'END'
{
	"version": "1.0", "name":"j", "base":false,
	"description": "a tab\t, a slash\/, a quote\", a backslash\\, \u00e9, and a pair \ud83d\ude00",
	"rules": [
		{"name":"escapes","on":["read_file"],"path":"/x\u0079\ud83D\uDE00\/","action":"allow"},
		{"name":"backslash","on":["read_file"],"path":"/a\\*\"ud83d","action":"allow"},
		{"name":"numbers","on":"connect","port":[80,"443"],"own":true,"action":"allow"}
	],
	"tests": [
		{"action":"read_file","path":"/xy😀/a","expect":"allow","rule":"escapes"},
		{"action":"read_file","path":"/a*\"ud83d","expect":"allow","rule":"backslash"},
		{"action":"connect","ip":"127.0.0.1","port":80,"own":true,"expect":"allow"},
		{"action":"connect","ip":"127.0.0.1","port":81,"own":true,"expect":"deny"}
	]
}
END
same "escapes, pairs, tabs, numbers" "4 passed, 0 failed" "$(tests "$T/all.json")"
if command -v python3 >/dev/null; then
	python3 -c 'import json, sys; json.dump(json.load(open(sys.argv[1])), open(sys.argv[2], "w"))' "$T/all.json" "$T/python.json"
	same "as Python writes it" "4 passed, 0 failed" "$(tests "$T/python.json")"
fi
printf '{"version": "1.0", "name": "half \\ud83d"}\n' >"$T/half.json"
same "half of a pair is refused where it stands" "agentos: $T/half.json:1:36: this escape is no character" \
	"$(policy check "$T/half.json" 2>&1)"

for file in tests/data/verdicts/*.yaml; do
	policy show --as-policy "$file" >"$T/out.json"
	same "${file##*/} decides the same as JSON" "$(tests "$file")" "$(tests "$T/out.json")"
	policy show --as-policy "$T/out.json" >"$T/again.json"
	check "${file##*/} is the same when it is written once more" cmp "$T/out.json" "$T/again.json"
done
for name in base read_only strict; do
	policy show --as-policy "$name" >"$T/out.json"
	same "$name decides the same by example" "0 differences by example" "$(policy diff "$name" "$T/out.json")"
done

# Two files mean different things by one variable.
cat >"$T/inner.yaml" <<'END'
version: "1.0"
name: inner
vars: { DATA: /inner, SUB: "${WORKSPACE}/sub" }
rules:
  - { name: inner, on: read_file, path: ["${DATA}/", "${SUB}/"], action: allow }
  - { name: text, on: output, pattern: '[$]\{DATA\}|${DATA}', action: deny, message: "${DATA} stays" }
END
cat >"$T/outer.yaml" <<'END'
version: "1.0"
name: outer
base: false
extends: ./inner.yaml
vars: { DATA: "/odd/*" }
limits: { wall_time: 5m, memory: 1GiB }
record: strict
default: { content: ask, execute: audit }
rules:
  - { name: outer, on: read_file, path: "${DATA}/x", except: { condition: "path == '${DATA}/x' and uid == 7" }, action: audit }
  - { name: urls, on: api_call, url: "*${DATA}", action: deny }
tests:
  - { action: read_file, path: /inner/a, expect: allow, rule: inner }
  - { action: read_file, path: "${WORKSPACE}/sub/a", expect: allow, rule: inner }
  - { action: read_file, path: "${DATA}/x", expect: audit, rule: outer }
  - { action: read_file, path: "${DATA}/x", uid: 7, expect: deny, rule: default }
  - { action: read_file, path: /odd/y/x, expect: deny, rule: default }
  - { action: api_call, method: GET, url: "https://a/odd/*", expect: deny, rule: urls }
  - { action: output, data: "${DATA}", expect: deny, rule: text }
  - { action: output, data: "${OTHER}", expect: ask, rule: default }
  - { action: execute, path: /x, expect: audit, rule: default }
END
same "the control: as YAML" "9 passed, 0 failed" "$(tests "$T/outer.yaml")"
policy show --as-policy "$T/outer.yaml" >"$T/out.json"
same "each meaning of a variable has a name" "9 passed, 0 failed" "$(tests "$T/out.json")"
check "the limits are there" grep -q '"wall_time": "300s"' "$T/out.json"
check "and what is recorded" grep -q '"record": "strict"' "$T/out.json"
