# Each call on each kind of descriptor, and some that are odd in themselves: results and errors.
import ctypes
import errno
import os
import socket
import stat
import struct

libc = ctypes.CDLL(None, use_errno=True)


def show(name, call):
    try:
        print(name, call())
    except OSError as error:
        print(name, errno.errorcode[error.errno])


def c(function, *arguments):
    result = getattr(libc, function)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), function)
    return result


with open("file", "w") as file:
    file.write("hello")
os.mkdir("folder")
os.symlink("file", "link")
os.symlink("nothing", "dangling")
os.symlink("loop", "loop")
kinds = {
    "file": os.open("file", os.O_RDONLY),
    "written": os.open("file", os.O_WRONLY),
    "folder": os.open("folder", os.O_RDONLY),
    "name": os.open("file", os.O_PATH),
    "name of a link": os.open("link", os.O_PATH | os.O_NOFOLLOW),
    "name of a folder": os.open("folder", os.O_PATH),
    "pipe": os.pipe()[0],
    "socket": socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).detach(),
    "none": 999,
    "negative": -1,
}
for kind, fd in kinds.items():
    show(f"openat {kind}", lambda: c("openat", fd, b"x", 0))
    show(f"openat, empty, {kind}", lambda: c("openat", fd, b"", 0))
    show(f"fchmod {kind}", lambda: c("fchmod", fd, 0o750))
    show(f"fchown {kind}", lambda: c("fchown", fd, -1, -1))
    show(f"futimens {kind}", lambda: c("futimens", fd, None))
    show(f"ftruncate {kind}", lambda: c("ftruncate", fd, ctypes.c_long(5)))
    show(f"fchownat, empty, {kind}", lambda: c("fchownat", fd, b"", -1, -1, 0x1000))
    show(f"mkdirat {kind}", lambda: (c("mkdirat", fd, b"new", 0o777), c("unlinkat", fd, b"new", 0x200)))
    show(f"linkat, empty, {kind}", lambda: (c("linkat", fd, b"", -100, b"second", 0x1000), os.unlink("second")))
    if kind != "socket":
        show(f"connect {kind}", lambda: c("connect", fd, b"\1\0x", 3))
        show(f"bind {kind}", lambda: c("bind", fd, b"\1\0x", 3))
        show(f"listen {kind}", lambda: c("listen", fd, 3))
        show(f"sendto {kind}", lambda: c("sendto", fd, b"x", 1, 0, b"\1\0x", 3))
        show(f"sendmsg {kind}", lambda: c("sendmsg", fd, ctypes.create_string_buffer(56), 0))

# The workspace itself, and what is above it.
for name in ".", "..", "./", "../", "/", "folder/.", "folder/..":
    for other in "file", "folder", "new", "..", "nothing/x":
        show(f"rename {name} {other}", lambda: os.rename(name, other))
        show(f"rename {other} {name}", lambda: os.rename(other, name))
        show(f"exchange {name} {other}", lambda: c("renameat2", -100, name.encode(), -100, other.encode(), 2))
        show(f"rename {name} {other}, nothing there", lambda: c("renameat2", -100, other.encode(), -100, name.encode(), 1))
        show(f"link {name} {other}", lambda: os.link(name, other))
    show(f"link file {name}", lambda: os.link("file", name))
    show(f"rmdir {name}", lambda: os.rmdir(name))
    show(f"unlink {name}", lambda: os.unlink(name))
    show(f"mkdir {name}", lambda: os.mkdir(name))
    show(f"symlink {name}", lambda: os.symlink("file", name))
    show(f"mknod {name}", lambda: os.mknod(name))
    show(f"open to make {name}", lambda: os.open(name, os.O_CREAT | os.O_WRONLY))
for kind, fd in kinds.items():
    show(f"link by its number {kind}", lambda: c("linkat", -100, b"/proc/self/fd/%d" % fd, -100, b"second", 0x400) or os.unlink("second"))
    show(f"link by its number {kind}, to what is there", lambda: c("linkat", -100, b"/proc/self/fd/%d" % fd, -100, b"folder", 0x400))

os.close(kinds["written"])
OPENS = {"read": os.O_RDONLY, "write": os.O_RDWR, "append": os.O_APPEND | os.O_WRONLY, "sync": os.O_SYNC | os.O_RDWR,
         "folder": os.O_DIRECTORY, "three": 3, "new": os.O_CREAT | os.O_EXCL | os.O_WRONLY, "unblocked": os.O_NONBLOCK}
for name in "file", "folder", "link", "dangling", "loop", "nothing", "file/x", "folder/", "nothing/", "", "x" * 256, "y/" * 2100:
    for how, flags in OPENS.items():
        if (name, how) in (("dangling", "new"), ("nothing", "new"), ("folder/", "new")):
            continue
        show(f"open {name[:10]} {how}", lambda: c("close", os.open(name, flags)))
    show(f"truncate {name[:10]}", lambda: os.truncate(name, 5))
    show(f"mkdir {name[:10]}", lambda: (os.mkdir(name), os.rmdir(name)))
    show(f"symlink {name[:10]}", lambda: (os.symlink("t", name), os.unlink(name)))
    show(f"rename {name[:10]}", lambda: (os.rename(name, "moved"), os.rename("moved", name.rstrip("/"))))
    show(f"link {name[:10]}", lambda: (os.link(name, "second"), os.unlink("second")))
    show(f"chmod {name[:10]}", lambda: os.chmod(name, 0o755))
    show(f"times {name[:10]}", lambda: os.utime(name, follow_symlinks=False))
    show(f"execute {name[:10]}", lambda: c("execve", name.encode(), (ctypes.c_char_p * 2)(b"a", None), None))

OMIT = struct.pack("4q", 0, 0x3FFFFFFE, 0, 0x3FFFFFFE)
show("no times at all", lambda: c("utimensat", -100, b"nothing", OMIT, 0))
show("a time out of range", lambda: c("utimensat", -100, b"file", struct.pack("4q", 0, 2000000000, 0, 0), 0))
show("mknod of a folder", lambda: os.mknod("new", stat.S_IFDIR | 0o777))
show("mknod of nothing", lambda: os.mknod("new", 0o150000))
LINK = 0x400  # AT_SYMLINK_FOLLOW
for how, flags in ("", 0), ("for ever", os.O_EXCL):
    fd = os.open(".", os.O_TMPFILE | os.O_RDWR | flags, 0o640)
    show(f"a file without a name {how}", lambda: c("linkat", -100, b"/proc/self/fd/%d" % fd, -100, b"named", LINK))
