#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A record in a real PostgreSQL: each row is there once, as it was recorded, however often the export is
# killed, and whatever else is in the database.
. "$(dirname "$0")/../integration/lib.sh"
. "$(dirname "$0")/clients_servers.sh"

need psql python3 sqlite3 openssl || exit 0

finally() {
	stop_servers
}

mkdir -p "$SERVERS"
start_certificate
start_postgresql || exit 0
URL=postgresql://agent:secret@127.0.0.1:$PG_PORT/postgres

sql() {
	psql -h 127.0.0.1 -p "$PG_PORT" -U agent -qAt postgres "$@"
}

export_to() {
	"$AGENTOS" audit export --to "$URL" "$@" >"$T/out" 2>"$T/err"
	status=$?
}

# Every value of every row of both sides; what is no text is compared by its bytes.
cat >"$T/compare.py" <<'PYTHON'
import json, sqlite3, subprocess, sys

path, port = sys.argv[1:]
record = sqlite3.connect(path)
record.text_factory = bytes
identity = record.execute("SELECT hex(id) FROM recorder").fetchone()[0].decode().lower()
total = 0
for table in "runs", "actions", "seals":
    copied = subprocess.run(
        ["psql", "-h", "127.0.0.1", "-p", port, "-U", "agent", "-At", "postgres", "-c",
         f"SELECT row_to_json(t) FROM agentos_{table} t WHERE recorder = '{identity}' ORDER BY seq"],
        check=True, capture_output=True).stdout.decode().split("\n")[:-1]
    rows = record.execute(f"SELECT * FROM {table} ORDER BY seq")
    names = [column[0] for column in rows.description]
    rows = [dict(zip(names, row)) for row in rows]
    assert len(copied) == len(rows), (table, len(copied), len(rows))
    for text, row in zip(copied, rows):
        copy = json.loads(text)
        others = copy.pop("bytes") or {}
        assert copy.pop("recorder") == identity
        assert copy.pop("hash") == "\\x" + row.pop("hash").hex()
        del row["prev"]
        if table == "actions" and row["given"] is None:
            row["given"] = row["path"]
        assert set(copy) == set(row), set(copy) ^ set(row)
        for name, value in row.items():
            if name in others:
                assert others[name] == value.hex(), (table, row["seq"], name)
            else:
                want = value.decode() if isinstance(value, bytes) else value
                assert copy[name] == want, (table, row["seq"], name, copy[name], want)
        total += 1
print(total)
PYTHON
compare() {
	python3 "$T/compare.py" "$1" "$PG_PORT" >"$T/compared" 2>"$T/why" || cat "$T/why"
}

# ---- killed again and again ----------------------------------------------------------------------

ROWS=100000
"$BUILD/tests/support/fill_record" "$AUDIT" "$ROWS" one
kills=0
parts=0
status=137
for tenths in 1 2 3 1 2 4 1 3 6 12 25 50 100 600; do
	timeout -s KILL "$((tenths / 10)).$((tenths % 10))" "$AGENTOS" audit export --to "$URL" --audit "$AUDIT" >"$T/out" 2>"$T/err"
	status=$?
	[ "$status" = 137 ] || break
	kills=$((kills + 1))
	at=$(sql -c "SELECT seq FROM agentos_exports" 2>/dev/null)
	[ "${at:-0}" -le 0 ] || parts=$((parts + 1))
done
same "the last export comes to the end" 0 "$status"
check "it was killed in the middle, several times ($kills, $parts with some rows there)" test "$kills" -ge 3 -a "$parts" -ge 2
same "each row is there once, as it was recorded" "" "$(compare "$AUDIT")"
check "all of them" test "$(cat "$T/compared")" -gt "$ROWS"

# ---- a server that goes away ---------------------------------------------------------------------

sql -c "DROP TABLE agentos_runs, agentos_actions, agentos_seals, agentos_exports"
export_to --audit "$AUDIT" &
exporting=$!
some_rows() {
	[ "$(sql -c "SELECT count(*) FROM agentos_exports WHERE seq > 0" 2>/dev/null)" = 1 ]
}
check "an export has begun" within 60 some_rows
sql -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'agent'" >/dev/null
wait "$exporting"
check "a connection that ends is told" grep -q "cannot write to 'postgresql://127.0.0.1:$PG_PORT/postgres'" "$T/err"
check_not "and no password" grep -q secret "$T/err"
export_to --audit "$AUDIT"
same "the next export goes on" "0 " "$status $(cat "$T/err")"
same "and nothing is missing or there twice" "" "$(compare "$AUDIT")"

# ---- more rows, and another record ---------------------------------------------------------------

"$BUILD/tests/support/fill_record" "$AUDIT" 3000 two &
filling=$!
export_to --audit "$AUDIT"
same "an export while a run writes" 0 "$status"
wait "$filling"
"$BUILD/tests/support/fill_record" "$T/other.db" 2000 three
export_to --audit "$T/other.db" &
other=$!
export_to --audit "$AUDIT"
wait "$other"
same "the rest of it" "" "$(compare "$AUDIT")"
same "another record, at the same time" "" "$(compare "$T/other.db")"
same "each with its own position" 2 "$(sql -c "SELECT count(*) FROM agentos_exports")"

# ---- filters, and what it does not take ----------------------------------------------------------

sql -c "DROP TABLE agentos_runs, agentos_actions, agentos_seals, agentos_exports"
export_to --audit "$AUDIT" --verdict deny
same "the filters choose actions" "$(sqlite3 "$AUDIT" "SELECT count(*) FROM actions WHERE verdict = 'deny'")" \
	"$(sql -c "SELECT count(*) FROM agentos_actions")"
export_to --audit "$AUDIT"
same "what was chosen otherwise does not stand in the way of the rest" "" "$(compare "$AUDIT")"
sql -c "ALTER TABLE agentos_actions DROP COLUMN latency, DROP COLUMN count" -c "DELETE FROM agentos_actions" -c "DELETE FROM agentos_exports"
export_to --audit "$AUDIT"
same "tables of another version get the columns that they lack" "" "$(compare "$AUDIT")"
export_to --audit "$AUDIT" --format csv
same "--format is not for it" "1 agentos: --format is not for --to postgresql://..., which has tables" "$status $(cat "$T/err")"
URL=postgresql://agent@127.0.0.1:1/postgres
export_to --audit "$AUDIT"
same "no server: 1" 1 "$status"
check "and why" grep -q "cannot connect to 'postgresql://127.0.0.1:1/postgres': .*refused" "$T/err"
