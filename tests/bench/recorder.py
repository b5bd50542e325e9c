# SPDX-License-Identifier: MIT
"""recorder.py KIND DATABASE COUNT - a recorder as that of the system we succeed: a loop over Python's sqlite3.

A row when an action is asked for, with a hash over it and the row before, and an update with a second hash when it
has ended; WAL, synchronous=NORMAL. `batched` commits every 100 actions, `each` every action.
Prints "ACTIONS/S P50_NS P99_NS BYTES/ACTION".
"""
import hashlib
import json
import os
import sqlite3
import sys
import time
import uuid

kind, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
batch = {"batched": 100, "each": 1}[kind]
database = sqlite3.connect(path)
database.executescript("""
PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-64000;
CREATE TABLE audit_log (id INTEGER PRIMARY KEY AUTOINCREMENT, trace_id TEXT UNIQUE NOT NULL,
  timestamp TEXT NOT NULL, agent_id TEXT NOT NULL, tool_name TEXT NOT NULL, tool_args TEXT, input_prompt TEXT,
  policy_verdict TEXT NOT NULL, violation_reason TEXT, result TEXT, execution_time_ms REAL, metadata TEXT,
  entry_hash TEXT, previous_hash TEXT, content_hash TEXT);
CREATE INDEX by_agent ON audit_log(agent_id);
CREATE INDEX by_time ON audit_log(timestamp);
CREATE INDEX by_verdict ON audit_log(policy_verdict);
""")


def sha256(*parts):
    return hashlib.sha256(":".join(map(str, parts)).encode()).hexdigest()


def record(number, previous):
    trace = str(uuid.uuid4())
    now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    args = json.dumps({"path": f"/home/someone/project/src/module_{number % 100}/file_{number}.c"})
    verdict = "allowed" if number % 1000 else "blocked"
    entry = sha256(previous or "genesis", trace, now, "agent-001", "read_file", args, "pending")
    database.execute(
        "INSERT INTO audit_log (trace_id, timestamp, agent_id, tool_name, tool_args, policy_verdict, entry_hash,"
        " previous_hash) VALUES (?, ?, 'agent-001', 'read_file', ?, 'pending', ?, ?)",
        (trace, now, args, entry, previous))
    content = sha256(trace, now, "agent-001", "read_file", args, verdict, "", "ok", 0.1)
    database.execute(
        "UPDATE audit_log SET policy_verdict = ?, result = 'ok', execution_time_ms = 0.1, content_hash = ?"
        " WHERE trace_id = ?", (verdict, content, trace))
    return entry


previous = None
times = []
start = before = time.monotonic_ns()
for number in range(1, count + 1):
    previous = record(number, previous)
    if number % batch == 0:
        database.commit()
    now = time.monotonic_ns()
    times.append(now - before)
    before = now
database.commit()
took = (time.monotonic_ns() - start) / 1e9
database.close()
times.sort()
print(round(count / took), times[count // 2], times[-1 - count // 100], round(os.stat(path).st_size / count))
