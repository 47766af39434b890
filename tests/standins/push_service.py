"""A push service of a browser's maker (RFC 8030), as strict as they are, and browsers that read what it brings."""

from __future__ import annotations

import http.server
import json
import secrets
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.channels.fetcher import Fetcher
from app.notices.webpush import packed, point, unpacked
from tests.standins.certificates import certificate

NAME, ADDRESS = "push.example", "93.184.215.14"


@dataclass
class Subscribed:
    """A browser: where it is reached, and what it reads with."""

    path: str = field(default_factory=lambda: f"/to/{secrets.token_urlsafe(8)}")
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    own: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def form(self) -> dict[str, str]:
        """What its page tells the desk."""
        return {
            "endpoint": f"https://{NAME}{self.path}",
            "key": packed(point(self.own)),
            "secret": packed(self.secret),
        }

    def read(self, body: bytes) -> dict[str, Any]:
        """What a message says (RFC 8188 and 8291, from the reader's side)."""
        salt, length = body[:16], body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        shared = self.own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        mixed = HKDF(SHA256(), 32, self.secret, b"WebPush: info\0" + point(self.own) + theirs).derive(shared)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(mixed)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(mixed)
        said: dict[str, Any] = json.loads(AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0").removesuffix(b"\x02"))
        return said


@dataclass
class PushService:
    """What it was handed, by path; `answers` are the statuses it gives instead of 201, the next one first."""

    port: int
    pem: Path
    handed: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def fetcher(self) -> Fetcher:
        """The desk's way to it: the rules are the real ones, the wire ends here."""
        return Fetcher(
            lambda host, port: [ADDRESS],
            lambda address, port, seconds: socket.create_connection(("127.0.0.1", self.port), seconds),
            lambda: ssl.create_default_context(cafile=str(self.pem)),
        )

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """Its answer, after a look at who pushes."""
        scheme, _, rest = headers["authorization"].partition(" ")
        told = dict(part.strip().split("=", 1) for part in rest.split(","))
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unpacked(told["k"]))
        claims = jwt.decode(told["t"], public, ["ES256"], audience=f"https://{NAME}")
        if scheme != "vapid" or not claims["sub"].startswith("mailto:") or not headers["ttl"].isdigit():
            return 403
        if headers["content-encoding"] != "aes128gcm" or len(body) > 4096:
            return 400
        self.handed.append((path, headers, body))
        return self.answers.pop(0) if self.answers else 201


@contextmanager
def opened(folder: Path) -> Iterator[PushService]:
    """The service, on this machine."""
    pem = certificate(folder, NAME)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = service.take(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    service = PushService(server.server_address[1], pem)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
