#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Rules with conditions and patterns in a run: each by its effect, with a neighbour that they leave alone.
. "$(dirname "$0")/lib.sh"

# rules LINE... - the policy of the runs that follow
rules() {
	printf 'version: "1.0"\nname: conditions\nrules:\n' >"$T/policy.yaml"
	printf '  - { %s }\n' "$@" >>"$T/policy.yaml"
	RUN_OPTIONS=(-p "$T/policy.yaml")
}
READ='grep -q text "$T/out"'
prepare() {
	mkdir data secret
	for file in data/a.csv data/a.tab data/b.csv secret/a.csv; do
		echo text >"$file"
	done
	cp /bin/cat ./reader
}

rules "name: tables, on: read_file, condition: \"ext == 'tab' or dir endswith '/secret'\", action: deny"
refused "a file by what a condition says of its name" "$READ" cat data/a.tab
refused "by its folder" "$READ" cat secret/a.csv
allowed "another file" "$READ" cat data/a.csv
refused "also when its folder moves" "$READ" sh -c 'mv secret open && cat open/a.csv'
refused "also by a link" "$READ" sh -c 'ln -s secret open && cat open/a.csv'

rules "name: tables, on: read_file, pattern: 'A\\.(TAB|TXT)$', action: deny"
refused "a file by a pattern, in any letter case" "$READ" cat data/a.tab
allowed "another file that it does not match" "$READ" cat data/a.csv
refused "also when its folder moves" "$READ" sh -c 'mv data open && mv open/a.tab open/a && cat open/a'

rules "name: pushes, on: execute, condition: \"argv[1] == 'push' and argc > 2\", action: deny"
refused "a program by one of its arguments" 'grep -q "push x" "$T/out"' sh -c '/bin/echo push x; true'
allowed "fewer arguments" 'grep -q push "$T/out"' sh -c '/bin/echo push; true'
allowed "the same in another place" 'grep -q "x push" "$T/out"' sh -c '/bin/echo x push; true'

rules "name: words, on: execute, pattern: 'rm\\s+-rf', action: deny"
refused "a program by a pattern over its arguments" '[ ! -e data ]' sh -c 'sh -c "rm  -rf data"; true'
allowed "one that it does not match" '[ ! -e data ]' sh -c 'sh -c "rm -r data"; true'

hour=$((10#$(date +%H)))
later=$(((hour + 1) % 24))
rules "name: now, on: read_file, path: '**/data/**', condition: 'hour in [$hour, $later]', action: deny" \
	"name: never, on: read_file, path: '**/secret/**', condition: 'hour not in [$hour, $later]', action: deny"
refused "a file at this time of the day" "$READ" cat data/a.csv
allowed "another at another time" "$READ" cat secret/a.csv

rules "name: own, on: read_file, path: '**/data/**', condition: 'uid == $(id -u) and ring == 3', action: deny" \
	"name: other, on: read_file, path: '**/secret/**', condition: 'uid == 12345', action: deny"
refused "a file by who reads it" "$READ" cat data/a.csv
allowed "another by somebody else" "$READ" cat secret/a.csv
if [ "$(id -u)" = 0 ] && need setpriv; then
	rules "name: root, on: read_file, path: '**/data/**', condition: 'uid != 0', action: deny"
	refused "who reads it is who it became" "$READ" setpriv --reuid 12345 --clear-groups cat data/a.csv
	allowed "not who it could become" "$READ" cat data/a.csv
fi

rules "name: reader, on: read_file, path: '**/data/**', condition: \"program endswith '/reader'\", action: deny"
refused "a file by the program that reads" "$READ" ./reader data/a.csv
allowed "the same by another program" "$READ" cat data/a.csv

rules "name: twice, on: read_file, path: '**/data/**', limit: 2/hour, limit_by: program"
COUNT='[ "$(grep -c text "$T/out")" -gt'
refused "a program more often than its limit" "$COUNT 2 ]" \
	sh -c './reader data/a.csv data/b.csv data/a.tab'
allowed "two programs as often as the limit of each" "$COUNT 3 ]" \
	sh -c './reader data/a.csv data/b.csv; cat data/a.csv data/b.csv'

rules "name: mail, on: send_email, action: deny, message: no mail" \
	"name: peers, on: connect, host: 127.0.0.1, action: allow"
refused "mail goes by its ports" '[ "$status" = 0 ]' bash -c 'exec 3<>/dev/udp/127.0.0.1/25'
check "and is recorded as that" sh -c '"$1" audit query --audit "$2" --verdict deny | grep -q "127.0.0.1:25 .*deny .*mail"' sh "$AGENTOS" "$AUDIT"
allowed "other ports are none" '[ "$status" = 0 ]' bash -c 'exec 3<>/dev/udp/127.0.0.1/26'
