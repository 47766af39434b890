"""The desk's secret: one key kept outside the database, from which each purpose gets a key of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from app.db import Session

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

KEY_FILE = "secret.key"


class Keys:
    """Derived keys. A purpose is a short constant such as "message-id"; two purposes never share a key."""

    def __init__(self, master: bytes) -> None:
        self._master = master

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose (HMAC-SHA256 of its name under the master key)."""
        return hmac.digest(self._master, purpose.encode(), "sha256")

    def mac(self, purpose: str, text: str, length: int = 16) -> str:
        """A tag over `text`, `length` bytes (16 = 128 bits) in lower-case base32 without padding."""
        tag = hmac.digest(self.derive(purpose), text.encode(), "sha256")[:length]
        return base64.b32encode(tag).decode().rstrip("=").lower()

    def is_mac(self, purpose: str, text: str, tag: str, length: int = 16) -> bool:
        """Whether `tag` is ours, compared in constant time."""
        return hmac.compare_digest(self.mac(purpose, text, length).encode(), tag.lower().encode())

    def seal(self, text: str) -> str:
        """Encrypt a secret for keeping in the database (Fernet: AES-128-CBC with HMAC-SHA256)."""
        return self._fernet().encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """The secret back. Raises ValueError when it was sealed with another key."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet().decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise ValueError("This secret was sealed with another key; enter it again.") from None

    def _fernet(self) -> Fernet:
        from cryptography.fernet import Fernet  # 7 MB that a desk without sealed secrets never loads

        return Fernet(base64.urlsafe_b64encode(self.derive("seal")))


def open_keys(data: Path) -> Keys:
    """The key in the data folder, made at the first start with mode 0600."""
    path = data / KEY_FILE
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return open_keys(data)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(32).encode())
            file.flush()
            os.fsync(file.fileno())
    return Keys(path.read_bytes().strip())


def keys(db: Session) -> Keys:
    """The keys fitted to this desk."""
    found: Keys = db.house["keys"]
    return found


def new_token() -> str:
    """256 random bits, URL-safe. Keep only its `digest`."""
    return secrets.token_urlsafe(32)


def public_id() -> str:
    """128 random bits, URL-safe: names a thing in an address without authorising by itself."""
    return secrets.token_urlsafe(16)


def digest(token: str) -> str:
    """What is stored of a token: SHA-256 in hex (tokens are random, so no salt is needed)."""
    return hashlib.sha256(token.encode()).hexdigest()
