"""Files by their SHA-256: a folder under the data directory, or an S3-compatible bucket, behind one door.

A file is written once under its digest and never changed; who may read it is decided by what points to it.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Protocol
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
        """Raise Unavailable unless files can be written now."""
        ...


def digest_of(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def _place(digest: str) -> str:
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise NotFound("This file is missing.")
    return f"{digest[:2]}/{digest[2:]}"


class FolderBlobs:
    """Files in a folder, two levels deep; written beside, synced, then renamed, so that none is ever torn."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

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
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._folder) as file:
                file.write(b"x")
        except OSError as error:
            raise Unavailable("Files cannot be stored now.") from error


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
        endpoint = options.pop("endpoint", None)
        self._store = S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            region=options.get("region", "us-east-1"),
            endpoint=endpoint,
            client_options={"allow_http": True} if (endpoint or "").startswith("http://") else None,
        )

    def put(self, content: bytes) -> str:
        import obstore

        digest = digest_of(content)
        try:
            obstore.put(self._store, _place(digest), content)
        except Exception as error:
            raise Unavailable("Files cannot be stored now. Please try again.") from error
        return digest

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
        self.put(b"madoguchi")


def open_blobs(settings: Settings) -> Blobs:
    """The store that the settings name."""
    return BucketBlobs(settings.storage_url) if settings.storage_url else FolderBlobs(settings.data / "files")


def blobs(db: Session) -> Blobs:
    """The store fitted to this desk."""
    store: Blobs = db.house["blobs"]
    return store
