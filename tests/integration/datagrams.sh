#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Datagrams on this machine: to the run's own sockets, and to a port that nobody has. To somebody
# else's: tests/adversarial/sockets.sh.
. "$(dirname "$0")/lib.sh"

need python3 || exit 0

same_as_bare -e "a datagram to a port that nobody has is lost, and no error" python3 -c '
import socket
gone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
gone.bind(("127.0.0.1", 0))
address = gone.getsockname()
gone.close()
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print(sender.sendto(b"lost", address), sender.sendmsg([b"al", b"so"], [], 0, address))'
same_as_bare -e "to a socket of the run, and back" python3 -c '
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.sendto(b"there", server.getsockname())
text, address = server.recvfrom(100)
server.sendto(b"back", address)
print(text, sender.recv(100))
sender.connect(server.getsockname())
print(sender.send(b"connected"), server.recv(100))'
