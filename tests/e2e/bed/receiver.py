"""A web server that remembers what was posted to it, and a program that remembers how it was called."""
import http.server
import json
import os
import threading


class WebReceiver:
    """http://127.0.0.1:PORT/hook.  status: what it answers; delay: seconds before it does."""

    def __init__(self, port, status=200):
        self.status = status
        self.posts = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.posts.append((dict(self.headers), body))
                self.send_response(receiver.status)
                if receiver.status in (301, 302, 307):
                    self.send_header("Location", f"http://127.0.0.1:{port}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments):
                pass

        http.server.ThreadingHTTPServer.allow_reuse_address = True
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def objects(self):
        return [json.loads(body) for _headers, body in self.posts]


class Script:
    """A program for `exec`: appends its arguments and standard input, one JSON line for each call."""

    def __init__(self, directory):
        self.path, self.file = f"{directory}/notify", f"{directory}/notified"
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("#!/usr/bin/python3\nimport json, sys\n"
                       f"with open({self.file!r}, 'a') as file:\n"
                       "    file.write(json.dumps({'arguments': sys.argv[1:], 'object': json.loads(sys.stdin.read())})"
                       " + '\\n')\n")
        os.chmod(self.path, 0o755)

    def calls(self):
        try:
            with open(self.file, encoding="utf-8") as file:
                return [json.loads(line) for line in file]
        except FileNotFoundError:
            return []
