#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The record of real runs: what is in it, how it is asked, followed and verified, what it
# costs to meddle with it, and that nothing is granted that it cannot hold.
. "$(dirname "$0")/lib.sh"

audit() {
	bare "$AGENTOS" audit "$@" --audit "$AUDIT"
}

# rows TEXT - how many lines of the last output have it.
rows() {
	grep -cF -- "$1" "$T/out"
}

# meddle SQL - as an intruder would, with a program that knows SQLite.
meddle() {
	python3 -c 'import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.executescript(sys.argv[2])' "$AUDIT" "$1"
}

prepare() {
	echo text >a
}

# ---- what is in it -----------------------------------------------------------------------------

fresh
governed sh -c 'cat a; cat /etc/shadow; echo b >b; mkdir d; mv b d/b; rm d/b; cat missing'
check_not "when the run has ended, SQLite has tidied up" test -e "$AUDIT-wal"
audit query
same "a query succeeds" 0 "$status"
check "a read is in the record" grep -Eq "^[0-9-]{10}T[0-9:]{8}\.[0-9]{3}Z  sh  read_file  $WS/a  allow  [a-z-]+$" "$T/out"
check "a refusal is in the record" grep -q "  sh  read_file  /etc/shadow  deny  " "$T/out"
check "a write is in the record" grep -q "  write_file  $WS/b  allow  " "$T/out"
check "both sides of a rename are" grep -q "  delete_file  $WS/b  allow  " "$T/out"
check "an execution is in the record" grep -Eq "  execute  /[a-z/]*/cat  allow  " "$T/out"
check "nothing is on the errors" test ! -s "$T/err"
same "the database is its owner's alone" 600 "$(stat -c %a "$AUDIT")"

audit query --verdict deny
same "the refusals alone" 1 "$(wc -l <"$T/out")"
audit query --verdict block --action file_read --path '/etc/*' --agent sh --since 1h
same "aliases, globs and times" 1 "$(wc -l <"$T/out")"
audit query --until 1h
same "an hour ago there was nothing" 0 "$(wc -l <"$T/out")"
audit query --limit 3
cp "$T/out" "$T/last"
audit query
check "the last three" cmp -s "$T/last" <(tail -n 3 "$T/out")
seq=$("$AGENTOS" audit query --audit "$AUDIT" --verdict deny --json | sed -n 's/^{"seq":\([0-9]*\),.*/\1/p')
audit show "$seq"
check "one row with all its fields" grep -Eq "^path +/etc/shadow$" "$T/out"
check "its rule has an origin" grep -Eq "^rule_file +base.yaml$" "$T/out"
audit show 999999
same "a row that is not there: 1" 1 "$status"
audit stats
check "counts by verdict" grep -Eq "^verdict +1  deny$" "$T/out"
for format in json csv; do
	audit query --$format
	same "as $format" 0 "$status"
	cp "$T/out" "$T/formatted"
	case $format in
	json) check "each line is an object" python3 -c 'import json, sys
for line in open(sys.argv[1]):
    assert json.loads(line)["agent"] == "sh"' "$T/formatted" ;;
	csv) check "each line has the columns of the first" python3 -c 'import csv, sys
rows = list(csv.reader(open(sys.argv[1], newline="")))
assert len(rows) > 5 and len({len(row) for row in rows}) == 1 and rows[0][0] == "seq"' "$T/formatted" ;;
	esac
done

# ---- names that an agent chooses ---------------------------------------------------------------

fresh
rm -f "$AUDIT"*
governed python3 -c 'open(b"\x1b[31mred\n2026-01-01T00:00:00.000Z  sh  read_file  x  deny  y", "w")
open(b"\xff\xfe", "w")'
audit query --action write_file
check_not "no escape sequence comes through" grep -q $'\x1b' "$T/out"
check_not "no file name looks like a row" grep -q "^2026-01-01" "$T/out"
check "bytes that are no UTF-8 are shown" grep -qF '/\xff\xfe  allow' "$T/out"
audit query --action write_file --json
check "and kept" grep -qF "\"hex\":\"$(printf '%s' "$WS/" | od -An -tx1 | tr -d ' \n')fffe\"" "$T/out"

# ---- following a run ---------------------------------------------------------------------------

fresh
rm -f "$AUDIT"*
governed true
"$AGENTOS" audit tail -f --audit "$AUDIT" --verdict deny --json >"$T/followed" &
follower=$!
governing
(in_workspace "${GOVERNING[@]}" sh -c 'cat /etc/shadow; echo >go; until [ -e stop ]; do sleep 0.05; done' >"$T/agent" 2>&1) &
agent=$!
check "a follower sees a refusal while the run goes on" within 10 grep -q '"path":"/etc/shadow"' "$T/followed"
check "and the run still does" kill -0 "$agent"
audit verify
same "a run that goes on verifies" 0 "$status"
check "and is told to have no end" grep -q "has no end" "$T/out"
touch "$WS/stop"
wait "$agent"
kill "$follower"
wait "$follower" 2>/dev/null
audit verify
check_not "when it has ended, it has one" grep -q "has no end" "$T/out"

# ---- several at once ---------------------------------------------------------------------------

fresh
rm -f "$AUDIT"*
governing
for i in 1 2 3 4; do
	(in_workspace "${GOVERNING[@]}" sh -c "for j in 1 2 3 4 5; do echo >f$i.\$j; done" >"$T/at-once.$i" 2>&1) &
done
wait
audit query --action write_file --path "$WS/f*"
same "four runs write into one record" 20 "$(wc -l <"$T/out")"
audit verify
same "which is whole" 0 "$status"
check "and has four runs" grep -q "runs 4," "$T/out"

# ---- meddling ----------------------------------------------------------------------------------

intrusion() {
	cp "$T/good.db" "$AUDIT"
	meddle "$2"
	audit verify
	same "$1: found" 1 "$status"
	check "$1: and named" grep -Eq "^broken at row [0-9]+: " "$T/out"
	check_not "$1: found by contrib/verify.py" verify_py "$AUDIT"
}

# When several close it at once, none may be the last that tidies up.
meddle "PRAGMA wal_checkpoint(TRUNCATE)"
check "one file is the whole record" test ! -s "$AUDIT-wal"
cp "$AUDIT" "$T/good.db"
audit verify
same "control: nobody has meddled with it" 0 "$status"
check "and its head is printed" grep -Eq "^good: .* head [0-9a-f]{64}$" "$T/out"
verify_py() {
	/usr/bin/python3 "$ROOT/contrib/verify.py" "$@"
}
head=$(grep -o 'head [0-9a-f]*' "$T/out")
same "contrib/verify.py agrees" "$head" "$(verify_py "$AUDIT" | grep -o 'head .*')"

# ---- proofs, and a new key ---------------------------------------------------------------------

first=$(cat "$XDG_STATE_HOME/agentos/keys/host.pub")
row=$(sqlite3 "$AUDIT" "SELECT seq FROM actions WHERE path LIKE '$WS/f%' LIMIT 1")
audit prove "$row"
same "a row is proved" 0 "$status"
cp "$T/out" "$T/proof"
bare "$AGENTOS" audit verify --proof "$T/proof"
same "to whoever has not the record" 0 "$status"
check "and is shown" grep -qF "$WS/f" "$T/out"
sed 's/"verdict":"allow"/"verdict":"deny"/' "$T/proof" >"$T/forged"
bare "$AGENTOS" audit verify --proof "$T/forged"
same "what was changed in it is found" "1 wrong: the row is not among those that are sealed" "$status $(cat "$T/out")"
bare "$AGENTOS" audit verify --proof "$T/proof" --key "$(printf '7%.0s' {1..64})"
same "a key that is not believed proves nothing" 1 "$status"
audit prove 999999
same "no row, no proof" 1 "$status"
audit rotate
same "there is a new key" "0 1" "$status $(grep -vcF "$first" "$XDG_STATE_HOME/agentos/keys/host.pub")"
governed true
audit verify
same "the record goes on" 0 "$status"
audit verify --key "$first"
same "also for who knows the first key alone" 0 "$status"
check "and for contrib/verify.py" verify_py "$AUDIT" --key "$first"
meddle "PRAGMA wal_checkpoint(TRUNCATE)"
cp "$AUDIT" "$T/good.db"

# Which rows are actions depends on which run was faster.
one="(SELECT seq FROM actions ORDER BY seq LIMIT 1 OFFSET 3)"
two="(SELECT seq FROM actions ORDER BY seq LIMIT 1 OFFSET 9)"
intrusion "an edited action" "UPDATE actions SET verdict = 'deny' WHERE seq = $one"
intrusion "an edited run" "UPDATE runs SET level = 'full' WHERE seq = 1"
intrusion "a removed action" "DELETE FROM actions WHERE seq = $two"
intrusion "a removed run" "DELETE FROM runs WHERE kind = 'close' AND seq < (SELECT max(seq) FROM runs)"
intrusion "a row put in" "INSERT INTO actions (seq, run, prev, hash) SELECT max(seq) + 1, 'x', hash, hash FROM runs"
intrusion "two rows swapped" "CREATE TEMP TABLE pair AS SELECT $one AS one, $two AS two;
	UPDATE actions SET seq = -1 WHERE seq = (SELECT one FROM pair);
	UPDATE actions SET seq = (SELECT one FROM pair) WHERE seq = (SELECT two FROM pair);
	UPDATE actions SET seq = (SELECT two FROM pair) WHERE seq = -1"
audit verify --json
check "as JSON" grep -q '"good":false' "$T/out"

cp "$T/good.db" "$AUDIT"
meddle "CREATE TRIGGER hide AFTER INSERT ON actions BEGIN DELETE FROM actions WHERE seq = new.seq; END"
governed touch ran
same "a record with a trigger is not written to: 125" 125 "$status"
check_not "and nothing runs" test -e "$WS/ran"
echo "no database" >"$AUDIT"
governed touch ran
same "what is no record is not written to: 125" 125 "$status"
same "and left as it is" "no database" "$(cat "$AUDIT")"
rm -f "$AUDIT"

# ---- no room -----------------------------------------------------------------------------------

small() {
	mkdir -p "$T/small" && mount -t tmpfs -o size=2600k,mode=700 agentos-test "$T/small" 2>/dev/null
}

finally() {
	umount "$T/small" 2>/dev/null
}

full="what cannot be recorded does not happen"
if [ "$(id -u)" != 0 ] || ! small; then
	skip "$full" "kernel lets nobody but root mount a small filesystem"
else
	AUDIT=$T/small/audit.db
	fresh
	governed sh -c 'i=0; while [ $i -lt 3000 ]; do echo >f$i || exit 3; i=$((i + 1)); done'
	check_not "$full" test "$status" = 0
	made=$(find "$WS" -name 'f*' | wc -l)
	check "control: at first it did" test "$made" -gt 100
	audit query
	check "what cannot be written yet is told" grep -q "note: rows are left out" "$T/err"
	mount -o remount,size=16m "$T/small"
	audit query --action write_file --verdict allow --path "$WS/f*"
	check "every file that was made is in the record" test "$(wc -l <"$T/out")" -ge "$made"
	audit verify
	same "which is whole" 0 "$status"
fi
