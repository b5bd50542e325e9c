# SPDX-License-Identifier: MIT
#
# content_listener.py FOLDER - listens on loopback until its stdin ends, keeps all that it hears in
# FOLDER/heard, and the rest of what it knows in FOLDER/ports: "tcp N", "udp N", "settled N".
#
# It answers each HTTP request with 200. Who connects to "settled" gets a line as soon as nobody else is
import os
import selectors
import socket
import sys

folder = sys.argv[1]
heard = os.open(folder + "/heard", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
loop = selectors.DefaultSelector()
talking = set()
waiting = []


def listen():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    listener.setblocking(False)
    return listener


tcp, settled = listen(), listen()
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
udp.setblocking(False)
for source in (tcp, settled, udp, sys.stdin):
    loop.register(source, selectors.EVENT_READ)
with open(folder + "/ports.new", "w") as out:
    for name, source in (("tcp", tcp), ("udp", udp), ("settled", settled)):
        out.write("%s %d\n" % (name, source.getsockname()[1]))
os.rename(folder + "/ports.new", folder + "/ports")


def hear(connection):
    try:
        data = connection.recv(4096)
        os.write(heard, data)
        if b"\r\n\r\n" in data:
            answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            connection.sendall(answer)
    except OSError:
        data = b""
    if not data:
        loop.unregister(connection)
        talking.discard(connection)
        connection.close()


while True:
    events = loop.select(0.2 if waiting else None)
    for key, _ in events:
        source = key.fileobj
        if source is sys.stdin:
            sys.exit(0)
        elif source is tcp:
            connection = tcp.accept()[0]
            talking.add(connection)
            loop.register(connection, selectors.EVENT_READ)
        elif source is settled:
            waiting.append(settled.accept()[0])
        elif source is udp:
            os.write(heard, udp.recv(65536))
        else:
            hear(source)
    # Nobody talks and nothing else has come in this turn.
    if not talking and all(key.fileobj is settled for key, _ in events):
        while waiting:
            with waiting.pop() as asker:
                asker.sendall(b"settled\n")
