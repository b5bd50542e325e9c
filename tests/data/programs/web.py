# SPDX-License-Identifier: MIT
"""An HTTP server and its clients on loopback, in one process and across two."""
import http.server
import json
import socketserver
import subprocess
import sys
import threading
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"path": self.path, "size": len(body)}).encode())

    def log_message(self, *args):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


server = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
for size in (0, 1, 100000):
    print(urllib.request.urlopen(url + f"/{size}", data=b"x" * size, timeout=20).read().decode())
code = f"import urllib.request as u; print(u.urlopen('{url}/child', data=b'abc').read().decode())"
print(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip())
server.shutdown()
