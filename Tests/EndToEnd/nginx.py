"""A real nginx that protects an application with `auth_request`.

It blanks less of what a client sends than the manual (docs/proxies.md) tells people to: the gateway must hold by
itself.
"""

from pathlib import Path

from processes import Process
from waiting import listens, wait_until

AUTH_HEADERS = ["User", "Email", "Name", "Realm", "Roles", "Groups", "Provider", "Token"]

CONFIGURATION = """
daemon off;
master_process off;
error_log stderr warn;
pid {directory}/nginx.pid;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{
        listen 127.0.0.1:{port};
        server_name localhost;

        location = /_gatehouse/check {{
            internal;
            proxy_pass http://127.0.0.1:{gateway}/session/check?realm={realm}{query};
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Original-URL $scheme://$http_host$request_uri;
            proxy_set_header X-Original-Method $request_method;
            proxy_buffer_size 64k;
            proxy_buffers 4 64k;
            proxy_busy_buffers_size 64k;
        }}
        location @login {{ return 302 $login; }}
        location / {{
            auth_request /_gatehouse/check;
            auth_request_set $login $upstream_http_location;
            error_page 401 = @login;
{headers}
            proxy_set_header Host $http_host;
            proxy_pass http://127.0.0.1:{application};
        }}
    }}
}}
"""


class Nginx:
    """One nginx process in front of one application; requests are decided by one gateway."""

    def __init__(self, directory: Path, port: int, gateway: int, application: int, realm="infraon", query=""):
        self.directory = directory
        self.port = port
        self.url = f"http://localhost:{port}"
        headers = "\n".join(
            f"            auth_request_set $auth_{name.lower()} $upstream_http_x_auth_{name.lower()};\n"
            f"            proxy_set_header X-Auth-{name} $auth_{name.lower()};"
            for name in AUTH_HEADERS
        )
        values = {"directory": directory, "port": port, "gateway": gateway, "application": application}
        text = CONFIGURATION.format(**values, realm=realm, query=query, headers=headers)
        self.file = directory / "nginx.conf"
        self.file.write_text(text)

    def start(self) -> "Nginx":
        arguments = ["/usr/sbin/nginx", "-p", self.directory, "-c", self.file, "-e", "stderr"]
        self.process = Process(arguments, self.directory, "nginx")
        wait_until(lambda: listens(self.port) or not self.process.running, 10, "nginx")
        assert self.process.running, self.process.tail()
        return self

    def stop(self):
        code = self.process.stop()
        assert code == 0, f"nginx ended with {code}:\n{self.process.tail()}"
