#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Stands for the attacker's host: takes what is posted to it, on loopback.

    collector.py --port-file FILE --body FILE --connections FILE

Appends each body to one file and a line for each connection, with or without a request, to another.
"""

import argparse
import http.server
import os


class Handler(http.server.BaseHTTPRequestHandler):
    """POST anything"""

    def setup(self):
        super().setup()
        with open(self.server.options.connections, "a", encoding="ascii") as file:
            file.write("connection\n")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(self.server.options.body, "ab") as file:
            file.write(body)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        """Nobody reads an access log here."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--port-file", "--body", "--connections"):
        parser.add_argument(name, required=True)
    options = parser.parse_args()
    for path in (options.body, options.connections):
        with open(path, "ab"):
            pass
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    server.options = options
    with open(options.port_file + ".new", "w", encoding="ascii") as file:
        file.write(f"{server.server_port}\n")
    os.rename(options.port_file + ".new", options.port_file)
    server.serve_forever()


if __name__ == "__main__":
    main()
