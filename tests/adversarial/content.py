# SPDX-License-Identifier: MIT
#
# content.py WAY PORT TEXT - says TEXT to 127.0.0.1:PORT around rules about content.
import os
import socket
import ssl
import struct
import sys

way, port, text = sys.argv[1], int(sys.argv[2]), sys.argv[3].encode()


def connect():
    return socket.create_connection(("127.0.0.1", port), 5)


def hello(name):
    """A ClientHello by hand, with TEXT for its random."""
    host = struct.pack(">HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name
    body = b"\x03\x03" + text.ljust(32, b"r")[:32] + b"\0" + b"\0\x02\x13\x01" + b"\x01\0"
    body += struct.pack(">H", len(host)) + host
    body = b"\x01" + struct.pack(">I", len(body))[1:] + body
    return b"\x16\x03\x01" + struct.pack(">H", len(body)) + body


def library_hello(name):
    context = ssl.create_default_context()
    with connect() as s:
        s.settimeout(1)
        context.wrap_socket(s, server_hostname=name)


def request(head, host=b"localhost", body=b""):
    connect().sendall(b"%s HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (head, host, body))


def inherit():
    s = connect()
    os.set_inheritable(s.fileno(), True)
    os.execv("./static", ["static", "say", str(s.fileno()), sys.argv[3]])


def split():
    s = connect()
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in text:
        s.send(bytes([byte]))


def datagram(s):
    s.send(b"\xc0" + text.ljust(1300, b"q"))


def connected():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(("127.0.0.1", port))
    return s


def unconnected():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.sendto(b"\xc0" + text.ljust(1300, b"q"), ("127.0.0.1", port))


def tls_in_bytes():
    s = connect()
    for byte in hello(b"localhost"):
        s.send(bytes([byte]))


WAYS = {
    "own-tls": lambda: connect().sendall(hello(b"localhost")),
    "own-tls-in-bytes": tls_in_bytes,
    "other-name-in-tls": lambda: library_hello(sys.argv[3]),
    "other-host": lambda: request(b"GET /", text),
    "absolute-address": lambda: request(b"GET http://%s/" % text),
    "two-lengths": lambda: request(
        b"POST /", body=b"Content-Length: 0\r\nContent-Length: 99\r\n\r\nDELETE /%s HTTP/1.1\r\nHost: localhost\r\n" % text
    ),
    "length-and-chunks": lambda: request(
        b"POST /",
        body=b"Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nDELETE /%s HTTP/1.1\r\nHost: localhost\r\n" % text,
    ),
    "pipelining": lambda: request(
        b"GET /", body=b"\r\nDELETE /%s HTTP/1.1\r\nHost: localhost\r\n" % text
    ),
    "lower-case-method": lambda: request(b"Delete /" + text),
    "split": split,
    "inherited-by-static": inherit,
    "quic-connected": lambda: datagram(connected()),
    "quic-to-address": unconnected,
}


WAYS[way]()
