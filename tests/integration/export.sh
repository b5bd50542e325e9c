#!/bin/bash
# SPDX-License-Identifier: MIT
#
# agentos audit export: each form is what those who take it expect, over HTTP too, and an export that was
# interrupted goes on where it stopped. tests/compat/export.sh has a real PostgreSQL.
. "$(dirname "$0")/lib.sh"

need python3 sqlite3 || exit 0

SERVER=
finally() {
	[ -z "$SERVER" ] || kill "$SERVER" 2>/dev/null
}

export_it() {
	bare "$AGENTOS" audit export --audit "$AUDIT" "$@"
}

"$BUILD/tests/support/fill_record" "$AUDIT" 2500
LAST=$(sqlite3 "$AUDIT" "SELECT max(seq) FROM actions")
"$AGENTOS" audit query --json --audit "$AUDIT" >"$T/rows"

# ---- the forms -----------------------------------------------------------------------------------

export_it
check "JSON lines are those of a query" cmp "$T/rows" "$T/out"
export_it --format csv
check "CSV is that of a query, with one line of names" cmp "$T/out" <("$AGENTOS" audit query --csv --audit "$AUDIT")
export_it --format csv --verdict deny --limit 7
same "the filters are those of a query" 8 "$(wc -l <"$T/out")"

cat >"$T/look.py" <<'PYTHON'
import json, re, sys

form, record = sys.argv[1], [json.loads(line) for line in open(sys.argv[2])]
text = sys.stdin.buffer.read().decode("ascii")
assert not re.search(r"[^\x20-\x7e\n]", text), "what is not plainly visible"
lines = [json.loads(line) for line in text.split("\n")[:-1]]


def cloudevents():
    assert len({(one["source"], one["id"]) for one in lines}) == len(lines) == len(record)
    for one, row in zip(lines, record):
        assert one["specversion"] == "1.0" and one["type"] == "agentos.action." + row["action"]
        assert re.fullmatch(r"/agentos/[0-9a-f]{32}", one["source"])
        assert one["datacontenttype"] == "application/json" and one["subject"]
        assert one["time"] == row["time"] and one["data"] == row


# Of each class the attributes that it requires, and what else is looked at here.
CLASSES = {
    1001: ["actor", "file"], 1007: ["actor", "process"], 4001: ["dst_endpoint"],
    4002: ["http_request", "dst_endpoint"], 4003: ["query", "src_endpoint"],
    6003: ["actor", "api", "src_endpoint"], 6005: ["actor", "src_endpoint", "database", "query_info"],
}
ACTIONS = {
    "read_file": 1001, "write_file": 1001, "delete_file": 1001, "execute": 1007, "connect": 4001,
    "listen": 4001, "send_data": 4001, "resolve": 4003, "api_call": 4002, "database_query": 6005,
    "tool_call": 6003,
}


def ocsf():
    assert len(lines) == len(record) and {row["action"] for row in record} == set(ACTIONS)
    for one, row in zip(lines, record):
        assert one["class_uid"] == ACTIONS[row["action"]]
        for name in ["metadata", "device", "severity_id", "time", *CLASSES[one["class_uid"]]]:
            assert name in one, (name, one)
        assert one["category_uid"] == one["class_uid"] // 1000
        assert one["type_uid"] == one["class_uid"] * 100 + one["activity_id"]
        assert one["metadata"]["version"] == "1.4.0" and one["metadata"]["product"]["vendor_name"]
        refused = row["verdict"] == "deny" or row.get("answer") == "timeout"
        assert one["action_id"] == one["disposition_id"] == (2 if refused else 1)
        if one["class_uid"] == 1001:
            assert one["file"]["name"] and one["file"]["path"]
    post = next(one for one in lines if one["class_uid"] == 4002)
    assert post["http_request"]["http_method"] == "POST" and post["activity_id"] == 6
    assert post["http_request"]["url"]["url_string"] == "https://api.example.com/v1/x?y=1"
    query = next(one for one in lines if one["class_uid"] == 6005)
    assert query["query_info"]["query_string"] == "DROP TABLE users"


def value(any_value):
    (kind, inner), = any_value.items()
    if kind == "arrayValue":
        return [value(one) for one in inner["values"]]
    assert kind in ("stringValue", "intValue") and isinstance(inner, str), any_value
    return int(inner) if kind == "intValue" else inner


def otlp():
    records = []
    for line in lines:
        resource, = line["resourceLogs"]
        about = {one["key"]: value(one["value"]) for one in resource["resource"]["attributes"]}
        assert about["service.name"] == "agentos" and about["service.instance.id"]
        scope, = resource["scopeLogs"]
        assert scope["scope"]["name"] == "agentos.audit"
        records += scope["logRecords"]
    assert len(records) == len(record)
    for one, row in zip(records, record):
        attributes = {item["key"]: value(item["value"]) for item in one["attributes"]}
        assert len(attributes) == len(one["attributes"])
        assert attributes["agentos.seq"] == row["seq"] and attributes["process.pid"] == row["pid"]
        assert attributes["agentos.action"] == row["action"]
        assert int(one["timeUnixNano"]) > 1e18
        assert one["severityText"] == ("ERROR" if row["verdict"] == "deny" or row.get("answer") == "timeout"
                                       else "INFO" if row["verdict"] == "allow" else "WARN")


{"cloudevents": cloudevents, "ocsf": ocsf, "otlp": otlp}[form]()
PYTHON
for form in cloudevents ocsf otlp; do
	export_it --format "$form"
	check "$form" python3 "$T/look.py" "$form" "$T/rows" <"$T/out"
done

# ---- files ---------------------------------------------------------------------------------------

export_it --to "$T/file" --state "$T/position"
same "a file is its owner's alone" "0 600" "$status $(stat -c %a "$T/file")"
check "and has all" cmp "$T/rows" "$T/file"
export_it --to "$T/file" --state "$T/position"
check "what was handed on is not handed on again" cmp "$T/rows" "$T/file"
"$BUILD/tests/support/fill_record" "$AUDIT" 300 two
export_it --to "$T/file" --state "$T/position"
"$AGENTOS" audit query --json --audit "$AUDIT" >"$T/rows"
check "what is new is" cmp "$T/rows" "$T/file"

# Killed in the middle: a part of a line is left, of a row that comes once more.
FROM=$(sed -n 1500p "$T/rows" | sed 's/^{"seq":\([0-9]*\),.*/\1/')
torn() {
	sed -i "s/\"seq\":[0-9]*/\"seq\":$((FROM - 1))/" "$T/position"
	export_it "$@" --to "$T/torn" --state "$T/position"
}
cp "$T/position" "$T/whole"
{ head -n 1499 "$T/rows" && sed -n 1500p "$T/rows" | head -c 50; } >"$T/torn"
torn
check "a line that was left half written is written again" cmp "$T/rows" "$T/torn"
{ head -n 1499 "$T/rows" && head -c 20000 /dev/zero | tr '\0' x; } >"$T/torn"
torn
check "a long one too" cmp "$T/rows" "$T/torn"
head -n 1499 "$T/rows" >"$T/torn"
torn
check "a whole line stays" cmp "$T/rows" "$T/torn"
"$AGENTOS" audit query --csv --audit "$AUDIT" >"$T/table"
{ head -n 1500 "$T/table" && printf '%s,"2026' "$FROM"; } >"$T/torn"
torn --format csv
check "CSV, in a quoted text" cmp "$T/table" "$T/torn"
printf seq,ti >"$T/torn"
FROM=1
torn --format csv
check "and in the line of names" cmp "$T/table" "$T/torn"
mv "$T/whole" "$T/position"

export_it --since-seq "$((LAST + 1))"
same "from a row on" 300 "$(wc -l <"$T/out")"
export_it --limit 1100
check "the last rows" cmp "$T/out" <(tail -n 1100 "$T/rows")
"$BUILD/tests/support/fill_record" "$T/other.db" 5
bare "$AGENTOS" audit export --audit "$T/other.db" --to "$T/file" --state "$T/position"
same "the state of another record: 1" 1 "$status"
check "and why" grep -q "is about recorder" "$T/err"
echo nonsense >"$T/bad"
export_it --to "$T/file" --state "$T/bad"
check "a state that is none" grep -q "'$T/bad' does not say how far it came" "$T/err"
check "the file is as it was" cmp "$T/rows" "$T/file"
export_it --to "$T/none/file"
same "no such folder: 1" "1 agentos: cannot write '$T/none/file': No such file or directory" "$status $(cat "$T/err")"
if [ -e /dev/full ]; then
	export_it --to /dev/full
	same "a full disk: 1" "1 agentos: cannot write '/dev/full': No space left on device" "$status $(cat "$T/err")"
fi
export_it --format cloudevent
check "an unknown form, and what was meant" grep -q "unknown word for --format: 'cloudevent'; hint: did you mean 'cloudevents'?" "$T/err"

# ---- HTTP ----------------------------------------------------------------------------------------

# /take takes all; /later says so once; /twice takes two requests, then fails for good; /partly leaves
# records out; /no refuses.
cat >"$T/server.py" <<'PYTHON'
import http.server, json, os, sys

folder = sys.argv[1]
counts = {}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        count = counts[self.path] = counts.get(self.path, 0) + 1
        status, answer = 200, b"{}"
        if self.path == "/later" and count == 1:
            status, answer = 503, b"busy"
        elif self.path == "/twice" and count == 3:
            status, answer = 500, b"broken"
        elif self.path == "/no":
            status, answer = 401, b"who are you?"
        elif self.path == "/partly":
            answer = b'{"partialSuccess": {"rejectedLogRecords": "3", "errorMessage": "too old"}}'
        if status == 200:
            with open(os.path.join(folder, "taken"), "a") as out:
                json.dump({"path": self.path, "type": self.headers["content-type"],
                           "key": self.headers["x-key"], "body": body.decode()}, out)
                out.write("\n")
        self.send_response(status)
        self.send_header("content-length", str(len(answer)))
        if status == 503:
            self.send_header("retry-after", "1")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open(os.path.join(folder, "port.new"), "w") as out:
    out.write(str(server.server_port))
os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
server.serve_forever()
PYTHON
python3 "$T/server.py" "$T" &
SERVER=$!
check "a server" within 30 test -e "$T/port"
URL=http://127.0.0.1:$(cat "$T/port")

# bodies TYPE FORM - what the server has taken since the last call, all of this type; as an export into a
# file looks.
bodies() {
	python3 -c 'import json, sys
for line in open(sys.argv[1]):
    taken = json.loads(line)
    assert taken["type"] == sys.argv[2], taken["type"]
    if sys.argv[3] == "batch":
        for one in json.loads(taken["body"]):
            print(json.dumps(one))
    else:
        print(taken["body"].rstrip("\n"))' "$T/taken" "$@"
	rm -f "$T/taken"
}

export_it --to "$URL/take"
same "rows as requests" "0 " "$status $(cat "$T/err")"
check "in order, each once" cmp "$T/rows" <(bodies application/x-ndjson lines)
export_it --to "$URL/take" --format otlp
check "for a collector" python3 "$T/look.py" otlp "$T/rows" < <(bodies application/json lines)
export_it --to "$URL/take" --format cloudevents
check "as batches of events" python3 "$T/look.py" cloudevents "$T/rows" < <(bodies application/cloudevents-batch+json batch)
export_it --to "$URL/take" --format ocsf
check "as lists of events" python3 "$T/look.py" ocsf "$T/rows" < <(bodies application/json batch)
printf 'X-Key: secret\n' >"$T/headers"
export_it --to "$URL/take" --header "@$T/headers" --limit 1
check "a header from a file" grep -q '"key": "secret"' "$T/taken"
rm -f "$T/taken"
export_it --to "$URL/later"
check "what says later is asked later" cmp "$T/rows" <(bodies application/x-ndjson lines)

export_it --to "$URL/twice" --state "$T/twice"
same "one that fails in the middle: 1" 1 "$status"
check "with its words, how far it came, and how to go on" grep -qx "agentos: '$URL/twice' answered 500: broken; rows up to 2000 were taken, --since-seq 2001 goes on" "$T/err"
export_it --to "$URL/twice" --state "$T/twice"
same "it goes on" "0 " "$status $(cat "$T/err")"
check "nothing is missing or there twice" cmp "$T/rows" <(bodies application/x-ndjson lines)
export_it --to "${URL/127/name:secret@127}/no"
same "a refusal: 1, without the password" "1 agentos: '$URL/no' answered 401: who are you?" "$status $(cat "$T/err")"
export_it --to "$URL/partly" --format otlp --limit 10
same "records that are left out: 1" "1 agentos: '$URL/partly' left out 3 records: too old" "$status $(cat "$T/err")"
export_it --header x
check "a header is for requests" grep -q -- "--header is for --to http" "$T/err"

# ---- libraries that are loaded when they are used ------------------------------------------------

check_not "agentos starts without them" grep -E "libpq|libcurl" <(ldd "$AGENTOS" "$AGENTOS_RUN")
mkdir "$T/libraries"
for library in libpq.so.5 libcurl.so.4 libcurl-gnutls.so.4; do
	echo none >"$T/libraries/$library"
done
ENVIRONMENT=(LD_LIBRARY_PATH="$T/libraries")
export_it --to postgresql://127.0.0.1/x
same "no libpq" "1 agentos: cannot load 'libpq.so.5'; hint: install libpq (Debian: libpq5)" "$status $(cat "$T/err")"
export_it --to "$URL/take"
same "no libcurl" "1 agentos: cannot load 'libcurl.so.4'; hint: install libcurl (Debian: libcurl4)" "$status $(cat "$T/err")"
