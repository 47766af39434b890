"""Web Push as browsers' makers ask for it: a message that only one browser can read, and a pass that says whose it is.

RFC 8291 (encryption), RFC 8188 (aes128gcm), RFC 8292 (VAPID). The primitives are `cryptography`'s and PyJWT's.
"""

from __future__ import annotations

import base64
import os
import struct
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app import clock
from app.keys import Keys

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

RECORD = 4096  # bytes: what every push service takes at least (RFC 8030, 7.2)
LONGEST = RECORD - 16 - 1 - 86  # of the text: without tag, delimiter and head
PASS = timedelta(hours=12)  # at most 24 (RFC 8292, 2)
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (SEC 2, 2.4.2)


def unpacked(text: str) -> bytes:
    """Base64url, with padding or without. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def packed(content: bytes) -> str:
    """As base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def private_key(keys: Keys) -> ec.EllipticCurvePrivateKey:
    """The desk's own key, the same in every process: 512 derived bits, of which the curve's order takes the rest."""
    from cryptography.hazmat.primitives.asymmetric import ec  # megabytes that a desk without pushes never loads

    wide = int.from_bytes(keys.derive("web-push-1") + keys.derive("web-push-2"))
    return ec.derive_private_key(wide % (_ORDER - 1) + 1, ec.SECP256R1())


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A key's public half as 65 bytes: what a browser subscribes with."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def checked(theirs: str, secret: str) -> None:
    """Raises ValueError unless these are a browser's public key and its 16 bytes of secret."""
    from cryptography.hazmat.primitives.asymmetric import ec

    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unpacked(theirs))
    if len(unpacked(secret)) != 16:
        raise ValueError("The secret of a subscription has 16 bytes.")


def encrypted(text: bytes, theirs: str, secret: str) -> bytes:
    """A message for one browser, of one record. Raises ValueError when it is longer than LONGEST."""
    from cryptography.hazmat.primitives.asymmetric import ec

    return _sealed(text, theirs, secret, ec.generate_private_key(ec.SECP256R1()), os.urandom(16))


def _sealed(text: bytes, theirs: str, secret: str, once: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(text) > LONGEST:
        raise ValueError("This message is too long to be pushed.")
    they, we = unpacked(theirs), point(once)
    shared = once.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), they))
    mixed = _hkdf(unpacked(secret), shared, b"WebPush: info\0" + they + we, 32)
    key = _hkdf(salt, mixed, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _hkdf(salt, mixed, b"Content-Encoding: nonce\0", 12)
    head = salt + struct.pack("!IB", RECORD, len(we)) + we
    return head + AESGCM(key).encrypt(nonce, text + b"\x02", None)  # 2: the last record


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), length, salt, info).derive(secret)


def passport(key: ec.EllipticCurvePrivateKey, endpoint: str, contact: str) -> Mapping[str, str]:
    """The header that says who pushes: signed, for this push service alone."""
    import jwt

    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int((clock.now() + PASS).timestamp()), "sub": contact}
    return {"Authorization": f"vapid t={jwt.encode(claims, key, 'ES256')}, k={packed(point(key))}"}
