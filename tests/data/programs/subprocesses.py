# SPDX-License-Identifier: MIT
"""The ways in which Python starts other programs."""
import concurrent.futures
import multiprocessing
import os
import subprocess
import sys


def square(n):
    return n * n


if __name__ == "__main__":
    print(subprocess.run(["echo", "plain"], capture_output=True, text=True).stdout.strip())
    print(subprocess.check_output("echo shell | tr a-z A-Z", shell=True, text=True).strip())
    p = subprocess.Popen(["sort"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    print(p.communicate("b\na\n")[0].split(), p.returncode)
    print(subprocess.run([sys.executable, "-c", "import sys; sys.exit(9)"]).returncode)
    try:
        subprocess.run(["no-such-program"])
    except FileNotFoundError as e:
        print("missing:", e.errno)
    try:
        subprocess.run(["sleep", "30"], timeout=0.2)
    except subprocess.TimeoutExpired:
        print("timed out")
    p = subprocess.Popen(["sh", "-c", "kill -TERM $$"], start_new_session=True, cwd="/")
    print("signal:", p.wait())
    r, w = os.pipe()
    p = subprocess.Popen(["sh", "-c", f"echo through >&{w}"], pass_fds=[w])
    os.close(w)
    print(os.read(r, 100), p.wait())
    with multiprocessing.Pool(3) as pool:
        print(pool.map(square, range(10)))
    ctx = multiprocessing.get_context("spawn")
    q = ctx.Queue()
    p = ctx.Process(target=q.put, args=("spawned",))
    p.start()
    print(q.get(), p.join(), p.exitcode)
    with multiprocessing.Manager() as manager:
        d = manager.dict(a=1)
        d["b"] = 2
        print(dict(d))
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        print(list(pool.map(square, [5, 6])))
    pid = os.posix_spawn("/bin/echo", ["echo", "spawn"], os.environ)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
