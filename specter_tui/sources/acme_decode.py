"""The text of an acme.json into certificates; runs in a worker thread and lets nothing escape but plain values."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Final

from specter_tui.core.model import Certificate
from specter_tui.core.text import visible
from specter_tui.sources.leaf import unreadable
from specter_tui.sources.pem_chain import describe_chain

NOT_JSON: Final = "is not JSON"  # also what half a file is
_KEYS: Final = frozenset({"key", "privatekey"})
_OLD_FORMAT: Final = frozenset({"DomainsCertificate", "ChallengeCerts", "HTTPChallenge"})
_CERTIFICATE_LIMIT: Final = 1024 * 1024  # characters of one entry; a chain has a few thousand
_SHOWN: Final = 100

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
    """The leaf with its chain, or what is wrong as the end of a sentence."""
    try:
        pem = base64.b64decode(text, validate=True)
    except ValueError:
        return "is not base64"
    try:
        return describe_chain(pem, resolver=resolver, source=source, ordered_as=main)
    except unreadable():
        return "cannot be parsed"
