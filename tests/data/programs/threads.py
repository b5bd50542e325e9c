# SPDX-License-Identifier: MIT
"""Threads that write, read, rename and remove files of their own, and share one."""
import os
import threading

lock = threading.Lock()
total = 0


def work(number):
    global total
    for i in range(25):
        name = f"t{number}-{i}"
        with open(name, "w") as f:
            f.write(name)
        os.rename(name, name + "-done")
        with open(name + "-done") as f:
            text = f.read()
        os.unlink(name + "-done")
        with lock:
            total += len(text)
            with open("shared", "a") as f:
                f.write(text + "\n")


threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(total, len(open("shared").readlines()), sorted(os.listdir(".")))
