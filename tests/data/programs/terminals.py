# Pseudo-terminals: by descriptor, by name, as the terminal of a child, and after they are gone.
import os
import pty
import tty

master, slave = os.openpty()
name = os.ttyname(slave)
again = os.open(name, os.O_RDWR | os.O_NOCTTY)
os.write(master, b"typed\n")
print(os.read(again, 100), os.isatty(again))
os.write(again, b"shown\n")
text = b""
while b"shown" not in text:
    text += os.read(master, 100)
print(text)

child, terminal = pty.fork()
if child == 0:
    fd = os.open(os.ttyname(0), os.O_RDWR)
    os.write(fd, b"from its own terminal\n")
    with open("/dev/tty", "w") as file:
        file.write("by /dev/tty\n")
    os._exit(0)
text = b""
try:
    while True:
        text += os.read(terminal, 100)
except OSError:
    pass
os.waitpid(child, 0)
print(text)

grandchild = os.fork()
if grandchild == 0:
    os.close(master)
    fd = os.open(name, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(fd)
    os._exit(0)
print(os.waitpid(grandchild, 0)[1])

for fd in (again, slave, master):
    os.close(fd)
try:
    os.open(name, os.O_RDWR)
except FileNotFoundError:
    print("gone")
