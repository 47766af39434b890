"""The one guarded fetcher: asks at an address that a stranger gave, and reaches nothing of ours by it.

The name is resolved once and the connection goes to exactly the address that was checked, so that a name which
changes its mind between the check and the connection (DNS rebinding) gains nothing. Only global addresses, only
ports 80 and 443, every redirect checked like the first address, and caps on size and on the time of the whole.
Proxies of the environment are not used: they would resolve the name again.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urljoin, urlsplit

if TYPE_CHECKING:
    import ssl

PORTS = {"http": 80, "https": 443}
REDIRECTS = 3
LIMIT = 5 * 1024 * 1024
SECONDS = 10.0
AGENT = "Madoguchi"

_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the IPv4 address is in the last 32 bits
_GLOBAL_V6 = ipaddress.ip_network("2000::/3")  # all that is assigned as global unicast (IANA)
_NEVER = tuple(  # inside the above, or missed by Python 3.11's is_global
    ipaddress.ip_network(block)
    for block in ("192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "2001::/23", "2001:db8::/32", "3fff::/20")
)

T = TypeVar("T")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
Connect = Callable[[str, int, float], socket.socket]


class FetchFailed(Exception):
    """Nothing was fetched. `code` is a short constant, `reason` one English sentence; `permanent`: never will be."""

    def __init__(self, code: str, reason: str, *, permanent: bool) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
        self.permanent = permanent


def is_public(text: str) -> bool:
    """Whether an IP address is one of the open internet; an IPv4 address inside an IPv6 one is judged itself."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    inner = _inner(address)
    if inner is not None:
        return _is_open(inner)
    return _is_open(address)


def _inner(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that packets to this IPv6 address end up at: mapped, 6to4 (RFC 3056) or NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


def _is_open(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_V6:
        return False
    if any(address.version == block.version and address in block for block in _NEVER):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_picture(content: bytes) -> bool:
    """Whether the first bytes are those of a PNG, JPEG, GIF or WebP."""
    return content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")) or (
        content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    )


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart: where to connect, and what to ask for there."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def name(self) -> str:
        """The host as the Host header names it."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def authority(self) -> str:
        """The host, with its port where that is not the scheme's own."""
        return self.name if self.port == PORTS[self.scheme] else f"{self.name}:{self.port}"


def target(url: str) -> Target:
    """Take an address apart. Raises FetchFailed for one that is not fetched: other schemes, ports, credentials."""
    refused = _refused()
    if len(url) > 4096 or re.search(r"[\x00-\x20\x7f\\]", url):
        raise refused
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
        host = (parts.hostname or "").rstrip(".")
        if ":" not in host:
            host = host.encode("idna").decode()
    except (ValueError, UnicodeError):
        raise refused from None
    if parts.scheme not in PORTS or port not in PORTS.values() or not host or "@" in parts.netloc or "%" in host:
        raise refused
    asked = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, quote(asked, safe="/%:@!$&'()*+,;=?~-._"))


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, in the order in which the system prefers them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """A connection to an IP address. Raises OSError."""
    return socket.create_connection((address, port), seconds)


@cache
def tls() -> ssl.SSLContext:
    """The certificates that are trusted: those that httpx trusts everywhere else (SSL_CERT_FILE is heeded)."""
    import httpx  # heavy, and needed only once something is fetched

    return httpx.create_ssl_context()


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches files. The functions that touch the network can be replaced, which is how the rules are tested."""

    resolve: Resolve = resolve
    connect: Connect = connect
    tls: Callable[[], ssl.SSLContext] = tls

    def get(self, url: str, *, limit: int = LIMIT, seconds: float = SECONDS, picture: bool = False) -> bytes:
        """The content at `url`, at most `limit` bytes, within `seconds`. Raises FetchFailed.

        With `picture`, anything whose first bytes are not those of a raster picture is refused.
        """
        end = time.monotonic() + seconds
        for _ in range(REDIRECTS + 1):
            answer = self._ask(target(url), end, partial(_get, limit=limit))
            if isinstance(answer, bytes):
                if picture and not is_picture(answer):
                    raise FetchFailed("not_a_picture", "This is not a picture.", permanent=True)
                return answer
            url = _next(url, answer)
        raise FetchFailed("too_many_redirects", "This address leads on and on.", permanent=True)

    def post(self, url: str, content: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS) -> int:
        """Hand `content` to `url`, over https alone; the status of the answer. Raises FetchFailed.

        No redirect is followed, and nothing of the answer's body is kept.
        """
        wanted = target(url)
        if wanted.scheme != "https":
            raise _refused()
        return self._ask(wanted, time.monotonic() + seconds, partial(_post, content=content, headers=headers))

    def _ask(self, wanted: Target, end: float, talk: Callable[[http.client.HTTPConnection, Target], T]) -> T:
        """One exchange, cut at `end`."""
        try:
            sock = self._open(wanted, end)
        except OSError as error:
            raise _unreachable() from error
        with _cut_at(sock, end):
            try:
                answer = self._talk(sock, wanted, talk)
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise _too_slow() if time.monotonic() >= end else _unreachable() from error
        if time.monotonic() >= end:  # what was cut off may look like the end
            raise _too_slow()
        return answer

    def _open(self, wanted: Target, end: float) -> socket.socket:
        addresses = self.resolve(wanted.host, wanted.port)
        if not addresses or not all(is_public(address) for address in addresses):
            raise _refused()
        fault: OSError = TimeoutError()
        for address in addresses[:4]:
            left = end - time.monotonic()
            if left <= 0:
                break
            try:
                return self.connect(address, wanted.port, left)
            except OSError as error:
                fault = error
        raise fault

    def _talk(self, sock: socket.socket, wanted: Target, talk: Callable[[http.client.HTTPConnection, Target], T]) -> T:
        connection = http.client.HTTPConnection(wanted.name, wanted.port)
        connection.sock = sock
        if wanted.scheme == "https":
            # `server_hostname` is the name that was asked for: the certificate is checked against it.
            connection.sock = self.tls().wrap_socket(sock, server_hostname=wanted.host)
        try:
            return talk(connection, wanted)
        finally:
            connection.close()


def _get(connection: http.client.HTTPConnection, wanted: Target, limit: int) -> bytes | str:
    """The content, or the address to go to instead."""
    connection.putrequest("GET", wanted.path, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", wanted.authority)
    connection.putheader("User-Agent", AGENT)
    connection.putheader("Accept-Encoding", "identity")
    connection.endheaders()
    return _read(connection.getresponse(), limit)


def _post(connection: http.client.HTTPConnection, wanted: Target, content: bytes, headers: Mapping[str, str]) -> int:
    connection.request("POST", wanted.path, content, {"Host": wanted.authority, "User-Agent": AGENT, **headers})
    return connection.getresponse().status


def _next(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise _refused() from None


def _read(response: http.client.HTTPResponse, limit: int) -> bytes | str:
    location = response.getheader("Location")
    if response.status in (301, 302, 303, 307, 308) and location:
        return location
    if response.status != 200:
        raise _answered(response.status)
    if response.getheader("Content-Encoding", "identity").strip().lower() not in ("identity", ""):
        raise FetchFailed("encoded", "The other side sent it packed.", permanent=True)
    content = response.read(limit + 1)
    if len(content) > limit:
        raise FetchFailed("too_big", "This is too large.", permanent=True)
    if response.length:  # closed before everything that was announced had come
        raise http.client.IncompleteRead(content, response.length)
    return content


def _answered(status: int) -> FetchFailed:
    later = status in (408, 425, 429) or status >= 500
    return FetchFailed("refused", f"The other side answered {status}.", permanent=not later)


def _refused() -> FetchFailed:
    return FetchFailed("refused_address", "This address cannot be fetched.", permanent=True)


def _unreachable() -> FetchFailed:
    return FetchFailed("unreachable", "The other side cannot be reached.", permanent=False)


def _too_slow() -> FetchFailed:
    return FetchFailed("too_slow", "The other side was too slow.", permanent=False)


@contextmanager
def _cut_at(sock: socket.socket, end: float) -> Iterator[None]:
    """Break the connection at `end`, whatever waits for it: a timeout of each read alone could be drawn out.

    The duplicate survives the socket being taken over by TLS; shutting it down ends the connection itself.
    """
    spare = sock.dup()
    guard = threading.Timer(max(0.0, end - time.monotonic()), _cut, [spare])
    guard.daemon = True
    guard.start()
    try:
        yield
    finally:
        guard.cancel()
        guard.join()
        spare.close()
        sock.close()


def _cut(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
