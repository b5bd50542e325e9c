#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Clients of databases and of the web under rules about content: what is granted works as it does
# bare; what is refused does not reach the server, by the server's own log, and the client tells why
# in its own words, for the shim explains nothing here. All of it is in the record, word for word.
#
# Each cell is an assertion of its own, by the functions below: "works" that what is granted gives the same
# output, errors and status as bare (alike); "log" that the refused text is not in the server's own log, where
# the control is (denied); "text" that the client's error has the rule and its message (denied); "record" that
# `agentos audit query --json` has the granted text with allow, and the refused one with deny and the rule.
#
#   client                      over                  granted       refused
#   psql, libpq itself          plain, TLS            works record  log text record
#   psycopg 3, psycopg2, SQLAlchemy, pg8000, asyncpg  works record  log text record
#   mysql, PyMySQL              plain, TLS            works record  log text record
#   redis-cli, redis-py         plain                 works record  log text record
#   curl                        http, https, h2       works record  log text record
#   openssl s_client            https                 works record  log text record
#   wget                        http, https (GnuTLS)  works record  log text record
#   git                         https                 works record  log 403  record
#   requests, urllib, httpx, aiohttp  http, https, h2 works record  log text record
#   node                        http                  works record  log text record
#   node                        https: it enciphers unseen, and its connection is refused: log text record
#   sqlite3, Python's sqlite3   a file: the table itself is the witness       text record
. "$(dirname "$0")/../integration/lib.sh"
. "$(dirname "$0")/clients_servers.sh"

LIMIT=120
VENV=$T/venv
HERE=$ROOT/tests/compat
RUN_OPTIONS=(--policy "$HERE/clients.yaml" --set "ENVIRONMENT=$VENV" --explain off)
ENVIRONMENT=(PG_PORT="$PG_PORT" MYSQL_PORT="$MYSQL_PORT" HTTP_PORT="$HTTP_PORT" HTTPS_PORT="$HTTPS_PORT" REDIS_PORT="$REDIS_PORT"
	CERTIFICATE=certificate GIT_SSL_CAINFO=certificate GIT_TERMINAL_PROMPT=0)
HTTP=http://127.0.0.1:$HTTP_PORT
HTTPS=https://127.0.0.1:$HTTPS_PORT

finally() {
	stop_servers
}

prepare() {
	cp "$SERVERS/tls.crt" certificate
	cp "$HERE/clients.py" "$HERE/clients.js" .
}

# recorded ACTION VERDICT RULE [TEXT] - the last run's record has it, with what was said.
recorded() {
	"$AGENTOS" audit query --audit "$AUDIT" --json --action "$1" --verdict "$2" --rule "$3" >"$T/rows" || return
	if [ -z "${4:-}" ]; then
		test -s "$T/rows"
	else
		sed -nE 's/.*"content":"(([^"\\]|\\.)*)".*/\1/p' "$T/rows" | grep -qF -- "$4"
	fi
}

# What tells of each server: its log, the action, the rule and the rule's message.
declare -A ACTION_OF=([postgresql]=database_query [mysql]=database_query [redis]=database_query [sqlite]=database_query [nginx]=api_call)
declare -A RULE_OF=([database_query]=no-destruction [api_call]=nothing-private)
declare -A MESSAGE_OF=([database_query]="nothing is destroyed here" [api_call]="this page is for nobody")

has_reached() {
	"log_$1" | grep -q "$2"
}

# settle SERVER - what has reached it is in its log: nginx writes when it has answered.
settled=0
settle() {
	[ "$1" = nginx ] || return 0
	settled=$((settled + 1))
	curl -s -o /dev/null "$HTTP/settled-$settled"
	within 10 has_reached nginx "/settled-$settled "
}

mark=0
# denied [-t TEXT] NAME SERVER CMD... - CMD, with MARK in its environment and in place of @MARK@ in
# its words, reaches the server bare, and does not governed, where it tells the rule and its message
# (-t: only TEXT, a pattern).
denied() {
	local text='' name server action
	if [ "$1" = -t ]; then
		text=$2
		shift 2
	fi
	name="$1: refused" server=$2 action=${ACTION_OF[$2]}
	shift 2
	mark=$((mark + 1))
	fresh
	bare env MARK="bare${mark}x" "${@//@MARK@/bare${mark}x}"
	if ! within 10 has_reached "$server" "bare${mark}x"; then
		not_ok "$name"
		note "the control does not reach the server, status $status: $*"
		note_file output "$T/out"
		note_file errors "$T/err"
		return 1
	fi
	rm -f "$AUDIT"*
	fresh
	governed env MARK="governed${mark}x" "${@//@MARK@/governed${mark}x}"
	settle "$server"
	if has_reached "$server" "governed${mark}x"; then
		note "it has reached the server"
	elif ! recorded "$action" deny "${RULE_OF[$action]}" "governed${mark}x"; then
		note "it is not in the record"
	elif [ -n "$text" ] && grep -q "$text" "$T/out" "$T/err"; then
		ok "$name"
		return 0
	elif [ -z "$text" ] && cat "$T/out" "$T/err" | grep -F "rule '${RULE_OF[$action]}'" |
		grep -qF "${MESSAGE_OF[$action]}"; then
		ok "$name"
		return 0
	else
		note "the client does not tell why"
	fi
	not_ok "$name"
	note "status $status: $*"
	note_file output "$T/out"
	note_file errors "$T/err"
	return 1
}

# alike NAME SERVER TEXT CMD... - what is granted; two that fail alike show nothing. TEXT: a part of it,
# as the record has it.
alike() {
	local name=$1 action=${ACTION_OF[$2]} text=$3
	shift 3
	rm -f "$AUDIT"*
	if same_as_bare -e "$name: granted" "$@" && [ "$status" != 0 ]; then
		not_ok "$name: the control itself gives $status"
		note_file errors "$T/err"
	fi
	check "$name: what is granted is in the record" recorded "$action" allow default "$text"
}

# python_client NAME SERVER CLIENT - both, by a client of clients.py.
python_client() {
	local text="select name from things where id = "
	case $3 in
	redis) text="SET key value" ;;
	*:http) text="GET $HTTP/docs/page" ;;
	*:https) text="POST $HTTPS/echo" ;;
	esac
	alike "$1" "$2" "$text" "$VENV/bin/python" clients.py "$3" allowed
	denied "$1" "$2" "$VENV/bin/python" clients.py "$3" denied
}

need openssl sqlite3 python3 || exit 0
mkdir -p "$SERVERS"
start_certificate || exit 1
python3 -m venv "$VENV" || exit 1
if "$VENV/bin/pip" install -q --no-cache-dir --disable-pip-version-check psycopg2-binary "psycopg[binary]" pymysql \
	requests "httpx[http2]" aiohttp sqlalchemy redis pg8000 asyncpg >"$T/pip" 2>&1; then
	PACKAGES=1
else
	PACKAGES=
	skip "clients from PyPI" "not to be had from here: $(tail -n 1 "$T/pip")"
fi

if start_postgresql; then
	for mode in disable require; do
		PSQL=(psql "host=127.0.0.1 port=$PG_PORT user=agent dbname=postgres sslmode=$mode" -At)
		alike "psql, sslmode=$mode" postgresql "select repeat('x', 1000000)" "${PSQL[@]}" -c "select * from things" -c "select repeat('x', 1000000)" \
			-c "copy (select generate_series(1, 1000)) to stdout"
		denied "psql, sslmode=$mode" postgresql "${PSQL[@]}" -c "drop table if exists gone_@MARK@"
		denied "psql from a script, sslmode=$mode" postgresql sh -c 'echo "select 1; drop table if exists gone_@MARK@;" |
			"$@"' - "${PSQL[@]}"
		for client in libpq psycopg2 psycopg psycopg-async sqlalchemy pg8000 asyncpg; do
			[ -z "$PACKAGES" ] || python_client "$client, sslmode=$mode" postgresql "$client:$mode"
		done
	done
fi

if start_mysql; then
	MYSQL=(mysql --no-defaults -h 127.0.0.1 -P "$MYSQL_PORT" -u agent -pword)
	for mode in --skip-ssl "--ssl --ssl-ca=certificate"; do
		# shellcheck disable=SC2206
		SQL=("${MYSQL[@]}" $mode work)
		alike "mysql $mode" mysql "select length(repeat('x', 1000000))" "${SQL[@]}" -e "select * from things; select length(repeat('x', 1000000)); show tables"
		denied "mysql $mode" mysql "${SQL[@]}" -e "drop table if exists gone_@MARK@"
	done
	for mode in plain tls; do
		[ -z "$PACKAGES" ] || python_client "PyMySQL, $mode" mysql "pymysql:$mode"
	done
fi

if start_redis; then
	REDIS=(redis-cli -h 127.0.0.1 -p "$REDIS_PORT")
	alike "redis-cli" redis "set key value" sh -c '"$@" set key value; "$@" get key; seq 100 | sed "s/.*/incr n/" | "$@" | wc -l' - "${REDIS[@]}"
	denied "redis-cli" redis "${REDIS[@]}" del "gone_@MARK@"
	[ -z "$PACKAGES" ] || python_client "redis of Python" redis redis
fi

if start_nginx; then
	alike "curl, http" nginx "POST $HTTP/echo" curl -sS "$HTTP/docs/page" "$HTTP/docs/large" "$HTTP/docs/page" -d @clients.py "$HTTP/echo"
	denied "curl, http" nginx curl -sS "$HTTP/private/@MARK@"
	denied "curl, http, the second on a connection" nginx curl -sS "$HTTP/docs/page" "$HTTP/private/@MARK@" "$HTTP/docs/page"
	for version in --http1.1 --http2; do
		CURL=(curl -sS "$version" --cacert certificate)
		alike "curl $version, https" nginx "POST $HTTPS/echo" "${CURL[@]}" "$HTTPS/docs/page" "$HTTPS/docs/large" -F file=@clients.py "$HTTPS/echo"
		denied "curl $version, https" nginx "${CURL[@]}" "$HTTPS/private/@MARK@"
		denied "curl $version, https, a body" nginx "${CURL[@]}" --data-binary @clients.py "$HTTPS/private/@MARK@"
		denied "curl $version, https, the second on a connection" nginx "${CURL[@]}" \
			"$HTTPS/docs/page" "$HTTPS/private/@MARK@" "$HTTPS/docs/page"
	done
	# It begins its session with an empty write.
	S_CLIENT=(openssl s_client -quiet -ign_eof -CAfile certificate -connect "${HTTPS#https://}")
	alike "openssl s_client" nginx "GET $HTTPS/docs/page" sh -c 'printf "GET /docs/page HTTP/1.1\r\nHost: $1\r\nConnection: close\r\n\r\n" |
		{ shift && "$@"; }' - "${HTTPS#https://}" "${S_CLIENT[@]}"
	denied "openssl s_client" nginx sh -c 'printf "GET /private/@MARK@ HTTP/1.1\r\nHost: $1\r\nConnection: close\r\n\r\n" |
		{ shift && "$@"; }' - "${HTTPS#https://}" "${S_CLIENT[@]}"
	if need wget; then
		WGET=(wget -q -O - --content-on-error --ca-certificate=certificate)
		alike "wget" nginx "GET $HTTPS/docs/large" "${WGET[@]}" "$HTTP/docs/page" "$HTTP/docs/large" "$HTTPS/docs/page" "$HTTPS/docs/large"
		denied "wget, http" nginx "${WGET[@]}" "$HTTP/private/@MARK@"
		denied "wget, https" nginx "${WGET[@]}" "$HTTPS/private/@MARK@"
	fi
	if need git; then
		(git init -q "$T/repository" && cd "$T/repository" && echo text >file && git add file &&
			git -c user.name=A -c user.email=a@example.com commit -qm "a commit" &&
			git clone -q --bare . "$SERVERS/html/docs/repository.git" &&
			git -C "$SERVERS/html/docs/repository.git" update-server-info)
		alike "git, https" nginx "GET $HTTPS/docs/repository.git/info/refs" sh -c 'git clone -q "$1" copy && cat copy/file' - "$HTTPS/docs/repository.git"
		denied -t "error: 403" "git, https" nginx git clone -q "$HTTPS/private/@MARK@.git" copy
	fi
	if need node; then
		alike "node, http" nginx "GET $HTTP/docs/large" node clients.js "$HTTP/docs/page" "$HTTP/docs/large" "$HTTP/docs/page"
		denied "node, http" nginx node clients.js "$HTTP/docs/page" "$HTTP/private/@MARK@" "$HTTP/docs/page"
		# It enciphers by itself: nobody sees what it says.
		fresh
		governed node clients.js "$HTTPS/docs/page?by-node"
		settle nginx
		same "node, https: refused" "alert access denied, recorded, not there" "$(
			grep -o "alert access denied" "$T/out" | head -n 1
		), $(recorded connect deny guard-content && echo recorded), $(has_reached nginx by-node || echo not there)"
		RUN_OPTIONS+=(--explain stderr)
		governed node clients.js "$HTTPS/docs/page"
		check "node, https: told why" grep -q "guard-content.*enciphers it by itself" "$T/err"
		RUN_OPTIONS=("${RUN_OPTIONS[@]:0:6}")
	fi
	for client in requests urllib httpx httpx-async aiohttp; do
		for scheme in http https; do
			[ -z "$PACKAGES" ] || python_client "$client, $scheme" nginx "$client:$scheme"
		done
	done
	for client in httpx-h2 httpx-async-h2; do
		[ -z "$PACKAGES" ] || python_client "$client" nginx "$client:https"
	done
fi

# It has no server: the table is there, or not.
[ -z "$PACKAGES" ] || alike "sqlite3 of Python" sqlite "select name from things" "$VENV/bin/python" clients.py sqlite3 allowed
SQLITE='sqlite3 data.db "create table things (id integer)"; sqlite3 data.db "drop table things"; cp data.db after.db'
refused "the sqlite3 shell: refused" '[ -z "$(sqlite3 after.db .tables)" ]' sh -c "$SQLITE"
check "the sqlite3 shell tells why" grep -q "rule 'no-destruction'.*nothing is destroyed here" "$T/err"
check "the sqlite3 shell is recorded" recorded database_query deny no-destruction "drop table things"
check "with what is granted" recorded database_query allow default "create table things (id integer)"
if [ -n "$PACKAGES" ]; then
	rm -f "$AUDIT"*
	fresh
	governed "$VENV/bin/python" clients.py sqlite3 denied
	same "sqlite3 of Python: refused, told why, recorded, goes on" "2 recorded [('one',)]" "$(
		grep -c "^OperationalError.*rule 'no-destruction'.*nothing is destroyed here" "$T/out"
	) $(recorded database_query deny no-destruction "drop table things" && echo recorded) $(tail -n 1 "$T/out")"
fi
