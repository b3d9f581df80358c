"""A leaf certificate's own words: X.509 in, a `Certificate` out. Pure; loads cryptography when it is called."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from specter_tui.core.model import Certificate

if TYPE_CHECKING:
    from cryptography import x509

_CURVES: Final = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def decode_der(der: bytes, source: str) -> Certificate | None:
    """The certificate that a handshake showed; None when it cannot be parsed."""
    from cryptography import x509  # 70 ms that only the first parse pays

    try:
        return describe_leaf(x509.load_der_x509_certificate(der), resolver="", source=source)
    except unreadable():
        return None


def unreadable() -> tuple[type[Exception], ...]:
    """What cryptography raises for a certificate that it can't read."""
    from cryptography import x509

    return ValueError, TypeError, OverflowError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType


def describe_leaf(leaf: x509.Certificate, *, resolver: str, source: str, ordered_as: str = "") -> Certificate:
    """The leaf without what its chain says; raises one of `unreadable`. `ordered_as` names one without any name."""
    names = tuple(_names(leaf))
    return Certificate(
        main=common_name(leaf.subject) or next(iter(names), ordered_as),
        sans=names,
        resolver=resolver,
        issuer=common_name(leaf.issuer) or leaf.issuer.rfc4514_string(),
        key_type=_key_type(leaf),
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        fingerprint=_fingerprint(leaf),
        source=source,
        self_signed=leaf.subject == leaf.issuer,
    )


def common_name(name: x509.Name) -> str:
    """The first common name, empty when there is none."""
    from cryptography.x509.oid import NameOID

    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def _names(leaf: x509.Certificate) -> Iterator[str]:
    """The alternative names: DNS and IP; acme.json's own list may hold only those that were newly ordered."""
    from cryptography import x509

    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return
    for one in names:
        if isinstance(one, x509.DNSName):
            yield one.value
        elif isinstance(one, x509.IPAddress) and isinstance(one.value, ipaddress.IPv4Address | ipaddress.IPv6Address):
            yield str(one.value)


def _key_type(leaf: x509.Certificate) -> str:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    try:
        key = leaf.public_key()
    except UnsupportedAlgorithm:
        return "unknown"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {_CURVES.get(key.curve.name, key.curve.name)}"
    return type(key).__name__.strip("_").removesuffix("PublicKey")


def _fingerprint(leaf: x509.Certificate) -> str:
    from cryptography.hazmat.primitives import hashes

    return leaf.fingerprint(hashes.SHA256()).hex()
