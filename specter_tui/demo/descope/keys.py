"""Signing keys as Descope publishes them, and JSON Web Tokens signed with them (RFC 7515, 7517, 7518)."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature


class Algorithm(StrEnum):
    """The algorithms that Descope's own SDKs are tested with."""

    RS256 = "RS256"
    ES256 = "ES256"
    ES384 = "ES384"


@dataclass(frozen=True, slots=True)
class _Curve:
    name: str
    curve: ec.EllipticCurve
    digest: hashes.HashAlgorithm
    size: int  # bytes of one coordinate, and of one half of a signature


_CURVES: Final = {
    Algorithm.ES256: _Curve("P-256", ec.SECP256R1(), hashes.SHA256(), 32),
    Algorithm.ES384: _Curve("P-384", ec.SECP384R1(), hashes.SHA384(), 48),
}


class SigningKey:
    """A key pair with an id of its own; the private half never leaves the object."""

    def __init__(self, algorithm: Algorithm) -> None:
        self.algorithm = algorithm
        self.kid = f"SK2{secrets.token_hex(12)}"
        self._key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = (
            rsa.generate_private_key(65537, 2048)
            if algorithm is Algorithm.RS256
            else ec.generate_private_key(_CURVES[algorithm].curve)
        )

    def __repr__(self) -> str:
        return f"SigningKey({self.kid}, {self.algorithm})"

    @cached_property
    def jwk(self) -> dict[str, str]:
        """The public half as a JSON Web Key; the SDK skips one without `kid` or `alg`."""
        common = {"kid": self.kid, "alg": self.algorithm.value, "use": "sig"}
        if isinstance(self._key, rsa.RSAPrivateKey):
            numbers = self._key.public_key().public_numbers()
            modulus = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8)
            return common | {"kty": "RSA", "n": encoded(modulus), "e": encoded(numbers.e.to_bytes(3))}
        curve = _CURVES[self.algorithm]
        point = self._key.public_key().public_numbers()
        x, y = (encoded(value.to_bytes(curve.size)) for value in (point.x, point.y))
        return common | {"kty": "EC", "crv": curve.name, "x": x, "y": y}

    def sign(self, message: bytes) -> bytes:
        """The signature in the form that a JSON Web Signature has."""
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(message, padding.PKCS1v15(), hashes.SHA256())
        curve = _CURVES[self.algorithm]
        r, s = decode_dss_signature(self._key.sign(message, ec.ECDSA(curve.digest)))
        return r.to_bytes(curve.size) + s.to_bytes(curve.size)

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether this key made the signature."""
        try:
            if isinstance(self._key, rsa.RSAPrivateKey):
                self._key.public_key().verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
            else:
                curve = _CURVES[self.algorithm]
                if len(signature) != 2 * curve.size:
                    return False
                r, s = (int.from_bytes(half) for half in (signature[: curve.size], signature[curve.size :]))
                self._key.public_key().verify(encode_dss_signature(r, s), message, ec.ECDSA(curve.digest))
        except InvalidSignature:
            return False
        return True


class KeyRing:
    """The keys that the project publishes; the last one signs."""

    def __init__(self, algorithm: Algorithm = Algorithm.RS256) -> None:
        self._keys = [SigningKey(algorithm)]

    @property
    def current(self) -> SigningKey:
        """The key that signs what is issued now."""
        return self._keys[-1]

    def rotate(self, algorithm: Algorithm | None = None) -> SigningKey:
        """A new key signs from now on; the old ones stay published."""
        self._keys.append(SigningKey(algorithm or self.current.algorithm))
        return self.current

    def revoke_old(self) -> None:
        """Publishes the signing key alone: whatever the others signed is void."""
        del self._keys[:-1]

    def document(self) -> dict[str, list[dict[str, str]]]:
        """The answer of `/v2/keys/<project>`."""
        return {"keys": [key.jwk for key in self._keys]}

    def issue(self, claims: Mapping[str, Any], header: Mapping[str, Any] | None = None) -> str:
        """A token signed with the current key; `header` replaces fields of the usual one, None removes them."""
        usual = {"alg": self.current.algorithm.value, "kid": self.current.kid, "typ": "JWT"}
        fields = {name: value for name, value in (usual | dict(header or {})).items() if value is not None}
        message = f"{encoded(_json(fields))}.{encoded(_json(claims))}"
        return f"{message}.{encoded(self.current.sign(message.encode()))}"

    def read(self, token: str) -> dict[str, Any] | None:
        """The claims of a token that one of the published keys signed, else None; times are not looked at."""
        message, _, signature = token.rpartition(".")
        header, _, payload = message.partition(".")
        try:
            kid = json.loads(decoded(header)).get("kid")
            key = next((one for one in self._keys if one.kid == kid), None)
            if key is None or not key.verifies(message.encode(), decoded(signature)):
                return None
            claims = json.loads(decoded(payload))
        except (ValueError, AttributeError, binascii.Error):
            return None
        return claims if isinstance(claims, dict) else None


def encoded(data: bytes) -> str:
    """base64url without padding, as RFC 7515 has it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The bytes of `encoded`; ValueError for what is not base64url."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
