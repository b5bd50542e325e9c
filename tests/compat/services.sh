#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Servers and databases on loopback: started, used, reloaded and stopped inside of one run.
. "$(dirname "$0")/../integration/lib.sh"

LIMIT=120
PORT=$((20000 + $$ % 20000))
ENVIRONMENT=(PORT="$PORT" NEXT_PORT="$((PORT + 1))")
# until_up CMD... - in the scripts below: polls.
UP='up() { for i in $(seq 200); do "$@" >/dev/null 2>&1 && return; read -t 0.05 -r _ <> <(:); done; echo "not up: $*"; }'

if need sqlite3; then
	same_as_bare -e "sqlite3" bash -c '
		sqlite3 data.db "pragma journal_mode = wal; create table t (n integer, s text); pragma user_version = 7"
		for i in 1 2 3 4; do
			sqlite3 -cmd ".timeout 20000" data.db "with recursive c(n) as (select 1 union all select n + 1 from c where n < 2000)
				insert into t select n, hex(n) from c" &
		done
		wait
		sqlite3 data.db "select count(*), sum(n) from t; pragma integrity_check; vacuum; .backup copy.db"
		sqlite3 copy.db .dump | sha256sum; sqlite3 copy.db "pragma journal_mode = delete"; ls'
fi

if need redis-server redis-cli redis-benchmark; then
	same_as_bare "redis: commands, a benchmark, snapshots, a unix socket" bash -c "$UP"'
		redis-server --port "$PORT" --bind 127.0.0.1 --save "" --appendonly yes --unixsocket redis.sock \
			--dir "$PWD" >log 2>&1 &
		up redis-cli -p "$PORT" ping
		redis-cli -p "$PORT" set key value; redis-cli -s redis.sock get key
		redis-benchmark -p "$PORT" -q -n 5000 -c 20 -t set,get,lpush,mset | tr "\r" "\n" | grep -c "requests per second"
		redis-benchmark -s redis.sock -q -n 5000 -c 20 -P 8 -t incr | tr "\r" "\n" | grep -c "requests per second"
		redis-cli -p "$PORT" save; redis-cli -p "$PORT" bgrewriteaof
		up sh -c "redis-cli -p $PORT info persistence | grep -q aof_rewrite_in_progress:0"
		redis-cli -p "$PORT" shutdown nosave; wait; echo $?; ls -F; grep -ci error log'
fi

if need nginx curl; then
	same_as_bare "nginx: files, a proxy, a reload" bash -c "$UP"'
		mkdir html temp; echo first >html/index.html; seq 300000 >html/large
		cat >nginx.conf <<END
			daemon off; worker_processes 2; pid nginx.pid; error_log errors;
			events { worker_connections 64; }
			http {
				access_log off; sendfile on;
				client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp;
				uwsgi_temp_path temp; scgi_temp_path temp;
				server { listen 127.0.0.1:$PORT; root $PWD/html; }
				server { listen 127.0.0.1:$NEXT_PORT; location / { proxy_pass http://127.0.0.1:$PORT; } }
			}
END
		run() { nginx -p "$PWD/" -c nginx.conf -e errors "$@"; }
		get() { curl -s --max-time 20 "$@"; }
		run & server=$!
		up get "http://127.0.0.1:$NEXT_PORT/"
		get "http://127.0.0.1:$PORT/"; get "http://127.0.0.1:$NEXT_PORT/large" | sha256sum
		get -o /dev/null -w "%{http_code}\n" "http://127.0.0.1:$PORT/missing"
		get -r 10-19 "http://127.0.0.1:$PORT/large"
		for i in $(seq 40); do get "http://127.0.0.1:$NEXT_PORT/large" | wc -c & done | sort -u
		sed -i "s,$PWD/html,$PWD/html/second," nginx.conf; mkdir html/second; echo second >html/second/index.html
		run -s reload
		up sh -c "curl -s http://127.0.0.1:$PORT/ | grep -q second"; get "http://127.0.0.1:$PORT/"
		run -s quit; wait "$server"; echo $?; grep -c -e emerg -e alert errors'
fi

# PostgreSQL refuses to run as root.
as_nobody=()
if [ "$(id -u)" = 0 ]; then
	as_nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	chmod 755 "$T"
	prepare() { chown 65534 .; }
fi
pg_bin=$(find /usr/lib/postgresql /usr/libexec/postgresql* /usr/bin -maxdepth 3 -name initdb 2>/dev/null | sort | tail -n 1)
if [ -z "$pg_bin" ]; then
	skip "PostgreSQL" "not installed: initdb"
else
	ENVIRONMENT+=(PGBIN="$(dirname "$pg_bin")")
	same_as_bare "PostgreSQL: initdb, start, pgbench, crash and recovery, stop" "${as_nobody[@]}" bash -c '
		PATH=$PGBIN:$PATH
		initdb -D data -U agent -A trust >initdb.log 2>&1; echo "initdb $?"
		printf "%s\n" "port = $PORT" "listen_addresses = '"'127.0.0.1'"'" "unix_socket_directories = '"'"'$PWD'"'"'" >>data/postgresql.conf
		sql() { psql -h 127.0.0.1 -p "$PORT" -U agent -At postgres "$@"; }
		bench() { pgbench -p "$PORT" -U agent "$@" postgres 2>&1; }
		pg_ctl -D data -w -l log start >/dev/null; echo "start $?"
		bench -h 127.0.0.1 -i -q >/dev/null; echo "pgbench -i $?"
		bench -h "$PWD" --random-seed=7 -c 4 -t 100 | grep -E "processed|failed"; bench -h 127.0.0.1 -S -C -c 2 -t 20 | grep processed
		sql -c "select count(*) from pgbench_history" -c "set max_parallel_workers_per_gather = 2" \
			-c "select count(*), sum(abalance) = (select sum(delta) from pgbench_history) from pgbench_accounts" \
			-c "copy pgbench_branches to stdout" -c vacuum -c checkpoint
		pg_ctl -D data -m immediate stop >/dev/null; echo "crash $?"
		pg_ctl -D data -w -l log start >/dev/null; echo "start $?"
		sql -c "select count(*) from pgbench_history"
		pg_ctl -D data -m fast stop >/dev/null; echo "stop $?"; grep -cE "PANIC|ERROR" log; ls'
fi
