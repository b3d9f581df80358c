"""What is served for hosts as JSON-ready values: the triangles of `certs --json`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from specter_tui.core.snapshot import CertificateStatus, Seen, Snapshot
from specter_tui.core.triangle import Triangle, Triangles


def served_documents(snapshot: Snapshot, certificates: Iterable[CertificateStatus]) -> list[dict[str, Any]]:
    """The corners of each host that was asked for and that one of these certificates is stored or served for."""
    wanted = {one.certificate.fingerprint for one in certificates}
    found = (one for one in Triangles(snapshot) if not wanted.isdisjoint(_fingerprints(one)))
    return [_document(one) for one in sorted(found, key=lambda one: one.host)]


def _fingerprints(one: Triangle) -> Iterator[str]:
    if one.stored is not None:
        yield one.stored.certificate.fingerprint
    yield from (seen.fingerprint for seen in (one.local, one.edge) if seen is not None)


def _document(one: Triangle) -> dict[str, Any]:
    return {
        "host": one.host,
        "stored": one.stored.certificate.fingerprint if one.stored else None,
        "local": _seen(one.local),
        "edge": _seen(one.edge),
        "gaps": [gap.value for gap in one.gaps],
    }


def _seen(seen: Seen | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    one = seen.certificate
    return {
        "checked_at": _instant(seen.checked_at),
        "address": seen.address,
        "fingerprint": seen.fingerprint or None,
        "main": one.main if one else None,
        "issuer": one.issuer if one else None,
        "not_after": _instant(one.not_after) if one else None,
        "error": seen.error or None,
    }


def _instant(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"
