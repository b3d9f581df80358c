"""The demo's private authority, and an acme.json with certificates of all ages, which Traefik serves as they are.

Traefik takes every certificate of the file, the expired one too, and asks the authority of its resolver to renew those
whose window is open. The resolver of the aged ones has none that answers, so they stay as they are (observed with 3.0.4
and 3.7.15). The wildcard belongs to the resolver that may have one: it is then due, and renewed when Traefik starts.
"""

from __future__ import annotations

import base64
import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from specter_tui.demo.sample import DOMAIN

CA_FILE: Final = "ca.pem"
LIFETIME: Final = timedelta(days=90)
RESOLVER: Final = "letsencrypt"
AGED_RESOLVER: Final = "retired-ca"
_ACCOUNT_BITS: Final = 2048  # Traefik reads an account's key as RSA in PKCS #1, of any size

_WILDCARD: Final = (f"*.{DOMAIN}", DOMAIN)
_VALID: Final = 61.5  # days that are left
_DUE: Final = 29.8
# Names and the days that are left: due, overdue, expired.
_AGES: Final = (
    ((f"git.{DOMAIN}",), 29.6),
    ((f"blog.{DOMAIN}",), 12.4),
    ((f"old.{DOMAIN}",), -3.2),
)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate chain and its key as PEM; the key never leaves the demo's own folder."""

    chain: bytes
    key: bytes

    def __repr__(self) -> str:
        return "KeyPair(***)"


class Authority:
    """A certificate authority that lives as long as the demo and that nobody trusts who is not told to."""

    def __init__(self, now: datetime) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "specter demo authority")])
        lifetime = (now - timedelta(days=400), now + timedelta(days=400))
        self.certificate = _unsigned(self._name, self._name, self._key.public_key(), lifetime, ()).sign(
            self._key, hashes.SHA256()
        )

    @property
    def pem(self) -> str:
        """The authority's certificate, for who wants to trust it: `curl --cacert`."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def issue(self, names: Sequence[str], not_after: datetime) -> KeyPair:
        """A leaf for these DNS names and addresses with a lifetime of 90 days that ends at `not_after`."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        lifetime = (not_after - LIFETIME, not_after)
        leaf = _unsigned(subject, self._name, key.public_key(), lifetime, names).sign(self._key, hashes.SHA256())
        chain = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (leaf, self.certificate))
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        return KeyPair(chain, private)


def _unsigned(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    lifetime: tuple[datetime, datetime],
    names: Sequence[str],
) -> x509.CertificateBuilder:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(lifetime[0])
        .not_valid_after(lifetime[1])
        .add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_general(n) for n in names]), critical=False)
    return builder


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Storage:
    """An acme.json as Traefik writes it; its keys are made with it, since that takes a while."""

    def __init__(self, authority: Authority, now: datetime) -> None:
        self._authority = authority
        self._now = now
        self._key = _account_key()

    def one_resolver(self) -> str:
        """With a certificate of every age, of one resolver, whose authority never answers."""
        return _dump({RESOLVER: self._section([self._entry(_WILDCARD, _VALID), *self._aged()])})

    def two_resolvers(self, *, ordering: bool) -> str:
        """The aged ones of a resolver of their own; the wildcard is due where the other one is `ordering`."""
        wildcard = self._entry(_WILDCARD, _DUE if ordering else _VALID)
        return _dump({RESOLVER: self._section([wildcard]), AGED_RESOLVER: self._section(self._aged())})

    def _aged(self) -> list[dict[str, Any]]:
        return [self._entry(names, days) for names, days in _AGES]

    def _section(self, entries: list[dict[str, Any]]) -> dict[str, Any]:
        account = {"Email": f"ops@{DOMAIN}", "Registration": None, "PrivateKey": self._key, "KeyType": "4096"}
        return {"Account": account, "Certificates": entries}

    def _entry(self, names: Sequence[str], days: float) -> dict[str, Any]:
        pair = self._authority.issue(names, self._now + timedelta(days=days))
        return {
            "domain": {"main": names[0], **({"sans": list(names[1:])} if names[1:] else {})},
            "certificate": base64.b64encode(pair.chain).decode(),
            "key": base64.b64encode(pair.key).decode(),
            "Store": "default",
        }


def _dump(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"


def _account_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=_ACCOUNT_BITS)
    der = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return base64.b64encode(der).decode()
