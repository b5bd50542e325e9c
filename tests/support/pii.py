# SPDX-License-Identifier: MIT
"""
pii.py AGENTOS PERSONAL INNOCENT - what `agentos decide` makes of the corpora of tests/data/pii.

Each text is asked about three times: as output and as data that is sent, under no_pii and a rule for keys; and as
output under a rule with the detector of its own kind alone, so that no detector stands in for another. Prints a
table, then the lines that were missed and those that were taken for something; then, for the shell, one line
"recall FOUND ALL false TAKEN ALL unequal LINES".
"""
import json
import re
import subprocess
import sys
import tempfile

KINDS = ["card", "iban", "ssn", "email", "phone", "key"]
DETECTOR = {"key": "cloud_key"}
RULE = """version: "1.0"
name: one
rules:
  - {{ name: one, on: [output, send_data], detect: {}, action: deny }}
"""


def read(file):
    """The lines of a corpus: (kind, text)."""
    def plain(match):
        escape = match.group(1)
        return chr(int(escape[1:], 16)) if escape[0] == "u" else {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}[escape]

    with open(file, encoding="utf-8", newline="\n") as lines:
        rows = [line.rstrip("\n").split("\t", 1) for line in lines if line[0] != "#"]
    return [(kind, re.sub(r"\\(u[0-9a-f]{4}|[nrt\\])", plain, text.replace("{+}", ""))) for kind, text in rows]


def refused(agentos, policies, action, rows):
    """Whether each text is refused under these policies: one process for all of them."""
    fields = {"output": {"stream": "stdout"}, "send_data": {"host": "example.com", "port": 443}}[action]
    options = [word for policy in policies for word in ("-p", policy)]
    asked = "".join(json.dumps({"action": action, "params": {**fields, "data": text}}) + "\n" for _, text in rows)
    answers = subprocess.run([agentos, "decide", *options], input=asked, capture_output=True, text=True, check=True)
    verdicts = [json.loads(line)["verdict"] for line in answers.stdout.splitlines()]
    if len(verdicts) != len(rows) or set(verdicts) - {"allow", "deny"}:
        sys.exit(f"{len(verdicts)} answers for {len(rows)} texts: {set(verdicts)}")
    return [verdict == "deny" for verdict in verdicts]


def policy_of(kind):
    """A file with a rule that has this detector alone."""
    file = tempfile.NamedTemporaryFile("w", suffix=".yaml")
    file.write(RULE.format(DETECTOR.get(kind, kind)))
    file.flush()
    return file


def main(agentos, personal, innocent):
    personal, innocent = read(personal), read(innocent)
    policies = {kind: policy_of(kind) for kind in KINDS}
    under = ["no_pii", policies["key"].name]
    found = refused(agentos, under, "output", personal)
    taken = refused(agentos, under, "output", innocent)
    unequal = sum(a != b for a, b in zip(found + taken, refused(agentos, under, "send_data", personal + innocent)))
    for kind in KINDS:
        at = [i for i, row in enumerate(personal) if row[0] == kind]
        for i, alone in zip(at, refused(agentos, [policies[kind].name], "output", [personal[i] for i in at])):
            found[i] = found[i] and alone
    for kind in KINDS:
        data = [ok for row, ok in zip(personal, found) if row[0] == kind]
        alike = [bad for row, bad in zip(innocent, taken) if row[0] == kind]
        print(f"{kind:8} {sum(data):4} of {len(data):4} found; of look-alikes {sum(alike):4} of {len(alike):4} taken")
    for title, rows in (("missed", [row for row, ok in zip(personal, found) if not ok]),
                        ("taken", [row for row, bad in zip(innocent, taken) if bad])):
        for kind, text in rows:
            print(f"{title:8} {kind:8} {text!a}")
    print(f"recall {sum(found)} {len(found)} false {sum(taken)} {len(taken)} unequal {unequal}")


if __name__ == "__main__":
    main(*sys.argv[1:])
