# SPDX-License-Identifier: MIT
#
# tool_client.py SCENE LOG - what pipes.sh has done: calls tools of a child server in many ways, and prints
# what comes back. "harmless" is a tool that no rule is about, "forbidden" one that a rule refuses.
import asyncio
import fcntl
import json
import os
import socket
import subprocess
import sys
import termios
import threading

scene, log = sys.argv[1], sys.argv[2]
SERVER = [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "tool_server.py"), log]


def call(name, id=1, **arguments):
    params = {"name": name, "arguments": arguments}
    message = {"jsonrpc": "2.0", "method": "tools/call", "params": params}
    if id is not None:
        message["id"] = id
    return json.dumps(message).encode() + b"\n"


def told(line):
    if not line:
        return "nothing"
    answer = json.loads(line)
    if "error" in answer:
        return "%s error %d %s" % (answer["id"], answer["error"]["code"], answer["error"]["message"])
    return "%s %s" % (answer["id"], answer["result"]["content"][0]["text"])


class Server:
    """A child with pipes: write is how it is written to."""

    def __init__(self, *more, stdin=subprocess.PIPE, stdout=subprocess.PIPE):
        self.child = subprocess.Popen(SERVER + list(more), stdin=stdin, stdout=stdout, bufsize=0)
        self.fd = self.child.stdin.fileno() if self.child.stdin else None

    def write(self, data):
        while data:
            data = data[os.write(self.fd, data) :]

    def read(self):
        return told(self.child.stdout.readline())

    def end(self):
        self.child.stdin.close()
        self.child.wait()


def rounds(server, write):
    """A call before, one that is refused, and one behind it: the server goes on."""
    for id, name in enumerate(["harmless", "forbidden", "harmless"], 1):
        write(call(name, id))
        print(server.read(), flush=True)


def pipes():
    server = Server()
    rounds(server, server.write)
    server.end()


def vectors():
    server = Server()
    rounds(server, lambda data: os.writev(server.fd, [data[:9], b"", data[9:]]))
    # Three in one, of which the one in the middle is left out.
    data = [call("harmless", 4), call("forbidden", 5), call("harmless", 6)]
    while data:
        sent = os.writev(server.fd, data)
        while data and sent >= len(data[0]):
            sent -= len(data.pop(0))
        if data:
            data[0] = data[0][sent:]
    print(sorted(server.read() for _ in range(3)))
    server.end()


def together():
    server = Server()
    sent = os.write(server.fd, call("harmless", 1) + call("forbidden", 2) + call("harmless", 3))
    print("sent", sent == 3 * len(call("harmless")) + 1)
    print(*sorted(server.read() for _ in range(3)), sep="\n")
    server.end()


def text():
    child = subprocess.Popen(SERVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    for id, name in enumerate(["harmless", "forbidden", "harmless"], 1):
        print(call(name, id).decode().strip(), file=child.stdin, flush=True)
        print(told(child.stdout.readline()))
    child.stdin.close()
    child.wait()


def sockets():
    ours, theirs = socket.socketpair()
    ours_out, theirs_out = socket.socketpair()
    child = subprocess.Popen(SERVER, stdin=theirs, stdout=theirs_out)
    theirs.close()
    theirs_out.close()
    answers = ours_out.makefile("rb")
    for id, name in enumerate(["harmless", "forbidden", "harmless"], 1):
        ours.sendall(call(name, id))
        print(told(answers.readline()))
    ours.close()
    child.wait()


async def with_asyncio():
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*SERVER, stdin=pipe, stdout=pipe)
    for id, name in enumerate(["harmless", "forbidden", "harmless"], 1):
        child.stdin.write(call(name, id))
        await child.stdin.drain()
        print(told(await child.stdout.readline()))
    child.stdin.close()
    await child.wait()


def attempt(name, what):
    try:
        what()
        print(name, "passes")
    except OSError as error:
        print(name, "refused", error.errno)


def split():
    """Its beginning has left: what would complete it does not, nor anything behind it."""
    server = Server()
    data = call("forbidden")
    server.write(data[:-20])
    attempt("the rest", lambda: server.write(data[-20:]))
    print(server.read())
    attempt("what is behind", lambda: server.write(call("harmless")))
    server.end()


def unended():
    """Some readers take a message as soon as its last brace is there."""
    server = Server()
    server.write(call("forbidden", 1)[:-1])
    print(server.read())
    server.write(b"\n")
    server.write(call("harmless", 2))
    print(server.read())
    server.end()


def spelled():
    """Other spellings of the same call, and what readers differ on."""
    server = Server()
    for id, line in enumerate(
        [
            call("forbidden").replace(b"tools/call", b"tools\\/\\u0063all"),
            call("forbidden").replace(b"forbidden", b"\\u0066orbidden"),
            call("forbidden").replace(b"{", b" {\t", 1),
            call("harmless")[:-2] + b',"method":"tools/call"}\n',
            call("harmless").replace(b"name", b"Name"),
            b"[" + call("harmless")[:-1] + b"," + call("forbidden")[:-1] + b"]\n",
            call("forbidden", None),
            b'{"a":NaN,' + call("forbidden")[1:],
            b"{'method':'tools/call','params':{'name':'forbidden'}}\n",
        ],
        1,
    ):
        attempt(id, lambda: server.write(line))
    server.write(call("harmless", 9))
    answers = []
    while not answers or not answers[-1].startswith("9 "):
        answers.append(server.read())
    print(*answers, sep="\n")
    server.end()


def neighbours():
    """What is no call passes, whatever it mentions; so does what a server of no tools is told."""
    server = Server()
    for data in [
        b'+\t"method": "tools/call",\n',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}\n',
        b'{"jsonrpc":"2.0","method":"x","params":["tools/call"]}\n',
        b'{"a":1,"a":2}\n{"a":"\xff"}\n',
        b"\n\0\n" + bytes(range(256)) + b"\n",
        b"x" * 3_000_000 + b"\n",
        b"last\n",
    ]:
        server.write(data)
    server.end()


def waiting(fd):
    return int.from_bytes(fcntl.ioctl(fd, termios.FIONREAD, b"\0\0\0\0"), sys.byteorder)


def partial():
    """No answer is put into the middle of another."""
    server = Server("1")
    server.write(call("slow", 1))
    while waiting(server.child.stdout) < 10:
        pass
    attempt("while an answer is under way", lambda: server.write(call("forbidden", 2)))
    server.write(b"go on\n")
    print(server.read())
    server.end()


def unread():
    """Answers that go elsewhere: nobody can be told but by the write."""
    with open(os.devnull, "wb") as nowhere:
        server = Server(stdout=nowhere)
        attempt("harmless", lambda: server.write(call("harmless")))
        attempt("forbidden", lambda: server.write(call("forbidden")))
        attempt("harmless", lambda: server.write(call("harmless")))
        server.end()


def bulk():
    """A full pipe takes in part."""
    server = Server()
    os.set_blocking(server.fd, False)
    lines = b"".join(call("harmless", None, at=i, more="m" * (i % 3000)) for i in range(600))
    done = 0
    while done < len(lines):
        try:
            done += os.write(server.fd, lines[done : done + 150_000])
        except BlockingIOError:
            pass
    server.end()
    print(len(lines))


def threads():
    server = Server()

    def work(number):
        for i in range(100):
            name = "forbidden" if i % 10 == 0 else "harmless"
            server.write(call(name, number * 1000 + i))

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    answers = [server.read() for _ in range(400)]
    for worker in workers:
        worker.join()
    print(len([a for a in answers if "error" in a]), len([a for a in answers if "did" in a]))
    server.end()


def copies():
    """Other numbers and processes for the same pipe."""
    server = Server()
    for name, fd in [("dup", os.dup(server.fd)), ("dup2", os.dup2(server.fd, 77))]:
        os.write(fd, call("forbidden"))
        print(name, server.read())
        os.close(fd)
    pid = os.fork()
    if pid == 0:
        os.write(server.fd, call("forbidden"))
        os._exit(0)
    os.waitpid(pid, 0)
    print("fork", server.read() if waiting(server.child.stdout) else "nothing")
    os.set_inheritable(server.fd, True)
    code = "import os; os.write(%d, %r)" % (server.fd, call("forbidden"))
    done = subprocess.run([sys.executable, "-c", code], close_fds=False, stderr=subprocess.DEVNULL)
    print("program", done.returncode)
    server.end()


if scene == "asyncio":
    asyncio.run(with_asyncio())
else:
    globals()[scene]()
