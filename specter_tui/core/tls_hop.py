"""The certificates on the way of a request: acme.json's, the one that Traefik serves, and the edge's."""

from __future__ import annotations

from typing import Final

from specter_tui.core.certificates import CertificateIndex
from specter_tui.core.hop import HopVerdict
from specter_tui.core.snapshot import (
    CertificateState,
    CertificateStatus,
    Route,
    Seen,
    Snapshot,
    SourceName,
    SourceStatus,
)
from specter_tui.core.text import visible
from specter_tui.core.triangle import Gap, Triangles

_WORST_LAST: Final = (HopVerdict.OK, HopVerdict.UNKNOWN, HopVerdict.WARNING, HopVerdict.ERROR)
_NAME: Final = 120
_OTHERWISE: Final = {
    Gap.DEFAULT: (HopVerdict.ERROR, "served: Traefik's self-signed default certificate"),
    Gap.REFUSED: (HopVerdict.ERROR, "Traefik ends the TLS handshake"),
    Gap.WRONG_NAME: (HopVerdict.ERROR, "served: a certificate for other names"),
    Gap.EXPIRED: (HopVerdict.ERROR, "served: one that has expired"),
    Gap.NOT_LOADED: (HopVerdict.WARNING, "served: an older one, Traefik has not reloaded"),
    Gap.SHADOWED: (HopVerdict.WARNING, "served: another one than acme.json's"),
    Gap.OTHER: (HopVerdict.UNKNOWN, "served: another one than acme.json's"),
}
_AT_THE_EDGE: Final = {
    Gap.EDGE_REFUSED: (HopVerdict.ERROR, "the edge ends the TLS handshake"),
    Gap.EDGE_WRONG_NAME: (HopVerdict.ERROR, "the edge's certificate is for other names"),
    Gap.EDGE_EXPIRED: (HopVerdict.ERROR, "the edge's certificate has expired"),
    Gap.EDGE_ENDS: (HopVerdict.WARNING, "the edge's certificate ends soon"),
    Gap.EDGE_PASSED: (HopVerdict.WARNING, "the name leads to this server's own certificate"),
}


def worse(one: HopVerdict, other: HopVerdict) -> HopVerdict:
    """The worse of two verdicts."""
    return max(one, other, key=_WORST_LAST.index)


def tls_text(snapshot: Snapshot, host: str, winner: Route | None) -> tuple[HopVerdict, str]:
    """What is stored for the host and whether that is what is served."""
    verdict, text = _stored(snapshot, host, winner)
    triangle = Triangles(snapshot).of(host)
    told = next((_OTHERWISE[gap] for gap in triangle.gaps if gap in _OTHERWISE), None)
    if told is not None:
        return worse(verdict, told[0]), f"{text}; {told[1]}" if triangle.stored else told[1]
    if triangle.agrees:
        return verdict, f"{text}, served = on disk"
    if triangle.local is None or triangle.local.certificate is None or triangle.stored is not None:
        return verdict, text
    return _served_alone(triangle.local)


def edge_shown(snapshot: Snapshot, host: str) -> tuple[HopVerdict, str]:
    """What the edge shows, as the end of a sentence; empty where it was not looked at."""
    triangle = Triangles(snapshot).of(host)
    told = next((_AT_THE_EDGE[gap] for gap in triangle.gaps if gap in _AT_THE_EDGE), None)
    if told is not None:
        return told[0], f"; {told[1]}"
    edge = triangle.edge
    if edge is None:
        return HopVerdict.OK, ""
    if edge.certificate is None:
        return HopVerdict.UNKNOWN, f"; the edge {visible(edge.error, _NAME)}"
    return HopVerdict.OK, f"; edge certificate until {edge.certificate.not_after:%Y-%m-%d}"


def _served_alone(seen: Seen) -> tuple[HopVerdict, str]:
    """A good certificate of which no acme.json that is read knows."""
    one = seen.certificate
    if one is None:
        return HopVerdict.UNKNOWN, "what is served is not known"
    return HopVerdict.OK, f"{visible(one.main, _NAME)} until {one.not_after:%Y-%m-%d}, served; not of acme.json"


def _stored(snapshot: Snapshot, host: str, winner: Route | None) -> tuple[HopVerdict, str]:
    found = next((one for one in snapshot.hosts if one.name == host), None)
    status = (found.certificate if found else None) or (winner.certificate if winner else None)
    if winner is None and status is None:
        status = CertificateIndex(snapshot.certificates).find(host)
    unread = snapshot.source(SourceName.ACME).status in {SourceStatus.OFF, SourceStatus.FAILED}
    if status is not None and not (unread and status.renews_at):
        return _judged(snapshot, status)
    if unread:
        return HopVerdict.UNKNOWN, "acme.json is not read"
    if any(file.error for file in snapshot.acme_files):
        return HopVerdict.UNKNOWN, "not every acme.json can be read"
    if snapshot.held is not None:
        return HopVerdict.ERROR, "Traefik holds no certificate for the name: it serves its default one"
    text = "no certificate of acme.json covers the name: another store's, or Traefik's own self-signed one"
    return HopVerdict.UNKNOWN, text


def _judged(snapshot: Snapshot, status: CertificateStatus) -> tuple[HopVerdict, str]:
    text = f"{status.certificate.main} until {status.certificate.not_after:%Y-%m-%d}"
    if status.state in {CertificateState.VALID, CertificateState.DUE}:
        if any(file.too_open and file.path == status.certificate.source for file in snapshot.acme_files):
            return HopVerdict.WARNING, f"{text}, in a file open to others: Traefik will not use it"
        return HopVerdict.OK, text
    if status.state is CertificateState.OVERDUE:
        return HopVerdict.WARNING, f"{text}, its renewal is overdue"
    return HopVerdict.ERROR, f"{text}: {status.state.replace('_', ' ')}"
