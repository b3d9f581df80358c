"""Three corners of one name: what acme.json holds, what Traefik serves for it here, and what the edge serves.

Each place where two of them differ is a `Gap`, with the reason as far as it can be told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from specter_tui.core.certificates import CertificateIndex, covers
from specter_tui.core.model import OF_TRAEFIK, Certificate
from specter_tui.core.snapshot import CertificateStatus, Seen, Served, Snapshot

_LOADING: Final = timedelta(seconds=20)  # after a change the next looks may still show what was served before
_EDGE_SOON: Final = timedelta(days=14)  # Cloudflare renews its own a month before they end


class Gap(StrEnum):
    """What two corners disagree on."""

    DEFAULT = "default"  # Traefik's own self-signed certificate is served
    REFUSED = "refused"  # Traefik ends the handshake
    WRONG_NAME = "wrong_name"
    EXPIRED = "expired"
    NOT_LOADED = "not_loaded"  # acme.json holds a newer one that the running Traefik does not know
    SHADOWED = "shadowed"  # one from elsewhere is served in the place of acme.json's
    OTHER = "other"  # another one is served, of which nothing but its fingerprint is known
    EDGE_REFUSED = "edge_refused"
    EDGE_WRONG_NAME = "edge_wrong_name"
    EDGE_EXPIRED = "edge_expired"
    EDGE_ENDS = "edge_ends"
    EDGE_PASSED = "edge_passed"  # the proxied name leads to this server's own certificate


@dataclass(frozen=True, slots=True)
class Triangle:
    """The corners for one host; None where a corner was not looked at."""

    host: str
    stored: CertificateStatus | None
    local: Seen | None
    edge: Seen | None
    gaps: tuple[Gap, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether what is served here is what acme.json holds."""
        return (
            self.stored is not None
            and self.local is not None
            and self.local.fingerprint == self.stored.certificate.fingerprint
        )


class Triangles:
    """The triangles of one snapshot, by host."""

    def __init__(self, snapshot: Snapshot) -> None:
        stored = [one for one in snapshot.certificates if one.certificate.source != OF_TRAEFIK]
        self._index = CertificateIndex(stored)
        self._stored = {one.certificate.fingerprint: one for one in stored}
        self._snapshot = snapshot
        self._changed = {file.path: file.changed_at for file in snapshot.acme_files}

    def __iter__(self) -> Iterator[Triangle]:
        """Those of all hosts that were asked for."""
        return (self.of(host) for host in self._snapshot.served)

    def differing(self) -> Iterator[Triangle]:
        """Those that have a gap; of thousands of hosts, most are served what is stored and are passed over quickly."""
        for host, served in self._snapshot.served.items():
            local = served.local
            stored = self._stored.get(local.fingerprint) if local else None
            if served.edge is None and stored is not None and _covers(stored.certificate, host):
                continue
            if (found := self.of(host)).gaps:
                yield found

    def of(self, host: str) -> Triangle:
        """The one of a host; without corners where nothing is known."""
        served = self._snapshot.served.get(host, Served())
        stored = self._stored_for(host, served.local)
        now = self._snapshot.taken_at
        gaps = [*self._local_gaps(host, stored, served.local, now), *_edge_gaps(host, served, now)]
        return Triangle(host, stored, served.local, served.edge, tuple(gaps))

    def _stored_for(self, host: str, local: Seen | None) -> CertificateStatus | None:
        """The one of acme.json that is served, where one of several is; else the one that should be."""
        served = self._stored.get(local.fingerprint) if local else None
        return served if served and _covers(served.certificate, host) else self._index.find(host)

    def _local_gaps(
        self, host: str, stored: CertificateStatus | None, seen: Seen | None, now: datetime
    ) -> Iterator[Gap]:
        if seen is None or (stored and stored.certificate.fingerprint == seen.fingerprint):
            return
        if stored and self._is_newer(stored.certificate, seen):
            return  # the file was changed since: the next look will tell
        if seen.refused:
            yield Gap.REFUSED
        elif seen.certificate is not None:
            yield from self._from_elsewhere(host, stored, seen.certificate, now)
        elif seen.fingerprint and stored:
            yield Gap.OTHER

    def _from_elsewhere(
        self, host: str, stored: CertificateStatus | None, served: Certificate, now: datetime
    ) -> Iterator[Gap]:
        if served.is_default:
            yield Gap.DEFAULT
        elif not _covers(served, host):
            yield Gap.WRONG_NAME
        else:
            if served.not_after <= now:
                yield Gap.EXPIRED
            if stored:
                yield self._replaced(stored.certificate, served)

    def _is_newer(self, stored: Certificate, seen: Seen) -> bool:
        changed = self._changed.get(stored.source)
        return changed is not None and changed + _LOADING >= seen.checked_at

    def _replaced(self, stored: Certificate, served: Certificate) -> Gap:
        """Why a good certificate from elsewhere is served.

        Of several with the same names Traefik holds one: then only an older one of the same issuer tells.
        """
        held = self._snapshot.held
        if held is not None and stored.fingerprint in held:
            return Gap.SHADOWED
        if held is not None and set(served.sans) != set(stored.sans):
            return Gap.NOT_LOADED
        older = served.not_before <= stored.not_before and served.issuer == stored.issuer
        return Gap.NOT_LOADED if older else Gap.SHADOWED


def _edge_gaps(host: str, served: Served, now: datetime) -> Iterator[Gap]:
    edge, local = served.edge, served.local
    if edge is None:
        return
    if edge.refused:
        yield Gap.EDGE_REFUSED
    if edge.certificate is None:
        return
    leaf = edge.certificate
    if local is not None and local.fingerprint == edge.fingerprint:
        yield Gap.EDGE_PASSED
    elif not _covers(leaf, host):
        yield Gap.EDGE_WRONG_NAME
    elif leaf.not_after <= now:
        yield Gap.EDGE_EXPIRED
    elif leaf.not_after - now < min(_EDGE_SOON, (leaf.not_after - leaf.not_before) / 6):
        yield Gap.EDGE_ENDS


def _covers(one: Certificate, host: str) -> bool:
    return covers((*one.sans, one.main), host)
