# SPDX-License-Identifier: MIT
#
# Servers that the clients of clients.sh talk to: bare and ungoverned, on ports and in folders of
# their own, each with a log of what has reached it. Source it behind lib.sh.
#
#   SERVERS          their folder; $SERVERS/tls.crt is the certificate of 127.0.0.1 and localhost
#   PG_PORT MYSQL_PORT REDIS_PORT HTTP_PORT HTTPS_PORT
#   start_NAME       starts one, or skips and fails
#   log_NAME         prints what has reached it
#   stop_servers     for finally
# shellcheck shell=bash

SERVERS=$T/servers
PG_PORT=$((20000 + $$ % 20000))
MYSQL_PORT=$((PG_PORT + 1))
REDIS_PORT=$((PG_PORT + 2))
HTTP_PORT=$((PG_PORT + 3))
HTTPS_PORT=$((PG_PORT + 4))
SERVER_PIDS=()
PG_DATA=$SERVERS/pg
# PostgreSQL refuses to run as root.
AS_NOBODY=()

start_certificate() {
	mkdir -p "$SERVERS"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
		-addext "subjectAltName=DNS:localhost,IP:127.0.0.1" \
		-keyout "$SERVERS/tls.key" -out "$SERVERS/tls.crt" 2>/dev/null
}

start_postgresql() {
	local bin
	bin=$(find /usr/lib/postgresql /usr/libexec/postgresql* /usr/bin -maxdepth 3 -name initdb 2>/dev/null | sort | tail -n 1)
	if [ -z "$bin" ]; then
		skip "PostgreSQL" "not installed: initdb"
		return 1
	fi
	bin=$(dirname "$bin")
	mkdir "$PG_DATA"
	if [ "$(id -u)" = 0 ]; then
		AS_NOBODY=(setpriv --reuid 65534 --regid 65534 --clear-groups)
		chmod 755 "$T" "$SERVERS"
		chown 65534 "$PG_DATA"
	fi
	(cd "$PG_DATA" && "${AS_NOBODY[@]}" "$bin/initdb" -D "$PG_DATA/data" -U agent -A trust --no-sync) >"$SERVERS/initdb.log" 2>&1
	cp "$SERVERS/tls.crt" "$SERVERS/tls.key" "$PG_DATA/data/"
	chmod 600 "$PG_DATA/data/tls.key"
	[ "$(id -u)" != 0 ] || chown 65534 "$PG_DATA/data/tls.key" "$PG_DATA/data/tls.crt"
	cat >>"$PG_DATA/data/postgresql.conf" <<-END
		port = $PG_PORT
		listen_addresses = '127.0.0.1'
		unix_socket_directories = '$PG_DATA'
		ssl = on
		ssl_cert_file = 'tls.crt'
		ssl_key_file = 'tls.key'
		log_statement = all
		fsync = off
	END
	(cd "$PG_DATA" && exec "${AS_NOBODY[@]}" "$bin/postgres" -D "$PG_DATA/data") >"$SERVERS/postgresql.log" 2>&1 &
	SERVER_PIDS+=($!)
	check "PostgreSQL is up" within 60 psql -h 127.0.0.1 -p "$PG_PORT" -U agent -c "select 1" postgres || return
	check "a table in PostgreSQL" psql -h 127.0.0.1 -p "$PG_PORT" -U agent postgres \
		-c "create table things (id integer, name text)" -c "insert into things values (1, 'one')"
}

log_postgresql() {
	cat "$SERVERS/postgresql.log"
}

start_mysql() {
	need mariadbd mariadb-install-db mysql || return
	mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$SERVERS/mysql" --skip-test-db \
		--auth-root-authentication-method=normal >"$SERVERS/mysql-install.log" 2>&1
	mariadbd --no-defaults --user="$(id -un)" --datadir="$SERVERS/mysql" --port="$MYSQL_PORT" \
		--bind-address=127.0.0.1 --socket="$SERVERS/mysql.sock" --pid-file="$SERVERS/mysql.pid" \
		--general-log=1 --general-log-file="$SERVERS/mysql-general.log" \
		--ssl-cert="$SERVERS/tls.crt" --ssl-key="$SERVERS/tls.key" >"$SERVERS/mysql.log" 2>&1 &
	SERVER_PIDS+=($!)
	check "MariaDB is up" within 60 mysql --no-defaults -S "$SERVERS/mysql.sock" -u root -e "select 1" || return
	check "a table in MariaDB" mysql --no-defaults -S "$SERVERS/mysql.sock" -u root -e "
		create user agent@127.0.0.1 identified by 'word'; create user agent@localhost identified by 'word';
		create database work; grant all on work.* to agent@127.0.0.1; grant all on work.* to agent@localhost;
		create table work.things (id integer, name text); insert into work.things values (1, 'one')"
}

log_mysql() {
	cat "$SERVERS/mysql-general.log"
}

# Its slow log, at no time at all, keeps each command.
start_redis() {
	need redis-server redis-cli || return
	redis-server --port "$REDIS_PORT" --bind 127.0.0.1 --save "" --appendonly no --dir "$SERVERS" \
		--slowlog-log-slower-than 0 --slowlog-max-len 100000 >"$SERVERS/redis.log" 2>&1 &
	SERVER_PIDS+=($!)
	check "Redis is up" within 30 redis-cli -p "$REDIS_PORT" ping
}

log_redis() {
	redis-cli -p "$REDIS_PORT" slowlog get 10000
}

start_nginx() {
	need nginx curl || return
	mkdir -p "$SERVERS/html/docs" "$SERVERS/temp"
	echo "a page" >"$SERVERS/html/docs/page"
	seq 200000 >"$SERVERS/html/docs/large"
	cat >"$SERVERS/nginx.conf" <<-END
		daemon off; worker_processes 1; pid $SERVERS/nginx.pid; error_log $SERVERS/nginx-errors;
		$([ "$(id -u)" != 0 ] || echo "user root;")
		events { worker_connections 256; }
		http {
			log_format said '\$request_method \$scheme \$request_uri \$server_protocol';
			access_log $SERVERS/nginx-access.log said;
			client_body_temp_path $SERVERS/temp; proxy_temp_path $SERVERS/temp; fastcgi_temp_path $SERVERS/temp;
			uwsgi_temp_path $SERVERS/temp; scgi_temp_path $SERVERS/temp;
			default_type text/plain;
			server {
				listen 127.0.0.1:$HTTP_PORT;
				listen 127.0.0.1:$HTTPS_PORT ssl http2;
				ssl_certificate $SERVERS/tls.crt; ssl_certificate_key $SERVERS/tls.key;
				root $SERVERS/html;
				client_max_body_size 0;
				location /private { return 200 "private\n"; }
				location /sink { return 200 "\$request_method \$content_length\n"; }
				location /echo { proxy_pass http://127.0.0.1:$HTTP_PORT/sink; }
			}
		}
	END
	nginx -p "$SERVERS/" -c "$SERVERS/nginx.conf" -e "$SERVERS/nginx-errors" >"$SERVERS/nginx.log" 2>&1 &
	SERVER_PIDS+=($!)
	check "nginx is up" within 30 curl -s "http://127.0.0.1:$HTTP_PORT/docs/page"
}

log_nginx() {
	cat "$SERVERS/nginx-access.log"
}

stop_servers() {
	[ "${#SERVER_PIDS[@]}" = 0 ] || kill "${SERVER_PIDS[@]}" 2>/dev/null
	wait 2>/dev/null
}
