"""A web address that serves whatever SAML metadata a test puts there."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class MetadataHost:
    """Answers every GET with `status` and `document`; `fetches` counts."""

    def __init__(self, document: str):
        self.document = document
        self.status = 200
        self.fetches = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Document)
        self.server.daemon_threads = True
        self.server.host = self
        self.url = f"http://localhost:{self.server.server_address[1]}/metadata"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def start(self) -> "MetadataHost":
        self.thread.start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


class Document(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        host = self.server.host
        host.fetches += 1
        body = host.document.encode()
        self.send_response(host.status)
        self.send_header("Content-Type", "application/samlmetadata+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
