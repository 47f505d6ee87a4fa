"""A page's server, and requests to it."""

import http.client
import json
from typing import Any

from alive_cli.serve.web_server import WebServer

TOKEN = "a-token-of-the-tests"


class Served:
    """A server, and requests to it."""

    def __init__(self, server: WebServer, said: list[str]) -> None:
        self.host, self.said = f"127.0.0.1:{server.port}", said

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes, Any]:
        """The status, the body and the headers of an answer."""
        connection = http.client.HTTPConnection(self.host, timeout=30)
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection.request(method, path, data, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content, answer.headers

    def do(self, action: str, body: Any) -> Any:
        status, content, _ = self.ask("POST", f"/{TOKEN}/{action}", body)
        assert status == 200, content
        return json.loads(content)

    def refusal(self, action: str, body: Any) -> str:
        status, content, _ = self.ask("POST", f"/{TOKEN}/{action}", body)
        assert status == 400
        return content.decode()
