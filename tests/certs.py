"""Certificates and acme.json files as Traefik and Let's Encrypt make them, with real keys in them.

`make_certificate` gives a leaf signed by a made-up authority; `acme_json` the text of a storage file that holds such
leaves. Keys are made once a kind and process: RSA takes its time.
"""

from __future__ import annotations

import base64
import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
NOW: Final = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Made:
    """A certificate with its key, both as PEM text, and what acme.json says of it."""

    names: tuple[str, ...]
    chain: str  # leaf first, then the authority
    key: str
    fingerprint: str  # SHA-256 of the leaf, hex


@cache
def private_key(kind: str = "EC256") -> Key:
    """A key of one of Traefik's key types: EC256, EC384, RSA2048, RSA4096."""
    if kind.startswith("EC"):
        return ec.generate_private_key(ec.SECP256R1() if kind == "EC256" else ec.SECP384R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=int(kind.removeprefix("RSA")))


def make_certificate(
    *names: str,
    key: str = "EC256",
    not_before: datetime = NOW - timedelta(days=30),
    days: float = 90,
    common_name: str | None = None,
    issuer: str = "R11",
) -> Made:
    """A leaf for these DNS names and IP addresses; without `common_name` the first name is it, "" leaves it out.

    Names are written as given: give an internationalised one in its xn-- form, as Traefik orders it.
    """
    own, authority = private_key(key), private_key("EC384")
    leaf = _signed(
        _subject(next(iter(names), "") if common_name is None else common_name),
        _authority(issuer),
        own.public_key(),
        (not_before, not_before + timedelta(days=days)),
        names,
    )
    root = _signed(
        _authority(issuer),
        _authority(issuer),
        authority.public_key(),
        (not_before, not_before + timedelta(days=3650)),
        (),
    )
    return Made(
        names,
        _pem(leaf) + _pem(root),
        _key_pem(own),
        leaf.fingerprint(hashes.SHA256()).hex(),
    )


@dataclass(frozen=True)
class Chain:
    """A leaf and the authorities above it, each as PEM text."""

    leaf: str
    intermediate: str
    root: str


def make_chain(*names: str, intermediate: str = "Intermediate", self_signed: bool = False) -> Chain:
    """Three certificates that issued one another; a self-signed leaf has nothing to do with the other two."""
    own, authority = private_key("EC256").public_key(), private_key("EC384").public_key()
    validity = (NOW - timedelta(days=30), NOW + timedelta(days=60))
    root, middle, leaf = _subject("Root"), _subject(intermediate), _subject(names[0])
    return Chain(
        _pem(_signed(leaf, leaf if self_signed else middle, own, validity, names, ca=False)),
        _pem(_signed(middle, root, authority, validity, (), ca=True)),
        _pem(_signed(root, root, authority, validity, (), ca=True)),
    )


def acme_json(resolvers: dict[str, Sequence[Made | dict[str, Any]]], *, indent: int = 2) -> str:
    """The text of a storage file with these certificates by resolver; a dict stands for an entry as it is."""
    return json.dumps({name: _section(entries) for name, entries in resolvers.items()}, indent=indent)


def entry(made: Made) -> dict[str, Any]:
    """One element of `Certificates`."""
    main, *sans = made.names or ("",)
    domain: dict[str, Any] = {"main": main, "sans": sans} if sans else {"main": main}
    return {"domain": domain, "certificate": _base64(made.chain), "key": _base64(made.key), "Store": "default"}


def account_key() -> str:
    """The account's key as the storage file has it: base64 of DER."""
    der = private_key("RSA2048").private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return base64.b64encode(der).decode()


def _section(entries: Sequence[Made | dict[str, Any]]) -> dict[str, Any]:
    return {
        "Account": {
            "Email": "ops@example.org",
            "Registration": {"body": {"status": "valid"}, "uri": "https://ca.example/acme/acct/1"},
            "PrivateKey": account_key(),
            "KeyType": "4096",
        },
        "Certificates": [entry(one) if isinstance(one, Made) else one for one in entries],
    }


def _signed(
    subject: x509.Name,
    issuer: x509.Name,
    key: Any,
    validity: tuple[datetime, datetime],
    names: Sequence[str],
    *,
    ca: bool | None = None,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general_name(one) for one in names]), critical=False
        )
    if subject == issuer if ca is None else ca:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    authority = private_key("EC384").public_key()
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(authority), critical=False
    )
    return builder.sign(private_key("EC384"), hashes.SHA256())


def _authority(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test"), *_subject(common_name)])


def _subject(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])] if common_name else [])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: Key) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ).decode()


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
