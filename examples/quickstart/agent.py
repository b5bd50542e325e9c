#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A small agent that uses tools, to copy and to change: python3 agent.py "TASK".

It speaks the chat-completions protocol with any server of that kind and needs nothing but Python.

    OPENAI_BASE_URL   where the model is (https://api.openai.com/v1)
    OPENAI_API_KEY    sent as a bearer token, when set
    OPENAI_MODEL      which model (gpt-4o-mini)

Nothing here knows of agentos. What a tool writes to standard error, and the errno of what failed,
go back to the model: so it learns why something was refused, and can do something else.
"""

import errno
import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

MAX_TURNS = 40
MAX_RESULT = 20_000  # characters of one tool's result that the model gets
SHOWN_LINES = 6  # lines of it in the trace

SYSTEM = "You are a careful assistant. Work in the current directory with the tools you have."


def shell(command):
    """Run a command with /bin/sh; gives its output, errors and exit status."""
    done = subprocess.run(["/bin/sh", "-c", command], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace", timeout=300)
    return f"{done.stdout}{done.stderr}[exit status {done.returncode}]"


def read_file(path):
    """Read a text file."""
    with open(os.path.expanduser(path), encoding="utf-8", errors="replace") as file:
        return file.read()


def write_file(path, content):
    """Write a text file, replacing what it held."""
    with open(os.path.expanduser(path), "w", encoding="utf-8") as file:
        file.write(content)
    return f"{len(content)} characters written"


def http_post(url, body):
    """Send a text to a URL by HTTP POST; gives the answer."""
    with urllib.request.urlopen(urllib.request.Request(url, body.encode()), timeout=30) as answer:
        return f"{answer.status} {answer.reason}\n{answer.read().decode(errors='replace')}"


TOOLS = {tool.__name__: tool for tool in (shell, read_file, write_file, http_post)}


def describe(tool):
    """A tool as the protocol wants it: every parameter is a required string."""
    names = tool.__code__.co_varnames[:tool.__code__.co_argcount]
    parameters = {"type": "object", "required": list(names),
                  "properties": {name: {"type": "string"} for name in names}}
    return {"type": "function", "function": {"name": tool.__name__, "description": tool.__doc__,
                                             "parameters": parameters}}


def with_errors(function, arguments):
    """Call; gives the result and what was written to descriptor 2 meanwhile, by whomever."""
    with tempfile.TemporaryFile() as file:
        saved = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            result = attempt(function, arguments)
        finally:
            os.dup2(saved, 2)
            os.close(saved)
        file.seek(0)
        return result + file.read().decode(errors="replace")


def attempt(function, arguments):
    """Call; a failure becomes words that a model can use."""
    try:
        return function(**arguments)
    except urllib.error.URLError as error:
        return f"error: {name_errno(error.reason)}\n"
    except OSError as error:
        return f"error: {name_errno(error)}\n"
    except (TypeError, ValueError, subprocess.SubprocessError) as error:
        return f"error: {error}\n"


def name_errno(error):
    """E.g. "EACCES: [Errno 13] Permission denied: '/etc/shadow'"."""
    name = errno.errorcode.get(getattr(error, "errno", None))
    return f"{name}: {error}" if name else str(error)


def run_tool(call):
    """Do what the model asked for; gives the message that answers it."""
    name = call["function"]["name"]
    try:
        arguments = json.loads(call["function"]["arguments"])
        show(f"-> {name}", " ".join(str(value) for value in arguments.values()))
        result = with_errors(TOOLS[name], arguments)
    except (KeyError, ValueError, AttributeError) as error:
        result = f"error: not a call of a tool that is here: {error}"
    show("  ", result)
    return {"role": "tool", "tool_call_id": call["id"], "content": result[:MAX_RESULT]}


def show(prefix, text):
    """Print a piece of the trace, cut to a few lines."""
    lines = text.strip().splitlines() or [""]
    print(prefix, lines[0])
    for line in lines[1:SHOWN_LINES]:
        print("  ", line)
    if len(lines) > SHOWN_LINES:
        print(f"   ... {len(lines) - SHOWN_LINES} more lines")
    sys.stdout.flush()


def complete(messages):
    """Send the conversation; gives the model's next message."""
    base = os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1").rstrip("/")
    headers = {"Content-Type": "application/json"}
    if os.environ.get("OPENAI_API_KEY"):
        headers["Authorization"] = "Bearer " + os.environ["OPENAI_API_KEY"]
    body = {"model": os.environ.get("OPENAI_MODEL", "gpt-4o-mini"), "messages": messages,
            "tools": [describe(tool) for tool in TOOLS.values()]}
    request = urllib.request.Request(base + "/chat/completions", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)["choices"][0]["message"]


def main():
    task = " ".join(sys.argv[1:]) or input("task: ")
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": task}]
    for _ in range(MAX_TURNS):
        message = complete(messages)
        messages.append(message)
        if message.get("content"):
            show("model:", message["content"])
        if not message.get("tool_calls"):
            return 0
        messages.extend(run_tool(call) for call in message["tool_calls"])
    print(f"agent: no answer after {MAX_TURNS} turns", file=sys.stderr)
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (urllib.error.URLError, OSError) as failure:
        sys.exit(f"agent: cannot reach the model: {failure}")
