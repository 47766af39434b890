"""A browser of one agent: signed in, one connection kept open, asking as the console's pages do."""

from __future__ import annotations

import http.client
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from benchmarks import staff

HEADERS = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "Accept-Language": "en",
    "Accept-Encoding": "gzip",
    "Sec-Fetch-Site": "same-origin",
}
HTMX = {"HX-Request": "true", "Accept": "text/html"}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    wire: int
    """Bytes of head and body as they were sent."""

    @property
    def text(self) -> str:
        """The body, unpacked."""
        import gzip

        packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()


@dataclass
class Browser:
    """Speaks to the server at a port of this machine."""

    port: int
    cookie: str = ""
    _line: http.client.HTTPConnection | None = field(default=None, repr=False)

    def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """One request. Raises OSError and HTTPException."""
        self._line = self._line or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        cookie = {"Cookie": self.cookie} if self.cookie else {}
        self._line.request(method, path, body or None, {**HEADERS, **cookie, **(headers or {})})
        response = self._line.getresponse()
        content = response.read()
        head = sum(len(name) + len(value) + 4 for name, value in response.getheaders())
        status_line = len(f"HTTP/1.1 {response.status} {response.reason}\r\n\r\n")
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, content, status_line + head + len(content))

    def hang_up(self) -> None:
        """Before a long pause, in which the server would."""
        if self._line:
            self._line.close()
            self._line = None

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """As `ask`, and it must be there. Raises RuntimeError."""
        answer = self.ask("GET", path, headers=headers)
        if answer.status != 200:
            raise RuntimeError(f"GET {path} answered {answer.status}")
        return answer

    def sign_in(self, agent: int) -> None:
        """Through the form, as anybody."""
        form = urlencode({"email": staff.email(agent), "password": staff.PASSWORD}).encode()
        answer = self.ask("POST", "/sign-in", form, {"Content-Type": "application/x-www-form-urlencoded"})
        if answer.status != 303:
            raise RuntimeError(f"signing in answered {answer.status}")
        self.cookie = answer.headers["set-cookie"].split(";")[0]

    def send_form(self, path: str, fields: Mapping[str, str]) -> Answer:
        """The console's composer: multipart, sent by htmx."""
        boundary = secrets.token_hex(12)
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        body = "".join([*parts, f"--{boundary}--\r\n"]).encode()
        return self.ask("POST", path, body, {**HTMX, "Content-Type": f"multipart/form-data; boundary={boundary}"})

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
