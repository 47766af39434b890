"""A stand-in for LINE: strict about what its Messaging API is strict about, and able to send signed webhooks.

In tests: `with LineApi().serve() as line:` and `line.url`. By hand, as a LINE account beside a running desk:

    python -m tests.standins.line_api --port 9000 --webhook http://127.0.0.1:8000/hooks/line/<id>
    curl -d '{"user": "taro", "text": "こんにちは"}' http://127.0.0.1:9000/standin/say

Source of the rules: LINE Developers, Messaging API reference (limits, status codes, retry keys).
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import hmac
import itertools
import json
import re
import secrets
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN_SECONDS = 60
RETRY_KEY_SECONDS = 24 * 3600
BODY_LIMIT = 2 * 1024 * 1024
TEXT_LIMIT = 5000
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_numbers = itertools.count(500_000_000_000_000_001)


# ── what LINE sends ───────────────────────────────────────────────────────────────────────────────────


def user_id(name: str) -> str:
    """A user id in LINE's form that always belongs to the same made-up person."""
    return "U" + hashlib.md5(name.encode()).hexdigest()


def ulid() -> str:
    return "01" + "".join(secrets.choice("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(24))


def event(kind: str, user: str, **more: Any) -> dict[str, Any]:
    """An event of a chat with one person, at this moment. `more` adds to it or replaces what is there."""
    return {
        "type": kind,
        "mode": "active",
        "timestamp": int(time.time() * 1000),
        "source": {"type": "user", "userId": user},
        "webhookEventId": ulid(),
        "deliveryContext": {"isRedelivery": False},
        **more,
    }


def message_event(user: str, message: dict[str, Any], **more: Any) -> dict[str, Any]:
    whole = {"id": str(next(_numbers)), "quoteToken": secrets.token_hex(20), **message}
    return event("message", user, message=whole, **{"replyToken": secrets.token_hex(16), **more})


def text_event(user: str, text: str, **more: Any) -> dict[str, Any]:
    return message_event(user, {"type": "text", "text": text}, **more)


def sticker_event(user: str, keywords: list[str], **more: Any) -> dict[str, Any]:
    sticker = {"packageId": "446", "stickerId": "1988", "stickerResourceType": "STATIC", "keywords": keywords}
    return message_event(user, {"type": "sticker", **sticker}, **more)


def image_event(user: str, **more: Any) -> dict[str, Any]:
    return message_event(user, {"type": "image", "contentProvider": {"type": "line"}}, **more)


def follow_event(user: str, *, again: bool = False) -> dict[str, Any]:
    return event("follow", user, replyToken=secrets.token_hex(16), follow={"isUnblocked": again})


def unfollow_event(user: str) -> dict[str, Any]:
    return event("unfollow", user)


def unsend_event(user: str, message_id: str) -> dict[str, Any]:
    return event("unsend", user, unsend={"messageId": message_id})


def signature(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


# ── what LINE takes ───────────────────────────────────────────────────────────────────────────────────


@dataclass
class Person:
    """Somebody who has the account as a friend, or had."""

    name: str
    language: str = "ja"
    blocked: bool = False


@dataclass
class Call:
    """One sending call that was taken: by which road, to whom, what, and whether the person will see it."""

    road: str
    to: str
    messages: list[dict[str, Any]]
    retry_key: str = ""
    seen: bool = True


@dataclass
class Fault:
    """What the next call of an address meets: a status instead of an answer, with the work done (`after`) or not."""

    where: str
    status: int
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    after: bool = False


class Refused(Exception):
    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None, **more: Any) -> None:
        self.response = JSONResponse({"message": message, **more}, status, headers)


class LineApi:
    """One LINE account and its API."""

    def __init__(self, *, token: str = "standin-access-token", secret: str = "standin-channel-secret") -> None:
        self.token = token
        self.secret = secret
        self.destination = user_id("the desk's own account")
        self.people: dict[str, Person] = {}
        self.files: dict[str, bytes] = {}
        self.preparing: set[str] = set()
        self.quota = 200
        self.calls: list[Call] = []
        self.asked: list[str] = []
        self.faults: deque[Fault] = deque()
        self.url = ""
        self.webhook_url = ""
        self._tokens: dict[str, tuple[str, float]] = {}
        self._accepted: dict[str, tuple[float, str, list[dict[str, str]]]] = {}
        self._lock = threading.Lock()

    # the people and their phones

    def meet(self, name: str, language: str = "ja") -> str:
        """Somebody adds the account as a friend; gives their user id."""
        self.people[user_id(name)] = Person(name, language)
        return user_id(name)

    def webhook(self, *events: dict[str, Any], secret: str | None = None) -> tuple[bytes, dict[str, str]]:
        """The signed request that brings these events. Their reply tokens work from now on, for a minute."""
        for told in events:
            if token := told.get("replyToken"):
                self._tokens.setdefault(token, (told["source"].get("userId", ""), time.time()))
        body = json.dumps({"destination": self.destination, "events": events}, ensure_ascii=False).encode()
        return body, {
            "Content-Type": "application/json; charset=utf-8",
            "X-Line-Signature": signature(self.secret if secret is None else secret, body),
            "User-Agent": "LineBotWebhook/2.0",
        }

    def texts(self, user: str) -> list[str]:
        """What a person reads from the account, in order."""
        shown = [m for call in self.calls if call.to == user and call.seen for m in call.messages]
        return [m.get("text") or f"<{m['type']}>" for m in shown]

    # the API

    def app(self) -> Starlette:
        routes = [
            Route("/v2/bot/message/reply", self._door(self._reply), methods=["POST"]),
            Route("/v2/bot/message/push", self._door(self._push), methods=["POST"]),
            Route("/v2/bot/profile/{user}", self._door(self._profile)),
            Route("/v2/bot/message/{id}/content", self._door(self._content)),
            Route("/standin/say", self._say, methods=["POST"]),
            Route("/standin/log", self._log),
        ]
        return Starlette(routes=routes)

    def _door(self, work: Any) -> Any:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            with self._lock:
                self.asked.append(f"{request.method} {request.url.path}")
                return self._answer(work, request, body)

        return endpoint

    def _answer(self, work: Any, request: Request, body: bytes) -> Response:
        broken: Response | None = None
        if self.faults and self.faults[0].where in request.url.path:
            fault = self.faults.popleft()
            broken = JSONResponse({"message": fault.message}, fault.status, fault.headers)
            if not fault.after:
                return broken
        try:
            if request.headers.get("authorization") != f"Bearer {self.token}":
                raise Refused(401, "Authentication failed. Confirm that the access token is valid.")
            response = work(request, body)
        except Refused as error:
            response = error.response
        response.headers["x-line-request-id"] = secrets.token_hex(16)
        return broken or response

    def _reply(self, request: Request, body: bytes) -> Response:
        if "x-line-retry-key" in request.headers:
            raise Refused(400, "The retry key is not supported by this API")
        content = _content_of(body)
        messages = _messages(content)
        user, minted = self._tokens.get(content.get("replyToken", ""), ("", 0.0))
        if not user or time.time() - minted > TOKEN_SECONDS:
            raise Refused(400, "Invalid reply token")
        del self._tokens[content["replyToken"]]
        return JSONResponse({"sentMessages": self._take(Call("reply", user, messages))})

    def _push(self, request: Request, body: bytes) -> Response:
        key = request.headers.get("x-line-retry-key", "")
        if key and not _UUID.fullmatch(key):
            raise Refused(400, "The value of X-Line-Retry-Key is invalid")
        content = _content_of(body)
        messages = _messages(content)
        at, request_id, sent = self._accepted.get(key, (0.0, "", []))
        if key and time.time() - at < RETRY_KEY_SECONDS:
            headers = {"x-line-accepted-request-id": request_id}
            raise Refused(409, "The retry key is already accepted", headers, sentMessages=sent)
        to = content.get("to")
        if not isinstance(to, str) or to not in self.people:
            raise Refused(400, "The property, 'to', in the request body is invalid (line: -, column: -)")
        if sum(call.road == "push" for call in self.calls) >= self.quota:
            raise Refused(429, "You have reached your monthly limit.")
        sent = self._take(Call("push", to, messages, key))
        if key:
            self._accepted[key] = (time.time(), secrets.token_hex(16), sent)
        return JSONResponse({"sentMessages": sent})

    def _take(self, call: Call) -> list[dict[str, str]]:
        person = self.people.get(call.to)
        call.seen = person is not None and not person.blocked
        self.calls.append(call)
        return [{"id": str(next(_numbers)), "quoteToken": secrets.token_hex(20)} for _ in call.messages]

    def _profile(self, request: Request, body: bytes) -> Response:
        person = self.people.get(request.path_params["user"])
        if person is None or person.blocked:
            raise Refused(404, "Not found")
        return JSONResponse(
            {"userId": request.path_params["user"], "displayName": person.name, "language": person.language}
        )

    def _content(self, request: Request, body: bytes) -> Response:
        number = request.path_params["id"]
        if number in self.preparing:
            return Response(status_code=202)
        if number not in self.files:
            raise Refused(404, "Not found")
        return Response(self.files[number], media_type="image/png")

    # by hand

    async def _say(self, request: Request) -> Response:
        told = await request.json()
        user = self.meet(told["user"])
        body, headers = self.webhook(text_event(user, told["text"]))
        async with httpx.AsyncClient() as client:
            answer = await client.post(self.webhook_url, content=body, headers=headers)
        return JSONResponse({"webhook": answer.status_code})

    async def _log(self, request: Request) -> Response:
        return JSONResponse([{"road": c.road, "to": c.to, "messages": c.messages} for c in self.calls])

    @contextlib.contextmanager
    def serve(self, port: int = 0) -> Iterator[LineApi]:
        """Serve in a thread until the block ends; `url` is the base address of both of LINE's APIs."""
        listener = socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(self.app(), log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.should_exit = True
            thread.join(5)
            listener.close()


def _content_of(body: bytes) -> dict[str, Any]:
    if len(body) > BODY_LIMIT:
        raise Refused(413, "Payload Too Large")
    try:
        content = json.loads(body)
    except ValueError:
        raise Refused(400, "The request body could not be parsed as JSON") from None
    if not isinstance(content, dict):
        raise Refused(400, "The request body could not be parsed as JSON")
    return content


def _messages(content: dict[str, Any]) -> list[dict[str, Any]]:
    messages = content.get("messages")
    if not isinstance(messages, list) or not 1 <= len(messages) <= 5:
        raise _wrong("messages", "Size must be between 1 and 5")
    for number, message in enumerate(messages):
        check = {"text": _text, "image": _image}.get(message.get("type"))
        if check is None:
            raise _wrong(f"messages[{number}].type", "Must be one of the message types")
        check(message, f"messages[{number}]")
    return messages


def _text(message: dict[str, Any], where: str) -> None:
    text = message.get("text")
    if not isinstance(text, str) or not text.strip():
        raise _wrong(f"{where}.text", "May not be empty")
    if len(text.encode("utf-16-le")) // 2 > TEXT_LIMIT:
        raise _wrong(f"{where}.text", f"Length must be between 0 and {TEXT_LIMIT}")


def _image(message: dict[str, Any], where: str) -> None:
    for name in ("originalContentUrl", "previewImageUrl"):
        url = message.get(name)
        if not isinstance(url, str) or not url.startswith("https://") or len(url) > 2000:
            raise _wrong(f"{where}.{name}", "Must be a valid HTTPS URL")


def _wrong(where: str, what: str) -> Refused:
    return Refused(400, "The request body has 1 error(s)", details=[{"message": what, "property": where}])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--webhook", default="", help="address of the inbox that /standin/say speaks to")
    parser.add_argument("--token", default="standin-access-token", help="the inbox's access_token")
    parser.add_argument("--secret", default="standin-channel-secret", help="the inbox's channel_secret")
    chosen = parser.parse_args()
    line = LineApi(token=chosen.token, secret=chosen.secret)
    line.webhook_url = chosen.webhook
    print(f"LINE's stand-in listens on http://127.0.0.1:{chosen.port} (set MADOGUCHI_LINE_API_URL and _DATA_URL to it)")
    uvicorn.run(line.app(), host="127.0.0.1", port=chosen.port, log_level="info")


if __name__ == "__main__":
    main()
