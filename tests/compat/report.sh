#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The page of a report in a browser: what it shows, that typing filters it, that a hundred thousand rows
# are no burden, and that nothing in it is loaded or run but its own. SHOTS=FOLDER keeps pictures.
. "$(dirname "$0")/../integration/lib.sh"

need python3 sqlite3 || exit 0
browser=
for name in chromium chromium-browser google-chrome-stable; do
	browser=${browser:-$(command -v "$name")}
done
if [ -z "$browser" ]; then
	skip "Chromium" "not installed: chromium"
	exit 0
fi
SHOTS=${SHOTS:-$T}
READY='wait:document.querySelector("#count").textContent'
COUNT='eval:document.querySelector("#count").textContent'

# page FILE STEP... - what the steps print is in $T/out.
page() {
	local file=$1
	shift
	(cd "$T" && timeout 120 python3 "$ROOT/tests/support/page.py" "$browser" "$T/profile" "$file" "$READY" "$@" complaints >"$T/out" 2>"$T/err")
	status=$?
}

# shows NAME LINE... - the page printed these lines, complained of nothing, and loaded nothing.
shows() {
	local name=$1
	shift
	same "$name" "0
$(printf '%s\n' "$@")" "$status
$(cat "$T/out" "$T/err")"
}

"$BUILD/tests/support/fill_record" "$AUDIT" 2000
"$AGENTOS" audit report "$T/page.html" --audit "$AUDIT"
page "$T/page.html" size:1300x1600 'eval:document.title' "$COUNT" \
	'eval:document.querySelector("#summary").textContent' \
	'eval:[...document.querySelectorAll("#rules tbody tr")].map((row) => row.cells[0].textContent + " " + row.cells[3].textContent).join()' \
	'eval:document.querySelectorAll("script").length' "shot:$SHOTS/light.png"
shows "it shows what there is, and no name of it is run" '"agentos report"' '"2,000 rows"' \
	'"2,000actions1,880allowed60noted or granted60refused"' '"secrets 40,careful 20"' 2

page "$T/page.html" size:1300x1600 'key:#filter=is:refused script' "$COUNT" \
	'eval:[...document.querySelectorAll("#rows .row")].every((row) => /script/.test(row.children[4].textContent) && row.children[5].textContent !== "allow")' \
	'click:#rows .row' 'eval:[...document.querySelectorAll("#detail dd")].some((field) => field.textContent.includes("</script>"))' \
	'key:#filter= action:delete_file' "$COUNT" \
	'click:#summary button' "$COUNT"
shows "typing filters, a row shows its fields, and the summary clears the filter" '"12 of 2,000 rows"' true true '"4 of 2,000 rows"' '"2,000 rows"'

page "$T/page.html" size:1300x1600 'press:/' 'eval:document.activeElement.id' 'eval:document.querySelector("#rows").focus(), 0' \
	'press:End' 'eval:document.querySelector("#detail dd").textContent' 'press:Home' 'eval:document.querySelector("#detail dd").textContent'
shows "the keyboard reaches the filter and both ends" '"filter"' 0 '"2002"' '"3"'

color='eval:getComputedStyle(document.body).backgroundColor'
page "$T/page.html" size:1300x1600 theme:light "$color" theme:dark "$color" "shot:$SHOTS/dark.png" \
	'eval:document.querySelector("#theme").value = "light", document.querySelector("#theme").dispatchEvent(new Event("change"))' "$color"
shows "light and dark, as the system or as chosen" '"rgb(246, 247, 249)"' '"rgb(20, 23, 28)"' true '"rgb(246, 247, 249)"'

page "$T/page.html" size:420x900 'eval:document.documentElement.scrollWidth <= 420' "shot:$SHOTS/narrow.png"
shows "it fits a telephone" true

# A process is below the one that made it.
python3 - "$T/page.html" "$T/tree.html" <<'PYTHON'
import json, re, sys
text = open(sys.argv[1]).read()
start = text.index('id="data">') + len('id="data">')
end = text.index("</script>", start)
data = json.loads(text[start:end])
names = [column["name"] for column in data["columns"]]
pid = names.index("pid")
for row in data["rows"]:
    row[names.index("ppid")] = row[pid] - 1 if row[pid] < 1003 else 1
open(sys.argv[2], "w").write(text[:start] + json.dumps(data).replace("<", "\\u003c") + text[end:])
PYTHON
page "$T/tree.html" 'eval:document.querySelectorAll("#processes > ul > li").length' 'eval:document.querySelector("#processes li li li").firstChild.textContent'
shows "processes are a tree" 38 '"python3 1002"'

rm -f "$AUDIT"*
"$BUILD/tests/support/fill_record" "$AUDIT" 100000
last=$(sqlite3 "$AUDIT" "SELECT max(seq) FROM actions")
"$AGENTOS" audit report "$T/page.html" --audit "$AUDIT"
page "$T/page.html" size:1300x1600 "$COUNT" 'eval:document.querySelectorAll("#rows .row").length < 100' \
	'eval:document.querySelector("#rows").scrollTop = 1e7, 0' 'wait:document.querySelector("#rows .row:last-child").firstChild.textContent === "'"$last"'"' \
	'key:#filter=host:example' "$COUNT" 'eval:performance.now() < 30000'
shows "a hundred thousand rows" '"100,000 rows"' true 0 '"15,000 of 100,000 rows"' true
