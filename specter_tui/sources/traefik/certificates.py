"""Which certificates the running Traefik holds, by `/api/certificates` (3.7 and later).

Observed on 3.7.15: one entry a leaf, without Traefik's own default certificate and without a word of where it came
from; of several with the same names only one. `name` is the SHA-256 of the leaf, as `fingerprint` is here.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final

import httpx

from specter_tui.core.model import OF_TRAEFIK, Certificate
from specter_tui.core.settings import TraefikSettings
from specter_tui.sources.traefik.client import TraefikClient
from specter_tui.sources.traefik.fields import Element, Problems, any_json

# One page with all of them: between two pages a renewal could move one.
_PATH: Final = "/api/certificates?per_page=1000000"
_LIMIT: Final = 32 * 1024 * 1024
_FINGERPRINT: Final = 64  # hex digits
_EC: Final = "ECDSA"


class TraefikCertificates:
    """Reads the list (`core.ports.HeldSource`); raises `ConfigError` for settings that can't be used."""

    def __init__(self, settings: TraefikSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._client = TraefikClient(settings, transport)
        self._last: tuple[bytes, tuple[Certificate, ...]] | None = None

    async def read(self) -> tuple[Certificate, ...]:
        """All that Traefik lists, the very same tuple while nothing changes; an entry that lacks a date is left out."""
        body = await self._client.get(_PATH, _LIMIT)
        if self._last is None or body != self._last[0]:
            self._last = body, await asyncio.to_thread(self._decode, body)
        return self._last[1]

    async def close(self) -> None:
        """Frees the connections."""
        await self._client.close()

    def _decode(self, body: bytes) -> tuple[Certificate, ...]:
        document = self._client.parse(_PATH, body, any_json)
        if not isinstance(document, list):
            raise self._client.shape_error(_PATH, "a list")
        found = (_certificate(Element("a certificate", raw, Problems())) for raw in document)
        return tuple(one for one in found if one is not None)


def _certificate(raw: Element) -> Certificate | None:
    fingerprint = (raw.text("certFingerprint") or raw.text("name")).lower()
    begins, ends = _time(raw.text("notBefore")), _time(raw.text("notAfter"))
    if begins is None or ends is None or len(fingerprint) != _FINGERPRINT:
        return None
    names = raw.texts("sans")
    kind = raw.text("keyType")
    return Certificate(
        main=raw.text("commonName") or next(iter(names), ""),
        sans=names,
        resolver="",
        issuer=raw.text("issuerCN") or raw.text("issuerOrg"),
        key_type=f"EC P-{raw.number('keySize')}" if kind == _EC else f"{kind} {raw.number('keySize')}",
        not_before=begins,
        not_after=ends,
        fingerprint=fingerprint,
        source=OF_TRAEFIK,
    )


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
