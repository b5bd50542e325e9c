# SPDX-License-Identifier: MIT
#
# tool_server.py LOG [COUNT] - a server of tools (MCP) on its standard input and output. All that it
# reads goes to LOG before it is looked at, so that LOG is the witness of what has reached it. With
# COUNT, the answer to the tool "slow" comes in two pieces, the second after COUNT more lines.
import json
import sys

log = open(sys.argv[1], "ab", buffering=0)
held, left = b"", 0


def answer(message):
    if "id" not in message:
        return b""
    result = {"content": [{"type": "text", "text": "did " + message["params"].get("name", "")}]}
    return json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode() + b"\n"


def put(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


for line in sys.stdin.buffer:
    log.write(line)
    left -= 1
    if held and left == 0:
        put(held)
        held = b""
    try:
        message = json.loads(line)
    except ValueError:
        continue
    if not isinstance(message, dict) or not isinstance(message.get("params"), dict):
        continue
    said = answer(message)
    if message["params"].get("name") == "slow":
        left, held = int(sys.argv[2]), said[10:]
        said = said[:10]
    put(said)
