"""A web address that serves whatever SAML metadata a test puts there."""

from http.server import BaseHTTPRequestHandler

from threaded_server import ThreadedServer


class MetadataHost(ThreadedServer):
    """Answers every GET with `status` and `document`; `fetches` counts."""

    def __init__(self, document: str):
        self.document = document
        self.status = 200
        self.fetches = 0
        super().__init__(Document)
        self.server.host = self
        self.url = f"http://localhost:{self.port}/metadata"


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
