# SPDX-License-Identifier: Apache-2.0
"""A client of the REST API with a client certificate; errors are problem+json (RFC 9457)."""
import http.client
import json
import ssl
import threading
from urllib.parse import urlsplit

BASE = "/api/v1"
TIMEOUT_SECONDS = 120


class Problem(Exception):
    def __init__(self, status, body):
        self.status = status
        try:
            self.document = json.loads(body)
        except ValueError:
            self.document = {"title": body[:200].decode("utf-8", "replace")}
        super().__init__(f"{status} {self.document.get('title', '')}: {self.document.get('detail', '')}")


def exchange(connection, method, path, body, accept):
    """Gives (status, headers, bytes)."""
    headers = {"Accept": accept}
    data = None
    if body is not None:
        data = json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
    connection.request(method, path if path.startswith(BASE) else BASE + path, data, headers)
    response = connection.getresponse()
    content = response.read()
    if response.status >= 400:
        raise Problem(response.status, content)
    return response.status, response.headers, content


class Rest:
    def __init__(self, server, ca, cert, key):
        parts = urlsplit(server)
        self.host, self.port = parts.hostname, parts.port or 443
        self.context = ssl.create_default_context(cafile=ca)
        self.context.load_cert_chain(cert, key)
        self.kept = threading.local()

    def connect(self):
        return http.client.HTTPSConnection(self.host, self.port, context=self.context, timeout=TIMEOUT_SECONDS)

    def request(self, method, path, body=None, accept="application/json"):
        """Gives (status, headers, bytes)."""
        connection = self.connect()
        try:
            return exchange(connection, method, path, body, accept)
        finally:
            connection.close()

    def get(self, path):
        return json.loads(self.request("GET", path)[2])

    def look(self, path):
        """As get(), for who looks again and again: on one connection, for a handshake takes more than the answer."""
        connection = getattr(self.kept, "connection", None)
        try:
            if connection:
                return json.loads(exchange(connection, "GET", path, None, "application/json")[2])
        except (ConnectionError, http.client.HTTPException):
            # The server does not keep an idle one for ever.
            connection.close()
        self.kept.connection = self.connect()
        return json.loads(exchange(self.kept.connection, "GET", path, None, "application/json")[2])

    def get_bytes(self, path, accept):
        return self.request("GET", path, accept=accept)[2]

    def post(self, path, body, location=False):
        """Gives the answer's JSON, or its Location as a path."""
        _, headers, content = self.request("POST", path, body)
        return urlsplit(headers["Location"]).path if location else json.loads(content)
