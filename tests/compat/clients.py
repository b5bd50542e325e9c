# SPDX-License-Identifier: MIT
"""clients.py CLIENT HOW [MARK]: talks to one of the servers of clients_servers.sh.

HOW is "allowed": what is granted, and its results; or "denied": what a rule refuses, with MARK in
it, and the error that the client raises, which is printed; then what is granted once more, over a
new connection where the old one has ended.
"""
import asyncio
import os
import ssl
import sys
import threading

HOST = "127.0.0.1"
PG = {"host": HOST, "port": int(os.environ["PG_PORT"]), "user": "agent", "dbname": "postgres"}
MYSQL = {"host": HOST, "port": int(os.environ["MYSQL_PORT"]), "user": "agent", "password": "word", "database": "work"}
SELECT = "select name from things where id = %s"
BODY = b"x" * 900000
CERTIFICATE = os.environ["CERTIFICATE"]


def url(scheme, path):
    return "%s://%s:%s%s" % (scheme, HOST, os.environ[scheme.upper() + "_PORT"], path)


def context():
    return ssl.create_default_context(cafile=CERTIFICATE)


def told(call, *args, **options):
    try:
        result = call(*args, **options)
        print("no error:", *(result if isinstance(result, tuple) else [result]))
    except Exception as error:
        print(type(error).__name__, error)


def statements(connect, how, mark):
    """Any connection of the database interface of Python."""
    drop = "drop table if exists gone_" + mark
    connection = connect()
    cursor = connection.cursor()
    if how == "denied":
        told(cursor.execute, drop)
        told(cursor.execute, "select 'the connection has ended'")
    connection = connect()
    cursor = connection.cursor()
    for _ in range(3):
        cursor.execute(SELECT, (1,))
        print(cursor.fetchall())
    cursor.execute("select length(%s), repeat('y', 100000)", ("x" * 900000,))
    print([len(str(value)) for value in cursor.fetchall()[0]])
    connection.close()


def psycopg2(mode, how, mark):
    import psycopg2

    statements(lambda: psycopg2.connect(sslmode=mode, **PG), how, mark)


def psycopg(mode, how, mark):
    import psycopg

    def connect():
        return psycopg.connect(sslmode=mode, autocommit=True, **PG)

    statements(connect, how, mark)
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("create temporary table rows (n integer)")
        with cursor.copy("copy rows from stdin") as copy:
            for n in range(5000):
                copy.write_row((n,))
        with connection.pipeline():
            for _ in range(10):
                cursor.execute("select count(*), sum(n) from rows", prepare=True)
            print(cursor.fetchall())


def sqlalchemy(mode, how, mark):
    """Its rollback behind a refusal hides the first error, and its pool gets the connection back."""
    import logging

    import sqlalchemy

    logging.disable()
    address = "postgresql+psycopg2://%s@%s:%d/%s?sslmode=%s" % (PG["user"], HOST, PG["port"], PG["dbname"], mode)
    engine = sqlalchemy.create_engine(address)

    def run(text):
        with engine.begin() as connection:
            return connection.execute(sqlalchemy.text(text)).fetchall()

    for _ in range(2):
        print(run("select name from things where id = 1"))
        if how == "denied":
            told(run, "drop table if exists gone_" + mark)


async def psycopg_async(mode, how, mark):
    import psycopg

    if how == "denied":
        connection = await psycopg.AsyncConnection.connect(sslmode=mode, **PG)
        try:
            await connection.execute("drop table if exists gone_" + mark)
        except psycopg.Error as error:
            print(type(error).__name__, error)
    connection = await psycopg.AsyncConnection.connect(sslmode=mode, **PG)
    cursor = await connection.execute(SELECT, (1,))
    print(await cursor.fetchall())
    await connection.close()


def libpq(mode, how, mark):
    """The library of PostgreSQL itself, by each of its ways to send a statement."""
    import ctypes

    pq = ctypes.CDLL("libpq.so.5")
    for name in ("PQerrorMessage", "PQresultErrorMessage", "PQgetvalue"):
        getattr(pq, name).restype = ctypes.c_char_p
    for name in ("PQconnectdb", "PQexec", "PQexecParams", "PQprepare", "PQgetResult"):
        getattr(pq, name).restype = ctypes.c_void_p
    tuples_ok = 2

    def connect():
        words = "host=%(host)s port=%(port)d user=%(user)s dbname=%(dbname)s" % PG
        return ctypes.c_void_p(pq.PQconnectdb(("%s sslmode=%s" % (words, mode)).encode()))

    def sent(connection, text):
        pq.PQsendQuery(connection, text)
        return pq.PQgetResult(connection)

    ways = {
        "PQexec": lambda connection, text: pq.PQexec(connection, text),
        "PQexecParams": lambda connection, text: pq.PQexecParams(connection, text, 0, None, None, None, None, 0),
        "PQprepare": lambda connection, text: pq.PQprepare(connection, b"", text, 0, None),
        "PQsendQuery": sent,
    }
    for name, way in ways.items():
        connection = connect()
        result = ctypes.c_void_p(way(connection, b"select name from things where id = 1"))
        if name != "PQprepare":
            print(name, pq.PQresultStatus(result) == tuples_ok, pq.PQgetvalue(result, 0, 0).decode())
        while pq.PQgetResult(connection):
            pass
        if how == "denied":
            result = ctypes.c_void_p(way(connection, b"drop table if exists gone_" + mark.encode()))
            print(name, pq.PQresultErrorMessage(result).decode(), pq.PQerrorMessage(connection).decode())
        pq.PQfinish(connection)


def pg8000(mode, how, mark):
    """It speaks the protocol by itself, over the TLS of Python."""
    import pg8000.dbapi

    tls = None
    if mode == "require":
        tls = context()

    def connect():
        return pg8000.dbapi.connect(
            user=PG["user"], host=HOST, port=PG["port"], database=PG["dbname"], ssl_context=tls
        )

    statements(connect, how, mark)


async def asyncpg(mode, how, mark):
    """It speaks the protocol by itself, over a loop of events."""
    import asyncpg

    async def run(text, *args):
        connection = await asyncpg.connect(
            user=PG["user"], host=HOST, port=PG["port"], database=PG["dbname"], ssl=mode
        )
        try:
            return await connection.fetch(text, *args)
        finally:
            await connection.close()

    for _ in range(3):
        print(await run("select name from things where id = $1", 1))
    if how == "denied":
        for args in ((), (1,)):
            try:
                print("no error:", await run("drop table if exists gone_" + mark, *args))
            except Exception as error:
                print(type(error).__name__, error)


def pymysql(mode, how, mark):
    import pymysql

    tls = {"ssl_ca": CERTIFICATE} if mode == "tls" else {"ssl_disabled": True}
    statements(lambda: pymysql.connect(**MYSQL, **tls), how, mark)


def redis(_, how, mark):
    import redis

    client = redis.Redis(HOST, int(os.environ["REDIS_PORT"]))
    if how == "denied":
        told(client.delete, "gone_" + mark)
    print(client.set("key", "value"), client.get("key"))
    with client.pipeline() as pipeline:
        for n in range(1000):
            pipeline.set("n", n)
        print(len(pipeline.execute()), client.get("n"))


def sqlite3(_, how, mark):
    import sqlite3

    connection = sqlite3.connect("data.db", isolation_level=None)
    connection.execute("create table if not exists things (id integer, name text)")
    connection.execute("insert into things values (?, ?)", (1, "one"))
    if how == "denied":
        told(connection.execute, "drop table things")
        told(connection.executescript, "select '%s'; drop table things" % mark)
    print(connection.execute("select name from things").fetchall())


def pages(get, post, scheme, how, mark):
    """get and post return a status and a text."""
    if how == "denied":
        told(get, url(scheme, "/private/" + mark))
        told(post, url(scheme, "/private/" + mark), b"body")
    for _ in range(3):
        print(get(url(scheme, "/docs/page")))
    print(len(get(url(scheme, "/docs/large"))[1]))
    print(post(url(scheme, "/echo"), BODY))


def requests(scheme, how, mark):
    import requests

    session = requests.Session()
    session.verify = CERTIFICATE

    def answer(response):
        return response.status_code, response.text

    pages(lambda at: answer(session.get(at)), lambda at, body: answer(session.post(at, data=body)), scheme, how, mark)
    answers = []

    def in_a_thread(n):
        path = "/private/" + mark if how == "denied" and n % 4 == 0 else "/docs/page"
        answers.append(session.get(url(scheme, path)).status_code)

    threads = [threading.Thread(target=in_a_thread, args=(n,)) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sorted(answers))


def urllib(scheme, how, mark):
    import urllib.error
    import urllib.request

    def answer(at, body=None):
        try:
            with urllib.request.urlopen(at, body, context=context() if scheme == "https" else None) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    pages(answer, answer, scheme, how, mark)


def httpx(scheme, how, mark, http2=False):
    import httpx

    def answer(response):
        return response.status_code, response.text, response.http_version

    with httpx.Client(verify=context(), http2=http2) as client:
        pages(
            lambda at: answer(client.get(at)), lambda at, body: answer(client.post(at, content=body)), scheme, how, mark
        )


async def httpx_async(scheme, how, mark, http2=False):
    import httpx

    async with httpx.AsyncClient(verify=context(), http2=http2) as client:
        if how == "denied":
            print((await client.get(url(scheme, "/private/" + mark))).text)
        for _ in range(3):
            response = await client.get(url(scheme, "/docs/page"))
            print(response.http_version, response.status_code, response.text)
        print((await client.post(url(scheme, "/echo"), content=BODY)).text)
        answers = await asyncio.gather(*[client.get(url(scheme, "/docs/page")) for _ in range(20)])
        print([answer.status_code for answer in answers])


async def aiohttp(scheme, how, mark):
    import aiohttp

    async def get(session, path):
        async with session.get(url(scheme, path), ssl=context()) as response:
            return response.status, await response.text()

    async with aiohttp.ClientSession() as session:
        if how == "denied":
            print(*await get(session, "/private/" + mark))
        for _ in range(3):
            print(await get(session, "/docs/page"))
        print(len((await get(session, "/docs/large"))[1]))
        async with session.post(url(scheme, "/echo"), data=BODY, ssl=context()) as response:
            print(response.status, await response.text())
        print(await asyncio.gather(*[get(session, "/docs/page") for _ in range(20)]))


CLIENTS = {
    "libpq": libpq,
    "pg8000": pg8000,
    "asyncpg": asyncpg,
    "psycopg2": psycopg2,
    "psycopg": psycopg,
    "psycopg-async": psycopg_async,
    "sqlalchemy": sqlalchemy,
    "pymysql": pymysql,
    "redis": redis,
    "sqlite3": sqlite3,
    "requests": requests,
    "urllib": urllib,
    "httpx": httpx,
    "httpx-async": httpx_async,
    "httpx-h2": lambda *args: httpx(*args, http2=True),
    "httpx-async-h2": lambda *args: httpx_async(*args, http2=True),
    "aiohttp": aiohttp,
}


def main():
    client, _, mode = sys.argv[1].partition(":")
    done = CLIENTS[client](mode, sys.argv[2], os.environ.get("MARK", ""))
    if done is not None:
        asyncio.run(asyncio.wait_for(done, 30))


main()
