# SPDX-License-Identifier: MIT
"""What Python's library does with files: each line is one call and what came of it."""
import fcntl
import glob
import mmap
import os
import pathlib
import shutil
import stat
import tempfile


def show(name, fn, *args, **kwargs):
    try:
        print(name, fn(*args, **kwargs))
    except OSError as e:
        print(name, type(e).__name__, e.errno)


os.makedirs("a/b/c")
pathlib.Path("a/b/c/f").write_text("text")
show("copytree", shutil.copytree, "a", "copy")
show("rglob", lambda: sorted(map(str, pathlib.Path(".").rglob("*"))))
show("glob", lambda: sorted(glob.glob("**/f", recursive=True)))
show("symlink", os.symlink, "a/b", "link")
show("readlink", os.readlink, "link")
show("through link", lambda: open("link/c/f").read())
show("hard link", os.link, "a/b/c/f", "hard")
show("nlink", lambda: os.stat("hard").st_nlink)
show("chmod", os.chmod, "hard", 0o600)
show("mode", lambda: oct(stat.S_IMODE(os.stat("a/b/c/f").st_mode)))
show("utime", os.utime, "hard", (1, 2))
show("times", lambda: (os.stat("hard").st_atime, os.stat("hard").st_mtime))
show("truncate", os.truncate, "hard", 2)
show("size", os.path.getsize, "a/b/c/f")
show("xattr", os.setxattr, "hard", "user.x", b"y")
show("getxattr", os.getxattr, "hard", "user.x")
show("removexattr", os.removexattr, "hard", "user.x")
show("mkfifo", os.mkfifo, "fifo")
show("fifo", lambda: stat.S_ISFIFO(os.stat("fifo").st_mode))
show("exists", os.mkdir, "a")
show("missing", os.open, "missing", os.O_RDONLY)
show("not a directory", os.open, "hard/x", os.O_RDONLY)
show("is a directory", os.open, "a", os.O_WRONLY)
show("exclusive", os.open, "hard", os.O_CREAT | os.O_EXCL | os.O_WRONLY)
show("nofollow", os.open, "link", os.O_RDONLY | os.O_NOFOLLOW)
show("not empty", os.rmdir, "a")
show("loop", lambda: (os.symlink("loop", "loop"), open("loop")))
show("long name", os.mkdir, "x" * 300)
show("replace", os.replace, "hard", "a/b/c/f2")
show("rename over a directory", os.rename, "a/b/c/f2", "copy")
show("umask", lambda: (os.umask(0o077), open("private", "w").close(),
                       oct(stat.S_IMODE(os.stat("private").st_mode)), os.umask(0o022))[2])
fd = os.open("a", os.O_RDONLY | os.O_DIRECTORY)
show("dir_fd", lambda: os.close(os.open("b/c/new", os.O_CREAT | os.O_WRONLY, 0o644, dir_fd=fd)))
show("listdir fd", lambda: sorted(os.listdir(fd)))
show("unlink dir_fd", os.unlink, "b/c/new", dir_fd=fd)
with open("mapped", "wb+") as f:
    f.truncate(8192)
    m = mmap.mmap(f.fileno(), 8192)
    m[4096:4099] = b"abc"
    m.flush()
    show("mmap", os.pread, f.fileno(), 3, 4096)
    show("lock", fcntl.flock, f, fcntl.LOCK_EX)
    show("posix lock", fcntl.lockf, f, fcntl.LOCK_EX)
    show("fd path", lambda: os.path.basename(os.readlink(f"/proc/self/fd/{f.fileno()}")))
    show("reopen", lambda: open(f"/proc/self/fd/{f.fileno()}", "rb").read(4))
    show("dev fd", lambda: open(f"/dev/fd/{f.fileno()}", "rb").read(4))
with tempfile.TemporaryDirectory() as d:
    pathlib.Path(d, "x").write_text("temporary")
    print("tempdir", os.listdir(d))
with tempfile.TemporaryFile() as f:
    print("tempfile", f.write(b"abc"))
with tempfile.NamedTemporaryFile() as f:
    print("named", os.path.exists(f.name))
os.chdir("a/b")
show("getcwd", lambda: os.path.relpath(os.getcwd(), ".."))
show("relative", lambda: open("../b/c/f").read())
os.chdir("../..")
shutil.rmtree("copy")
print(sorted(os.listdir(".")))
