"""The guarded fetcher: it gets what is on the open internet, and nothing of ours by any trick."""

from __future__ import annotations

import http.server
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.channels.fetcher import Fetcher, FetchFailed, is_public, target
from tests.standins.certificates import certificate

PUBLIC = "93.184.215.14"
OTHER = "203.0.114.7"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@dataclass
class Internet:
    """A pretended internet: names with addresses, and one real server on this machine behind all of them."""

    port: int
    names: dict[str, list[list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    connected: list[tuple[str, int]] = field(default_factory=list)

    def knows(self, name: str, *answers: list[str]) -> None:
        """What the name resolves to, at the first question, the second, …; the last one stays."""
        self.names[name] = list(answers)

    def resolve(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        try:
            ipaddress.ip_address(host)
        except ValueError:
            answers = self.names[host]
            return answers.pop(0) if len(answers) > 1 else answers[0]
        return [host]

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        self.connected.append((address, port))
        return socket.create_connection(("127.0.0.1", self.port), seconds)


class Server(http.server.ThreadingHTTPServer):
    """Serves `pages`: path to (status, headers, body); remembers the Host headers it was asked with."""

    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.hosts: list[str] = []
        self.finish = threading.Event()
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are part of these stories."""


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.hosts.append(self.headers["Host"])
        if self.path == "/drip":  # bytes that come just often enough that no single wait is long
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            while not self.server.finish.wait(0.02):
                self.wfile.write(b"x")
                self.wfile.flush()
            return
        status, headers, body = self.server.pages[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def serve(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.finish.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    yield from serve(Server())


@pytest.fixture
def internet(server: Server) -> Internet:
    internet = Internet(server.server_address[1])
    internet.knows("pictures.example", [PUBLIC])
    return internet


@pytest.fixture
def fetcher(internet: Internet) -> Fetcher:
    return Fetcher(resolve=internet.resolve, connect=internet.connect)


def test_a_picture_is_fetched_from_the_address_that_was_checked(
    fetcher: Fetcher, internet: Internet, server: Server
) -> None:
    server.pages["/a%20cat.png?size=1"] = (200, {}, PNG)
    assert fetcher.get("http://pictures.example/a%20cat.png?size=1", picture=True) == PNG
    assert internet.connected == [(PUBLIC, 80)]
    assert server.hosts == ["pictures.example"]


def test_a_name_that_changes_its_mind_gains_nothing(fetcher: Fetcher, internet: Internet, server: Server) -> None:
    internet.knows("rebinding.example", [PUBLIC], ["127.0.0.1"])
    server.pages["/"] = (200, {}, b"outside")
    assert fetcher.get("http://rebinding.example/") == b"outside"
    assert internet.asked == ["rebinding.example"], "it is resolved once"
    assert internet.connected == [(PUBLIC, 80)], "and the connection goes to what was resolved"
    with pytest.raises(FetchFailed, match="refused_address"):
        fetcher.get("http://rebinding.example/")
    assert len(internet.connected) == 1


def test_one_bad_address_among_good_ones_is_enough_to_refuse(fetcher: Fetcher, internet: Internet) -> None:
    internet.knows("mixed.example", [PUBLIC, "10.0.0.1"])
    with pytest.raises(FetchFailed, match="refused_address"):
        fetcher.get("http://mixed.example/")
    assert internet.connected == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "192.0.0.8",
        "198.18.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::127.0.0.1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "3fff::1",
        "2001::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:c0a8:101::1",
        "not an address",
    ],
)
def test_addresses_that_are_not_of_the_open_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", [PUBLIC, "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
)
def test_addresses_of_the_open_internet(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("written", ["127.0.0.1", "2130706433", "0x7f.1", "017700000001", "[::1]", "[::ffff:7f00:1]"])
def test_this_machine_is_not_reached_however_it_is_written(written: str, internet: Internet) -> None:
    fetcher = Fetcher(connect=internet.connect)  # resolved by the system itself
    with pytest.raises(FetchFailed):
        fetcher.get(f"http://{written}/")
    assert internet.connected == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://pictures.example/",
        "file:///etc/passwd",
        "gopher://pictures.example/",
        "//pictures.example/",
        "http://pictures.example:22/",
        "http://pictures.example:8000/",
        "http://pictures.example:99999/",
        "http://pictures.example:x/",
        "http://me:secret@pictures.example/",
        "http://pictures.example@other.example/",
        "http:///nothing",
        "http://pictures.example/\r\nX-Evil: 1",
        "http://pictures.example\\@other.example/",
        "http://[::1%25eth0]/",
        "http://" + "a" * 70 + ".example/",
        "http://pictures.example/" + "a" * 5000,
        "",
    ],
)
def test_addresses_that_are_not_even_looked_up(url: str, fetcher: Fetcher, internet: Internet) -> None:
    with pytest.raises(FetchFailed, match="refused_address") as caught:
        fetcher.get(url)
    assert caught.value.permanent
    assert internet.asked == []


def test_names_and_paths_of_every_script_are_written_as_the_wire_wants_them() -> None:
    found = target("https://日本語.example/写真.png?名=1#part")
    assert found.host == "xn--wgv71a119e.example"
    assert found.port == 443
    assert found.path == "/%E5%86%99%E7%9C%9F.png?%E5%90%8D=1"


def test_redirects_are_followed_three_times_and_checked_each_time(
    fetcher: Fetcher, internet: Internet, server: Server
) -> None:
    internet.knows("other.example", [OTHER])
    server.pages |= {
        "/1": (302, {"Location": "/2"}, b""),
        "/2": (301, {"Location": "http://other.example/3"}, b""),
        "/3": (307, {"Location": "4"}, b""),
        "/4": (200, {}, b"here"),
        "/0": (303, {"Location": "/1"}, b""),
    }
    assert fetcher.get("http://pictures.example/1") == b"here"
    assert internet.connected == [(PUBLIC, 80), (PUBLIC, 80), (OTHER, 80), (OTHER, 80)]
    with pytest.raises(FetchFailed, match="too_many_redirects"):
        fetcher.get("http://pictures.example/0")


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1/", "http://169.254.169.254/latest/", "file:///etc/passwd", "http://[", "//inside/"]
)
def test_a_redirect_leads_nowhere_that_we_would_not_go(
    location: str, fetcher: Fetcher, internet: Internet, server: Server
) -> None:
    internet.knows("inside", ["192.168.0.10"])
    server.pages["/"] = (302, {"Location": location}, b"")
    with pytest.raises(FetchFailed, match="refused_address"):
        fetcher.get("http://pictures.example/")
    assert internet.connected == [(PUBLIC, 80)]


def test_the_size_has_a_cap_announced_or_not(fetcher: Fetcher, server: Server) -> None:
    server.pages["/fits"] = (200, {}, b"x" * 1000)
    server.pages["/big"] = (200, {}, b"x" * 1001)
    server.pages["/lies"] = (200, {"Content-Length": "10", "Transfer-Encoding": "chunked"}, b"7d0\r\n" + b"x" * 3000)
    assert len(fetcher.get("http://pictures.example/fits", limit=1000)) == 1000
    for path in ("/big", "/lies"):
        with pytest.raises(FetchFailed, match="too_big"):
            fetcher.get(f"http://pictures.example{path}", limit=1000)


def test_what_broke_off_is_not_taken_for_the_whole(fetcher: Fetcher, server: Server) -> None:
    server.pages["/"] = (200, {"Content-Length": "500"}, b"half")
    with pytest.raises(FetchFailed, match="unreachable") as caught:
        fetcher.get("http://pictures.example/")
    assert not caught.value.permanent


def test_the_time_has_a_cap_however_the_bytes_trickle(fetcher: Fetcher, server: Server) -> None:
    with pytest.raises(FetchFailed, match="too_slow"):
        fetcher.get("http://pictures.example/drip", seconds=0.3)


def test_only_pictures_where_a_picture_is_wanted(fetcher: Fetcher, server: Server) -> None:
    server.pages["/"] = (200, {"Content-Type": "image/png"}, b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    with pytest.raises(FetchFailed, match="not_a_picture"):
        fetcher.get("http://pictures.example/", picture=True)


@pytest.mark.parametrize(("status", "permanent"), [(404, True), (410, True), (403, True), (500, False), (429, False)])
def test_an_error_says_whether_to_come_back(status: int, permanent: bool, fetcher: Fetcher, server: Server) -> None:
    server.pages["/"] = (status, {}, b"")
    with pytest.raises(FetchFailed, match=str(status)) as caught:
        fetcher.get("http://pictures.example/")
    assert caught.value.permanent is permanent


def test_packed_content_is_refused(fetcher: Fetcher, server: Server) -> None:
    server.pages["/"] = (200, {"Content-Encoding": "gzip"}, b"\x1f\x8b")
    with pytest.raises(FetchFailed, match="encoded"):
        fetcher.get("http://pictures.example/")


def test_a_server_that_is_not_there_may_be_there_later(internet: Internet) -> None:
    def nobody(address: str, port: int, seconds: float) -> socket.socket:
        raise ConnectionRefusedError

    with pytest.raises(FetchFailed, match="unreachable") as caught:
        Fetcher(resolve=internet.resolve, connect=nobody).get("http://pictures.example/")
    assert not caught.value.permanent


def test_the_next_address_is_tried_when_one_is_dead(internet: Internet, server: Server) -> None:
    internet.knows("two.example", [OTHER, PUBLIC])
    server.pages["/"] = (200, {}, b"alive")

    def half(address: str, port: int, seconds: float) -> socket.socket:
        if address == OTHER:
            raise ConnectionRefusedError
        return internet.connect(address, port, seconds)

    assert Fetcher(resolve=internet.resolve, connect=half).get("http://two.example/") == b"alive"


def test_the_certificate_must_be_that_of_the_name_although_we_connect_to_an_address(tmp_path: Path) -> None:
    pem = certificate(tmp_path, "pictures.example")
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pem)
    for server in serve(Server(serving)):
        server.pages["/"] = (200, {}, PNG)
        internet = Internet(server.server_address[1])
        internet.knows("pictures.example", [PUBLIC])
        internet.knows("impostor.example", [PUBLIC])
        trusting = Fetcher(internet.resolve, internet.connect, lambda: ssl.create_default_context(cafile=str(pem)))
        assert trusting.get("https://pictures.example/") == PNG
        assert internet.connected == [(PUBLIC, 443)]
        with pytest.raises(FetchFailed, match="unreachable"):
            trusting.get("https://impostor.example/")
        with pytest.raises(FetchFailed, match="unreachable"):
            Fetcher(internet.resolve, internet.connect).get("https://pictures.example/")
