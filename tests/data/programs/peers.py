# Who connects, as a daemon is told it: the user and the group of the process, also after it has changed
# them, as far as this user may.
import os
import socket
import struct

PATH = "peer.sock"


def connect(user):
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(user, user, 0)
        os.setresuid(user, user, 0)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(PATH)
        client.recv(1)


with socket.socket(socket.AF_UNIX) as server:
    server.bind(PATH)
    os.chmod(PATH, 0o777)
    server.listen()
    for user in (65534, 12345):
        child = os.fork()
        if child == 0:
            connect(user)
            os._exit(0)
        peer, _ = server.accept()
        _, uid, gid = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        print(uid, gid)
        peer.close()
        os.waitpid(child, 0)
os.unlink(PATH)
