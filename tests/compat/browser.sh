#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Chromium, as agents drive it: headless, without its own sandbox (it needs namespaces).
. "$(dirname "$0")/../integration/lib.sh"

LIMIT=120
browser=
for name in chromium chromium-browser google-chrome-stable; do
	browser=${browser:-$(command -v "$name")}
done
if [ -z "$browser" ]; then
	skip "Chromium" "not installed: chromium"
	exit 0
fi
ENVIRONMENT=(BROWSER="$browser" PORT="$((20000 + $$ % 20000))")
prepare() {
	cat >look.sh <<-'SH'
		exec timeout 50 "$BROWSER" --headless --no-sandbox --disable-gpu --disable-background-networking --no-first-run \
			--user-data-dir="$PWD/profile" "$@" 2>errors
	SH
	echo '<p id="p">from a server</p><script src="s.js"></script>' >index.html
	echo 'document.getElementById("p").append(" and its script ", 6 * 7)' >s.js
}

same_as_bare "a page of its own" bash look.sh --dump-dom 'data:text/html,<p>hello <script>document.write(6*7)</script>'
same_as_bare "a page from a server of the run" bash -c '
	python3 -m http.server --bind 127.0.0.1 "$PORT" >/dev/null 2>&1 & server=$!
	for i in $(seq 200); do curl -s "http://127.0.0.1:$PORT/" >/dev/null && break; read -t 0.05 -r _ <> <(:); done
	bash look.sh --dump-dom "http://127.0.0.1:$PORT/"; kill "$server"'
same_as_bare "a picture and a document of a page" bash -c '
	bash look.sh --screenshot=page.png --window-size=400,300 "file://$PWD/index.html"
	bash look.sh --print-to-pdf=page.pdf --no-pdf-header-footer "file://$PWD/index.html"
	head -c 8 page.png | od -An -c; head -c 5 page.pdf; sha256sum page.png'
