"""Files by their SHA-256: a folder under the data directory, or an S3-compatible bucket, behind one door.

A file is written once under its digest and never changed; who may read it is decided by what points to it.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from app.db import Session
from app.errors import NotFound, Unavailable
from app.settings import Settings


class Blobs(Protocol):
    """Where files are kept."""

    def put(self, content: bytes) -> str:
        """Keep `content` durably and return its SHA-256 in hex. Raises Unavailable."""
        ...

    def get(self, digest: str) -> bytes:
        """The content of `digest`. Raises NotFound or Unavailable."""
        ...

    def ping(self) -> None:
        """Raise Unavailable unless files can be written. Cheap: a write is tried once in a while (see Pulse)."""
        ...


def digest_of(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def _place(digest: str) -> str:
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise NotFound("This file is missing.")
    return f"{digest[:2]}/{digest[2:]}"


class Pulse:
    """Whether a store can be written to: tried once in a while, and the answer repeated between.

    A write that failed for anybody ends what was believed.
    """

    GOOD = 30.0  # seconds for which a write that worked is believed
    BAD = 2.0  # and one that failed

    def __init__(self, write: Callable[[], None]) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._until = 0.0
        self._fault: Unavailable | None = None

    def feel(self) -> None:
        """Raise Unavailable when the last write failed."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._fault = None
                try:
                    self._write()
                except Unavailable as error:
                    self._fault = error
                self._until = time.monotonic() + (self.BAD if self._fault else self.GOOD)
            if self._fault:
                raise Unavailable(self._fault.message)

    def doubt(self) -> None:
        """Somebody's write failed: the next `feel` tries for itself."""
        self._until = 0.0


class FolderBlobs:
    """Files in a folder, two levels deep; written beside, synced, then renamed, so that none is ever torn."""

    ROOM = 1024 * 1024  # bytes; with less the folder counts as full

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._there = False  # whether the folder has been seen: what was there and is gone is no new desk
        self._pulse = Pulse(self._try)

    def _path(self, digest: str) -> Path:
        return self._folder / _place(digest)

    def put(self, content: bytes) -> str:
        digest = digest_of(content)
        path = self._path(digest)
        try:
            if path.exists() and path.stat().st_size == len(content):
                return digest
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(file.name).replace(path)
            _sync_folder(path.parent)
        except OSError as error:
            self._pulse.doubt()
            raise Unavailable("Files cannot be stored now. Please try again.") from error
        return digest

    def get(self, digest: str) -> bytes:
        try:
            return self._path(digest).read_bytes()
        except FileNotFoundError:
            raise NotFound("This file is missing.") from None
        except OSError as error:
            raise Unavailable("Files cannot be read now. Please try again.") from error

    def ping(self) -> None:
        self._pulse.feel()
        try:
            space = os.statvfs(self._folder)
        except OSError as error:
            raise Unavailable("Files cannot be stored now.") from error
        if space.f_bavail * space.f_frsize < self.ROOM:
            raise Unavailable("Files cannot be stored now.")

    def _try(self) -> None:
        try:
            if not self._there:
                self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._folder) as file:
                file.write(b"x")
        except OSError as error:
            raise Unavailable("Files cannot be stored now.") from error
        self._there = True


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class BucketBlobs:
    """Files in an S3-compatible bucket, through obstore."""

    def __init__(self, url: str) -> None:
        from obstore.store import S3Store  # not needed, and not loaded, on a one-machine desk

        parts = urlsplit(url)
        options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        given: dict[str, Any] = {"region": options.get("region", "us-east-1")}
        if prefix := parts.path.strip("/"):
            given["prefix"] = prefix
        if endpoint := options.get("endpoint"):
            given |= {"endpoint": endpoint, "client_options": {"allow_http": endpoint.startswith("http://")}}
        self._store = S3Store(parts.netloc, **given)
        self._pulse = Pulse(lambda: self._put(b"madoguchi"))

    def put(self, content: bytes) -> str:
        try:
            self._put(content)
        except Unavailable:
            self._pulse.doubt()
            raise
        return digest_of(content)

    def _put(self, content: bytes) -> None:
        import obstore

        try:
            obstore.put(self._store, _place(digest_of(content)), content)
        except Exception as error:
            raise Unavailable("Files cannot be stored now. Please try again.") from error

    def get(self, digest: str) -> bytes:
        import obstore

        place = _place(digest)
        try:
            return bytes(obstore.get(self._store, place).bytes())
        except FileNotFoundError:
            raise NotFound("This file is missing.") from None
        except Exception as error:
            raise Unavailable("Files cannot be read now. Please try again.") from error

    def ping(self) -> None:
        self._pulse.feel()


def open_blobs(settings: Settings) -> Blobs:
    """The store that the settings name."""
    return BucketBlobs(settings.storage_url) if settings.storage_url else FolderBlobs(settings.data / "files")


def blobs(db: Session) -> Blobs:
    """The store fitted to this desk."""
    store: Blobs = db.house["blobs"]
    return store
