"""The text of an acme.json into certificates; runs in a worker thread and lets nothing escape but plain values."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from specter_tui.core.model import Certificate
from specter_tui.core.text import visible

if TYPE_CHECKING:
    from cryptography import x509

NOT_JSON: Final = "is not JSON"  # also what half a file is
_KEYS: Final = frozenset({"key", "privatekey"})
_OLD_FORMAT: Final = frozenset({"DomainsCertificate", "ChallengeCerts", "HTTPChallenge"})
_CERTIFICATE_LIMIT: Final = 1024 * 1024  # characters of one entry; a chain has a few thousand
_SHOWN: Final = 100
_CURVES: Final = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}

CertificateKey = tuple[str, str]  # resolver, digest of the entry's text
Known = dict[CertificateKey, Certificate]


@dataclass(frozen=True, slots=True)
class Content:
    """What one file says."""

    resolvers: tuple[str, ...] = ()
    parsed: tuple[tuple[CertificateKey, Certificate], ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """The certificates in the file's order."""
        return tuple([one for _, one in self.parsed])


def decode_content(data: bytes, source: str, known: Known) -> tuple[Content | None, str]:
    """The content, or None and what is wrong as the end of a sentence; entries in `known` are not parsed again.

    Returns errors instead of raising them: those of the decoder hold the text, and with it the keys.
    """
    try:
        document = json.loads(data, object_pairs_hook=_without_keys)
    except (ValueError, RecursionError):
        return None, NOT_JSON
    if not isinstance(document, dict):
        return None, "is not an acme.json: it is no JSON object"
    if _is_old(document):
        return None, "has the format of Traefik 1, which Traefik 2 and later do not read"
    parsed: list[tuple[CertificateKey, Certificate]] = []
    problems: list[str] = []
    for resolver, section in document.items():
        entries, problem = _entries(section)
        if problem:
            problems.append(f"resolver {visible(resolver, _SHOWN)} in {visible(source, _SHOWN)}: {problem}")
        for entry in entries:
            found = _entry(entry, resolver, source, known)
            if isinstance(found, str):
                problems.append(found)
            else:
                parsed.append(found)
    return Content(tuple(document), tuple(parsed), tuple(problems)), ""


def _without_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return {name: value for name, value in pairs if name.lower() not in _KEYS}


def _is_old(document: dict[str, object]) -> bool:
    return not _OLD_FORMAT.isdisjoint(document) or isinstance(document.get("Certificates"), list)


def _entries(section: object) -> tuple[list[object], str]:
    if section is None:
        return [], ""
    if not isinstance(section, dict):
        return [], "it is no JSON object"
    found = section.get("Certificates")
    if found is None:
        return [], ""
    return (found, "") if isinstance(found, list) else ([], "its Certificates are no list")


def _entry(entry: object, resolver: str, source: str, known: Known) -> tuple[CertificateKey, Certificate] | str:
    """The parsed entry, or a sentence about why it can't be."""
    fields = entry if isinstance(entry, dict) else {}
    domain = fields.get("domain")
    main = domain.get("main") if isinstance(domain, dict) else None
    name = visible(main, _SHOWN) if isinstance(main, str) and main else "an unnamed domain"
    where = f"the certificate for {name} of resolver {visible(resolver, _SHOWN)}"
    text = fields.get("certificate")
    if not isinstance(text, str) or not text:
        return f"{where} has no certificate text"
    if len(text) > _CERTIFICATE_LIMIT:
        return f"{where} is too long"
    key = resolver, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    if key in known:
        return key, known[key]
    parsed = _parse(text, main if isinstance(main, str) else "", resolver, source)
    return (key, parsed) if isinstance(parsed, Certificate) else f"{where} {parsed}"


def _parse(text: str, main: str, resolver: str, source: str) -> Certificate | str:
    """The leaf, which is the first certificate of the chain, or what is wrong as the end of a sentence."""
    from cryptography import x509  # 70 ms that only the first parse pays

    try:
        pem = base64.b64decode(text, validate=True)
    except ValueError:
        return "is not base64"
    try:
        leaf = x509.load_pem_x509_certificate(pem)
        common_name = _common_name(leaf.subject)
        names = tuple(_names(leaf))
        return Certificate(
            main=common_name or next(iter(names), main),
            sans=names,
            resolver=resolver,
            issuer=_common_name(leaf.issuer) or leaf.issuer.rfc4514_string(),
            key_type=_key_type(leaf),
            not_before=leaf.not_valid_before_utc,
            not_after=leaf.not_valid_after_utc,
            fingerprint=_fingerprint(leaf),
            source=source,
        )
    except (ValueError, TypeError, OverflowError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return "cannot be parsed"


def _common_name(name: x509.Name) -> str:
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
