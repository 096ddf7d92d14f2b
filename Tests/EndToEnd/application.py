"""The small application behind the proxy: it shows every request header it gets as JSON inside a page."""

import json
from html import escape
from http.server import BaseHTTPRequestHandler

from threaded_server import ThreadedServer


class Application(ThreadedServer):
    def __init__(self):
        super().__init__(Echo)


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        seen = {
            "method": self.command,
            "path": self.path,
            "body": self.rfile.read(length).decode("utf-8", "replace"),
            "headers": [[name, value] for name, value in self.headers.items()],
        }
        page = f"<!doctype html><html lang=en><title>Application</title><pre id=seen>{escape(json.dumps(seen))}</pre>"
        body = page.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_DELETE = do_GET
