# SPDX-License-Identifier: MIT
#
# package_listener.py FOLDER - listens on loopback, plainly and by TLS with FOLDER/key.pem and
# FOLDER/certificate.pem, until its stdin ends. Answers each request, and keeps the name that it was for in
# FOLDER/heard. FOLDER/ports has "plain N", "tls N" and "settled N": who connects to the last gets a line as
# soon as nobody else is connected.
import os
import socket
import ssl
import sys
import threading

folder = sys.argv[1]
heard = os.open(folder + "/heard", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(folder + "/certificate.pem", folder + "/key.pem")
change = threading.Condition()
talking = 0
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def listen():
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    return listener, listener.getsockname()[1]


def hear(connection, is_tls):
    waiting = b""
    with connection:
        if is_tls:
            connection = context.wrap_socket(connection, server_side=True)
        while True:
            data = connection.recv(65536)
            if not data:
                return
            *requests, waiting = (waiting + data).split(b"\r\n\r\n")
            os.write(heard, b"".join(request.split(b" ", 2)[1] + b"\n" for request in requests))
            connection.sendall(ANSWER * len(requests))


def talk(connection, is_tls):
    global talking
    try:
        hear(connection, is_tls)
    except OSError:
        pass
    finally:
        connection.close()
        with change:
            talking -= 1
            change.notify_all()


def accept(listener, is_tls):
    global talking
    while True:
        connection = listener.accept()[0]
        with change:
            talking += 1
        threading.Thread(target=talk, args=(connection, is_tls), daemon=True).start()


def settle(listener):
    while True:
        with listener.accept()[0] as asker:
            with change:
                change.wait_for(lambda: talking == 0)
            asker.sendall(b"settled\n")


with open(folder + "/ports.new", "w") as out:
    for name, target in (("plain", accept), ("tls", accept), ("settled", settle)):
        listener, port = listen()
        out.write("%s %d\n" % (name, port))
        args = (listener, name == "tls") if target is accept else (listener,)
        threading.Thread(target=target, args=args, daemon=True).start()
os.rename(folder + "/ports.new", folder + "/ports")
sys.stdin.read()
