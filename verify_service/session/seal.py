"""Sealed values: AES-256-GCM under keys derived from SESSION_SECRET, one key for each purpose.

    base64url, unpadded, of: version (1 byte) · key id (1 byte) · nonce (12 bytes, random) · ciphertext and tag

Purpose and cookie domain are authenticated too, so that a value opens only as what it was sealed for. The first secret
seals, all of them open: a removed secret ends every session that it sealed. A random 96-bit nonce is good for 2^32
values of one key (NIST SP 800-38D, 8.3).
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from verify_service.errors import SealError
from verify_service.secret import Secret

_VERSION: Final = 1
_NONCE: Final = 12
_HEAD: Final = 2
_TAG: Final = 16
_ALPHABET: Final = re.compile(r"[A-Za-z0-9_-]*")


class Purpose(StrEnum):
    """What a value is sealed for; the text is part of the key's derivation and never changes."""

    SESSION = "session-v1"
    REFRESH = "refresh-v1"
    TRANSACTION = "transaction-v1"
    LOOP = "loop-v1"


class Seal:
    """Seals and opens values of one purpose and one cookie domain."""

    def __init__(
        self, secrets: Sequence[Secret], purpose: Purpose, domain: str, nonce: Callable[[int], bytes] = os.urandom
    ) -> None:
        self._keys = [_Key(secret, purpose) for secret in secrets]
        self._data = f"{purpose}\n{domain}".encode()
        self._nonce = nonce

    def seal(self, plain: bytes) -> str:
        """The sealed value, in the alphabet of a cookie."""
        key, nonce = self._keys[0], self._nonce(_NONCE)
        head = bytes((_VERSION, key.number))
        sealed = head + nonce + key.cipher.encrypt(nonce, plain, head + self._data)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii")

    def open(self, value: str) -> bytes:
        """What was sealed; SealError for everything else, without saying what was wrong with it."""
        raw = _decode(value)
        head, nonce, sealed = raw[:_HEAD], raw[_HEAD : _HEAD + _NONCE], raw[_HEAD + _NONCE :]
        if len(sealed) < _TAG or head[0] != _VERSION:
            raise SealError("a value that was not sealed here")
        for key in self._keys:
            if key.number == head[1]:
                try:
                    return key.cipher.decrypt(nonce, sealed, head + self._data)
                except InvalidTag:
                    continue
        raise SealError("a value that was not sealed here")


class _Key:
    def __init__(self, secret: Secret, purpose: Purpose) -> None:
        material = HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(secret.reveal().encode())
        self.cipher = AESGCM(material)
        self.number = hashlib.sha256(b"key-id\n" + material).digest()[0]


def _decode(value: str) -> bytes:
    if not _ALPHABET.fullmatch(value):
        raise SealError("a value that was not sealed here")
    try:
        raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except ValueError as error:
        raise SealError("a value that was not sealed here") from error
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") != value:  # one spelling for each value
        raise SealError("a value that was not sealed here")
    return raw
