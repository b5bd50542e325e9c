# forming.py SECONDS - one thread makes the last part of a git folder, the other its configuration, again and
# again. Prints how often the configuration was then one that runs a program ("planted"), and how often one
# thread or the other was refused.
import os
import sys
import threading
import time

MONITOR = b"[core]\n\tfsmonitor = ./program\n"
counts = {"planted": 0, "no folder": 0, "no configuration": 0}


def folder(start):
    start.wait()
    try:
        os.mkdir("x/objects")
    except PermissionError:
        counts["no folder"] += 1


def configuration(start, opened):
    start.wait()
    try:
        opened.append(os.open("x/config", os.O_CREAT | os.O_WRONLY | os.O_EXCL))
    except PermissionError:
        counts["no configuration"] += 1


def once():
    start = threading.Barrier(2)
    opened = []
    threads = [
        threading.Thread(target=folder, args=(start,)),
        threading.Thread(target=configuration, args=(start, opened)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for fd in opened:
        os.write(fd, MONITOR)
        os.close(fd)
    if os.path.exists("x/config"):
        with open("x/config", "rb") as file:
            if os.path.isdir("x/objects") and file.read() == MONITOR:
                counts["planted"] += 1
        os.unlink("x/config")
    if os.path.isdir("x/objects"):
        os.rmdir("x/objects")


os.makedirs("x/refs")
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    once()
for name, count in counts.items():
    print(f"{name}: {count}")
