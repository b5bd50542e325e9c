# SPDX-License-Identifier: MIT
"""
model.py FOLDER - a model that follows a script, and somebody who listens, on loopback.

Writes the numbers of their ports to FOLDER/ports, and all that the listener was posted to FOLDER/posted.

The model speaks /v1/chat/completions and /v1/responses. What the user says last has the call to make, as
TOOL <name> <arguments in JSON> END; the answer to what the tool gave back is "The tool said: " and that.
"""
import json
import os
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer

CALL = re.compile(r"TOOL (\w+) (\{.*?\}) END", re.DOTALL)
USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2,
         "input_tokens": 1, "output_tokens": 1,
         "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}


def text_of(content):
    """The text of a message, which is one or a list of parts."""
    if isinstance(content, list):
        return "".join(part.get("text") or "" for part in content)
    return content or ""


def next_step(messages):
    """(name, arguments) of the call to make, or the text to end with."""
    asked = None
    for message in messages:
        role, kind = message.get("role"), message.get("type")
        if role == "tool":
            asked = text_of(message.get("content"))
        elif kind == "function_call_output":
            asked = text_of(message.get("output"))
        elif role == "user" and CALL.search(text_of(message.get("content"))):
            asked = CALL.search(text_of(message.get("content"))).groups()
    return f"The tool said: {asked}" if isinstance(asked, str) else asked


def tool_named(request, name):
    """What the request calls the tool: some put the name of a plugin before it."""
    for tool in request.get("tools", []):
        given = tool.get("function", tool).get("name", "")
        if given.endswith(name):
            return given
    raise KeyError(f"no tool called {name}")


def completion(request):
    """The answer of /v1/chat/completions."""
    step = next_step(request["messages"])
    if isinstance(step, str):
        message, reason = {"role": "assistant", "content": step}, "stop"
    else:
        call = {"name": tool_named(request, step[0]), "arguments": step[1]}
        message = {"role": "assistant", "content": None,
                   "tool_calls": [{"id": "call_1", "type": "function", "function": call}]}
        reason = "tool_calls"
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": request["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": reason}], "usage": USAGE}


def response(request):
    """The answer of /v1/responses."""
    given = request["input"]
    step = next_step(given if isinstance(given, list) else [{"role": "user", "content": given}])
    if isinstance(step, str):
        item = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": step, "annotations": []}]}
    else:
        item = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "status": "completed",
                "name": tool_named(request, step[0]), "arguments": step[1]}
    return {"id": "resp_1", "object": "response", "created_at": 1, "model": request["model"], "status": "completed",
            "output": [item], "parallel_tool_calls": False, "tool_choice": "auto", "tools": [], "usage": USAGE}


class Peer(BaseHTTPRequestHandler):
    """What both have in common: bodies in, JSON out, and silence."""
    protocol_version = "HTTP/1.1"

    def body(self):
        """The whole body of the request."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, value, status=200):
        """Answers in JSON."""
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


class Model(Peer):
    """The model."""
    def do_POST(self):
        """One turn."""
        body = self.body()
        try:
            self.answer({"/v1/chat/completions": completion, "/v1/responses": response}[self.path](json.loads(body)))
        except (KeyError, ValueError) as problem:
            print(self.path, repr(problem), body[:2000], file=sys.stderr, flush=True)
            self.answer({"error": {"message": repr(problem)}}, 400)


class Listener(Peer):
    """Who must not hear the secret."""
    def do_POST(self):
        """Keeps what comes, whole or not."""
        with open(os.path.join(sys.argv[1], "posted"), "ab") as posted:
            posted.write(self.requestline.encode() + b"\n" + self.body() + b"\n")
        try:
            self.answer({"posted": True})
        except ConnectionError:
            pass  # whoever was refused in the middle of it does not listen any more


def main():
    """Serves both until it is killed. The listener hears one after the other: what is posted last is last."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Model), HTTPServer(("127.0.0.1", 0), Listener)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    with open(os.path.join(sys.argv[1], "ports.new"), "w", encoding="ascii") as ports:
        ports.write(" ".join(str(server.server_address[1]) for server in servers) + "\n")
    os.rename(ports.name, os.path.join(sys.argv[1], "ports"))
    threading.Event().wait()


main()
