# SPDX-License-Identifier: MIT
"""page.py CHROMIUM PROFILE FILE STEP... - open a page in a headless browser, and use it as a person would.

  eval:EXPR           print the value, as JSON
  wait:EXPR           until it is true
  key:SELECTOR=TEXT   focus, and type
  press:KEY           one key
  click:SELECTOR
  theme:NAME          what the system prefers: dark or light
  size:WIDTHxHEIGHT
  shot:FILE           a picture of what is seen
  complaints          print errors of the page, and requests for anything but itself

Exit status 1 when a step fails."""
import base64
import json
import os
import subprocess
import sys
import time

PATIENCE = 60


class Browser:
    """A browser at the end of a pipe: JSON, each message ended by a zero byte."""

    def __init__(self, program, profile):
        command_read, self.commands = os.pipe()
        self.answers, answer_write = os.pipe()

        def place():
            # 3 and 4 may be among the pipes' own numbers.
            ends = os.dup(command_read), os.dup(answer_write)
            high = [os.dup2(end, 20 + i) for i, end in enumerate(ends)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions",
             "--disable-background-networking", "--user-data-dir=" + profile, "--remote-debugging-pipe", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            close_fds=False, preexec_fn=place)
        os.close(command_read)
        os.close(answer_write)
        self.buffer, self.number, self.session, self.events = b"", 0, None, []

    def receive(self):
        while b"\0" not in self.buffer:
            data = os.read(self.answers, 1 << 20)
            if not data:
                sys.exit("page: the browser has gone")
            self.buffer += data
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"page: {method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def attach(self):
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in "Page", "Runtime", "Log", "Network":
            self.call(domain + ".enable")

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            sys.exit(f"page: {expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, expression):
        end = time.monotonic() + PATIENCE
        while not self.evaluate(expression):
            if time.monotonic() > end:
                sys.exit(f"page: never true: {expression}")

    def complaints(self, address):
        self.evaluate("0")
        for event in self.events:
            params = event.get("params", {})
            if event["method"] == "Runtime.exceptionThrown":
                yield "exception: " + json.dumps(params["exceptionDetails"])[:300]
            elif event["method"] == "Log.entryAdded" and params["entry"]["level"] == "error":
                yield "error: " + params["entry"]["text"]
            elif event["method"] == "Network.requestWillBeSent" and params["request"]["url"] != address:
                yield "request: " + params["request"]["url"]


def press(browser, key):
    text = key if len(key) == 1 else ""
    browser.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=text)
    browser.call("Input.dispatchKeyEvent", type="keyUp", key=key)


def take(browser, step, address):
    word, _, rest = step.partition(":")
    if word == "eval":
        print(json.dumps(browser.evaluate(rest)))
    elif word == "wait":
        browser.wait(rest)
    elif word == "key":
        selector, _, text = rest.partition("=")
        browser.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")
        for letter in text:
            press(browser, letter)
    elif word == "press":
        press(browser, rest)
    elif word == "click":
        browser.evaluate(f"document.querySelector({json.dumps(rest)}).click()")
    elif word == "theme":
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": rest}])
    elif word == "size":
        width, height = map(int, rest.split("x"))
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
    elif word == "shot":
        with open(rest, "wb") as file:
            file.write(base64.b64decode(browser.call("Page.captureScreenshot")["data"]))
    elif word == "complaints":
        for line in browser.complaints(address):
            print(line)
    else:
        sys.exit(f"page: no such step: {step}")


def main():
    program, profile, name, *steps = sys.argv[1:]
    address = "file://" + os.path.abspath(name)
    browser = Browser(program, profile)
    try:
        browser.attach()
        browser.call("Page.navigate", url=address)
        browser.wait("document.readyState === 'complete' && location.href !== 'about:blank'")
        for step in steps:
            take(browser, step, address)
    finally:
        browser.process.kill()
        browser.process.wait()


main()
