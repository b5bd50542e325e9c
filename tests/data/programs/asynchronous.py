# SPDX-License-Identifier: MIT
"""asyncio: TCP and unix servers and clients on loopback, subprocesses, signals, executors."""
import asyncio
import os
import signal
import socket


async def echo(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()


async def talk(reader, writer, text):
    writer.write(text.encode() + b"\n")
    await writer.drain()
    answer = await reader.readline()
    writer.close()
    return answer.decode().strip()


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self, got):
        self.got = got

    def datagram_received(self, data, addr):
        self.got.set_result(data)


async def main():
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    answers = await asyncio.gather(
        *[talk(*await asyncio.open_connection("127.0.0.1", port), f"tcp {n}") for n in range(20)])
    print(answers[0], answers[-1], len(answers))
    server.close()

    server = await asyncio.start_unix_server(echo, "socket")
    print(await talk(*await asyncio.open_unix_connection("socket"), "unix"))
    server.close()
    os.unlink("socket")

    loop = asyncio.get_running_loop()
    got = loop.create_future()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: Datagrams(got), local_addr=("127.0.0.1", 0))
    address = transport.get_extra_info("sockname")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b"datagram", address)
    print(await asyncio.wait_for(got, 10))
    transport.close()

    p = await asyncio.create_subprocess_exec(
        "cat", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    out, _ = await p.communicate(b"through cat")
    print(out, p.returncode)
    p = await asyncio.create_subprocess_shell("exit 4")
    print(await p.wait())

    event = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, event.set)
    os.kill(os.getpid(), signal.SIGUSR1)
    await asyncio.wait_for(event.wait(), 10)
    print("signal", await loop.run_in_executor(None, os.path.exists, "socket"))

    try:
        await asyncio.open_connection("127.0.0.1", port)
    except OSError as e:
        # Nobody listens there any more: refused by the kernel bare, by the policy governed.
        print("nobody", type(e).__name__ in ("ConnectionRefusedError", "PermissionError"))


asyncio.run(main())
