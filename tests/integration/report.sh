#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Reports: one file that needs nothing else, in which no name that an agent chose means anything.
# tests/compat/report.sh looks at the page with a browser.
. "$(dirname "$0")/lib.sh"

report() {
	bare "$AGENTOS" audit report "$@" --audit "$AUDIT"
}

fresh
governed sh -c 'echo b >b; cat /etc/shadow; cat b; mkdir -p "</script><script>alert(1)<"; : >"</script><script>alert(1)</script>"'
report "$T/page.html"
same "a page is written" 0 "$status"
check_not "and nothing is printed" test -s "$T/out"
same "it is its owner's alone" 600 "$(stat -c %a "$T/page.html")"

# Looks at a page as a browser does that obeys its policy.
cat >"$T/look.py" <<'PYTHON'
import base64, hashlib, html.parser, json, re, sys

text = open(sys.argv[1], encoding="ascii").read()
found, inside = {}, []


class Parser(html.parser.HTMLParser):
    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.inside = tag + attributes.get("type", "")
        found.setdefault(self.inside, []).append("")
        for name in "src", "href", "action", "style", "onclick", "onload":
            assert name not in attributes, (tag, attributes)
        if "content" in attributes and "http-equiv" in attributes:
            found["policy"] = attributes["content"]

    def handle_data(self, data):
        if getattr(self, "inside", None):
            found[self.inside][-1] += data

    def handle_endtag(self, tag):
        self.inside = None


Parser().feed(text)
assert "default-src 'none'" in found["policy"]
for part in "style", "script":
    assert len(found[part]) == 1, part
    digest = base64.b64encode(hashlib.sha256(found[part][0].encode()).digest()).decode()
    assert f"{part}-src 'sha256-{digest}'" in found["policy"], part
assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", found["script"][0] + found["style"][0])
data = json.loads(found["scriptapplication/json"][0])
names = [column["name"] for column in data["columns"]]
for row in data["rows"]:
    assert len(row) == len(names)
    fields = {column["name"]: data["strings"][value] if column.get("text") else value
              for column, value in zip(data["columns"], row)}
    print(fields["seq"], fields["action"], fields["verdict"], fields["path"])
PYTHON
check "its parts are those that its policy names, and nothing else is loaded" python3 "$T/look.py" "$T/page.html"
python3 "$T/look.py" "$T/page.html" >"$T/seen"
bare "$AGENTOS" audit query --json --audit "$AUDIT"
same "it has a row for each action" "$(wc -l <"$T/out")" "$(wc -l <"$T/seen")"
check "a refusal" grep -q "deny /etc/shadow$" "$T/seen"
check "a name that is markup is a name" grep -qF "/</script><script>alert(1)</script>" "$T/seen"
check_not "and no markup in the page" grep -qF "alert(1)<" "$T/page.html"

report "$T/page.html" --verdict deny
python3 "$T/look.py" "$T/page.html" >"$T/seen"
same "the filters are those of a query" 1 "$(wc -l <"$T/seen")"
check "and said" grep -qF '"filter":"--verdict deny"' "$T/page.html"

# ---- names of all kinds ------------------------------------------------------------------------

rm -f "$AUDIT"*
"$BUILD/tests/support/fill_record" "$AUDIT" 2000
report "$T/page.html"
check "all kinds of names" python3 "$T/look.py" "$T/page.html"
check_not "nothing that is not plainly visible" grep -qP '[^\x20-\x7e\t]' "$T/page.html"

report "$T/report.json"
check "as JSON: the rows as a query prints them" python3 -c 'import json, sys
report = json.load(open(sys.argv[1]))
assert report["about"]["head"] == 2004 and len(report["runs"]) == 2
assert report["actions"] == [json.loads(line) for line in open(sys.argv[2])]' "$T/report.json" \
	<("$AGENTOS" audit query --json --audit "$AUDIT")
report "$T/report.md"
check "as Markdown: how many" grep -qx "2000 actions: 1940 granted, 60 refused" "$T/report.md"
check "by rule" grep -qx '| `secrets` | 40 |' "$T/report.md"
check "each refusal is one row" test "$(grep -c '^| `2' "$T/report.md")" = 60
check_not "whose names end no cell" grep -qE '^\| `2([^|]*\|){7}' "$T/report.md"

# ---- what cannot be written --------------------------------------------------------------------

report "$T/report.pdf"
same "an unknown suffix: 1" 1 "$status"
check "and which there are" grep -q "none of .html, .json, .md" "$T/err"
report "$T/none/report.md"
same "a folder that is not there: 1" 1 "$status"
report
same "no file: 2" 2 "$status"
if [ -e /dev/full ]; then
	ln -s /dev/full "$T/full.md"
	report "$T/full.md"
	check "a report takes the place of what was there, whole" grep -q "2000 actions" "$T/full.md"
fi
same "no part is left" "" "$(find "$T" -name '*.md.*' -o -name '*.html.*')"
