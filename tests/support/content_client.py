# SPDX-License-Identifier: MIT
#
# content_client.py SCENE PORT - what taps.sh has done under rules about content. Prints what it saw.
import asyncio
import fcntl
import hashlib
import http.client
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import threading

scene, port = sys.argv[1], int(sys.argv[2])
SECRET = b"SECRET-4711"
POST = b"POST /x HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 3\r\n\r\nabc" % port


def connect():
    return socket.create_connection(("127.0.0.1", port), 20)


def attempt(name, send):
    """The ways of sending: an innocent text passes, the secret does not."""
    with connect() as s:
        print(name, "passes" if send(s, b"innocent-" + name.encode()) else "sent nothing")
        try:
            send(s, b"%s by %s" % (SECRET, name.encode()))
            print(name, "LEAVES")
        except OSError as error:
            print(name, "refused", error.errno)


def by_sendfile(s, data):
    with open("data", "wb") as f:
        f.write(data)
    with open("data", "rb") as f:
        return os.sendfile(s.fileno(), f.fileno(), 0, len(data))


def by_copy(copy):
    def send(s, data):
        fd = copy(s.fileno())
        try:
            return os.write(fd, data)
        finally:
            os.close(fd)

    return send


def by_fcntl(fd):
    return fcntl.fcntl(fd, fcntl.F_DUPFD, 50)


def by_fork(s, data):
    pid = os.fork()
    if pid == 0:
        try:
            s.sendall(data)
            os._exit(0)
        except OSError as error:
            os._exit(error.errno)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status:
        raise OSError(status, "in the child")
    return len(data)


def run_with(fd, data):
    code = "import os,sys\ntry: os.write(%d, %r)\nexcept OSError as e: sys.exit(e.errno)"
    status = subprocess.run([sys.executable, "-c", code % (fd, data)], pass_fds=[fd]).returncode
    if status:
        raise OSError(status, "in the program")
    return len(data)


def by_program(s, data):
    return run_with(s.fileno(), data)


# Above 1,023, where this machine gives so many descriptors.
def by_program_high(s, data):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    fd = fcntl.fcntl(s.fileno(), fcntl.F_DUPFD, min(2000, most - 10))
    try:
        return run_with(fd, data)
    finally:
        os.close(fd)


def by_rights(s, data):
    here, there = socket.socketpair()
    socket.send_fds(here, [b"x"], [s.fileno()])
    fd = socket.recv_fds(there, 1, 1)[1][0]
    try:
        return os.write(fd, data)
    finally:
        os.close(fd)


def after_program(s, data):
    subprocess.run(["true"])
    return s.send(data)


def by_thread(s, data):
    result = []

    def body():
        try:
            result.append(s.send(data))
        except OSError as error:
            result.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    if isinstance(result[0], OSError):
        raise result[0]
    return result[0]


def split(s, data):
    for i in range(len(data)):
        s.send(data[i : i + 1])
    return len(data)


WAYS = {
    "write": lambda s, d: os.write(s.fileno(), d),
    "send": lambda s, d: s.send(d),
    "writev": lambda s, d: os.writev(s.fileno(), [d[:3], d[3:]]),
    "sendmsg": lambda s, d: s.sendmsg([d[:3], d[3:]]),
    "sendfile": by_sendfile,
    "dup": by_copy(os.dup),
    "dup2": by_copy(lambda fd: os.dup2(fd, 60)),
    "fcntl": by_copy(by_fcntl),
    "fork": by_fork,
    "program": by_program,
    "program-high": by_program_high,
    "rights": by_rights,
    "after-program": after_program,
    "thread": by_thread,
    "bytes": split,
}


def ways():
    for name, send in WAYS.items():
        attempt(name, send)


def post():
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    c.request("GET", "/neighbour")
    print(c.getresponse().read())
    c.request("POST", "/x", b"abc")
    r = c.getresponse()
    print(r.status, r.read().decode())


def bulk(size=20 << 20):
    block = b"".join(b"%015d\n" % i for i in range(size // 16))
    s = connect()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
    s.setblocking(False)
    at = turn = partial = 0
    while at < size:
        select.select([], [s], [])
        view = memoryview(block)[at : at + 300000]
        try:
            sent = s.sendmsg([view[:1000], view[1000:2000], view[2000:]]) if turn % 2 else s.send(view)
        except BlockingIOError:
            sent = 0
        partial += sent < len(view)
        at += sent
        turn += 1
    s.close()
    print(hashlib.sha256(block).hexdigest(), "partial" if partial else "all at once")


def waiters():
    def with_poll(s):
        p = select.poll()
        p.register(s, select.POLLIN)
        return p.poll(1000)

    def with_epoll(flags):
        def wait(s):
            with select.epoll() as e:
                e.register(s, flags)
                e.poll(0)
                s.sendall(POST)
                return e.poll(1)

        return wait

    def then(wait):
        def both(s):
            s.sendall(POST)
            return wait(s)

        return both

    for name, wait in {
        "select": then(lambda s: select.select([s], [], [], 1)[0]),
        "poll": then(with_poll),
        "epoll-level": with_epoll(select.EPOLLIN),
        "epoll-edge": with_epoll(select.EPOLLIN | select.EPOLLET),
    }.items():
        with connect() as s:
            awake = wait(s)
            print(name, "wakes" if awake else "SLEEPS", s.recv(12), s.recv(9999)[-1:], s.recv(9))


def aio():
    async def main():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(POST)
        await writer.drain()
        print((await asyncio.wait_for(reader.read(), 5))[:12])
        writer.close()

    asyncio.run(main())


def threads():
    def own(i):
        with connect() as s:
            for _ in range(200):
                s.sendall(b"%d" % i * 100)

    def shared(s, letter):
        for _ in range(200):
            s.sendall(letter * 100)

    with connect() as s:
        all_threads = [threading.Thread(target=own, args=(i,)) for i in range(8)]
        all_threads += [threading.Thread(target=shared, args=(s, letter)) for letter in (b"x", b"y")]
        for thread in all_threads:
            thread.start()
        for thread in all_threads:
            thread.join()
    print("done")


def signals():
    signal.signal(signal.SIGALRM, lambda *_: os.write(s.fileno(), b"!" * 10))
    with connect() as s:
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        for _ in range(2000):
            s.sendall(b"z" * 100)
        signal.setitimer(signal.ITIMER_REAL, 0)
    print("done")


def names():
    for name in ("localhost", "forbidden.example"):
        try:
            socket.getaddrinfo(name, 80)
            print(name, "resolves")
        except OSError as error:
            print(name, error)


def statements():
    import sqlite3

    c = sqlite3.connect("own.db")
    c.execute("create table t(a)")
    c.execute("insert into t values (?)", (1,))
    for call in (c.execute, c.executescript):
        for text in ("drop table t", "select 1; drop table t"):
            try:
                call(text)
                print("ACCEPTED")
            except sqlite3.Error as error:
                print(error)
    print(c.execute("select a from t").fetchall())


globals()[scene]()
