#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Messages between the run's own processes: who sent them, and what comes with them.
. "$(dirname "$0")/lib.sh"

need python3 || exit 0

# Chromium's zygote finds its children by this.
same_as_bare -e "the receiver is told which process sent a message" python3 -c '
import os, socket, struct
for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET:
	ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
	ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
	child = os.fork()
	if child == 0:
		theirs.sendmsg([b"here"])
		os._exit(0)
	text, control, flags, address = ours.recvmsg(100, 1000)
	pid, uid, gid = struct.unpack("3i", control[0][2])
	print(text, pid == child, (uid, gid) == (os.getuid(), os.getgid()))
	os.waitpid(child, 0)'
same_as_bare -e "descriptors, several pieces, and nothing at all" python3 -c '
import array, os, socket
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
file = os.open("file", os.O_CREAT | os.O_WRONLY)
rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [file]))
print(theirs.sendmsg([b"one"], [rights]), theirs.sendmsg([b"one", b"two"]), theirs.sendmsg([b""]))
text, control, flags, address = ours.recvmsg(100, 1000)
os.write(array.array("i", control[0][2])[0], b"written")
print(text, open("file").read(), ours.recv(100), ours.recv(100))'
same_as_bare -e "to a socket whose other end is gone" python3 -c '
import socket
for kind in socket.SOCK_STREAM, socket.SOCK_SEQPACKET:
	ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
	ours.close()
	try:
		theirs.sendmsg([b"lost"])
	except OSError as error:
		print(error)
import os
try:
	socket.socket(fileno=os.dup(theirs.fileno())).sendmsg([b"x"], [], socket.MSG_OOB)
except OSError as error:
	print(error)'
