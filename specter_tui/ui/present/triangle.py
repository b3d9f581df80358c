"""The three corners of a name as lines: what acme.json holds, what Traefik serves here, what the edge serves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from specter_tui.core.dns.model import DnsState
from specter_tui.core.model import OF_TRAEFIK, Certificate
from specter_tui.core.snapshot import CertificateStatus, Host, Seen, Snapshot, SourceName, SourceStatus
from specter_tui.core.triangle import Gap, Triangle, Triangles
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role, joined, outside
from specter_tui.ui.present.remember import of_the_same
from specter_tui.ui.present.sections import fact, heading
from specter_tui.ui.present.states import certificate_look, sign

triangles = of_the_same(Triangles)
_SHOWN_HOSTS: Final = 3
_MOST_GROUPS: Final = 8
_BAD: Final = frozenset({Gap.DEFAULT, Gap.REFUSED, Gap.WRONG_NAME, Gap.EXPIRED})
_BAD_EDGE: Final = frozenset({Gap.EDGE_REFUSED, Gap.EDGE_WRONG_NAME, Gap.EDGE_EXPIRED})
_OK: Final = ("ok", Role.OK)
_WARN: Final = ("warn", Role.WARN)
_BROKEN: Final = ("bad", Role.BAD)
_OFF: Final = ("off", Role.OFF)
_UNKNOWN: Final = ("unknown", Role.OFF)


def of_hosts(hosts: Iterable[str], snapshot: Snapshot, glyphs: Glyphs) -> Iterator[Line]:
    """The corners of these hosts; hosts with the same ones stand together."""
    alike = defaultdict[tuple[object, ...], list[Triangle]](list)
    for host in hosts:
        one = triangles(snapshot).of(host)
        alike[_alike(one, snapshot)].append(one)
    if not alike:
        return
    yield heading("on disk, served, at the edge")
    groups = sorted(alike.values(), key=lambda found: (not found[0].gaps, found[0].local is None))
    for found in groups[:_MOST_GROUPS]:
        if len(groups) > 1 or len(found) > 1:
            yield _names(found)
        yield fact("acme.json", *_stored(found[0], snapshot, glyphs))
        yield fact("Traefik", *_local(found[0], glyphs))
        yield fact("edge", *_edge(found[0], snapshot, glyphs))
    if len(groups) > _MOST_GROUPS:
        yield (Piece(f"  and {len(groups) - _MOST_GROUPS} more kinds of hosts", Role.MUTED),)


def of_certificate(one: CertificateStatus, snapshot: Snapshot, glyphs: Glyphs) -> Iterator[Line]:
    """Those of the hosts that it is stored for or shown for."""
    used = set(one.used_by)
    hosts = dict.fromkeys(host for route in snapshot.routes if route.id in used for host in route.hosts)
    fingerprint = one.certificate.fingerprint
    return of_hosts((host for host in hosts if _concerns(triangles(snapshot).of(host), fingerprint)), snapshot, glyphs)


def _concerns(one: Triangle, fingerprint: str) -> bool:
    stored = one.stored.certificate.fingerprint if one.stored else ""
    return fingerprint in {stored, one.local.fingerprint if one.local else ""}


def _alike(one: Triangle, snapshot: Snapshot) -> tuple[object, ...]:
    local, edge, stored = one.local, one.edge, one.stored
    return (
        stored.key if stored else "",
        (local.fingerprint, local.error) if local else None,
        (edge.fingerprint, edge.error) if edge else None,
        one.gaps,
        _dns(one.host, snapshot),
    )


def _names(found: list[Triangle]) -> Line:
    names = joined((outside(one.host, Role.STRONG) for one in found[:_SHOWN_HOSTS]), Piece(", "))
    more = len(found) - _SHOWN_HOSTS
    return (Piece("  "), *names, *((Piece(f" and {more} more", Role.MUTED),) if more > 0 else ()))


def _stored(one: Triangle, snapshot: Snapshot, glyphs: Glyphs) -> Line:
    if one.stored is None:
        status = snapshot.source(SourceName.ACME).status
        if status in {SourceStatus.FAILED, SourceStatus.OFF} or any(file.error for file in snapshot.acme_files):
            return (sign(_UNKNOWN, glyphs), Piece(" not read", Role.OFF))
        return (sign(_OFF, glyphs), Piece(" none", Role.OFF))
    name, role, _ = certificate_look(one.stored)
    return (sign((name, role), glyphs), Piece(" "), *_described(one.stored.certificate))


def _local(one: Triangle, glyphs: Glyphs) -> Line:
    seen = one.local
    if seen is None:
        return (sign(_UNKNOWN, glyphs), Piece(" not looked at", Role.OFF))
    at = Piece(f"  {seen.checked_at:%H:%M:%S} UTC", Role.MUTED)
    if one.agrees:
        return (sign(_OK, glyphs), Piece(" the same", Role.OK), at)
    if not seen.fingerprint:
        look = _BROKEN if seen.refused else _UNKNOWN
        return (sign(look, glyphs), Piece(" "), outside(seen.error, look[1]), at)
    look = _BROKEN if _BAD & set(one.gaps) else _WARN if one.gaps else _OK
    return (sign(look, glyphs), Piece(" "), *_shown(seen), at)


def _edge(one: Triangle, snapshot: Snapshot, glyphs: Glyphs) -> Line:
    seen = one.edge
    if seen is None:
        state = _dns(one.host, snapshot)
        if state is DnsState.PROXIED:
            return (sign(_UNKNOWN, glyphs), Piece(" proxied; not looked at (edge = true in [probe])", Role.OFF))
        text = " not proxied" if state is DnsState.OK else " not known whether it is proxied"
        return (sign(_OFF if state is DnsState.OK else _UNKNOWN, glyphs), Piece(text, Role.OFF))
    gaps = set(one.gaps)
    look = _BROKEN if gaps & _BAD_EDGE else _WARN if gaps & {Gap.EDGE_ENDS, Gap.EDGE_PASSED} else _OK
    if not seen.fingerprint:
        look = _BROKEN if seen.refused else _UNKNOWN
        return (sign(look, glyphs), Piece(" "), outside(seen.error, look[1]))
    return (sign(look, glyphs), Piece(" "), *_shown(seen), Piece(f"  {seen.checked_at:%H:%M:%S} UTC", Role.MUTED))


def _dns(host: str, snapshot: Snapshot) -> DnsState | None:
    return _states(snapshot.hosts).get(host)


@of_the_same
def _states(hosts: tuple[Host, ...]) -> Mapping[str, DnsState]:
    return {one.name: one.dns.state for one in hosts if one.dns is not None}


def _shown(seen: Seen) -> Line:
    if seen.certificate is None:
        return (Piece(f"another, SHA-256 {seen.fingerprint[:16]}"),)
    return _described(seen.certificate)


def _described(one: Certificate) -> Line:
    """`*.example.org, R11, until 2027-01-22, file provider`."""
    origin = {OF_TRAEFIK: "file provider"}.get(one.source, one.resolver)
    until = Piece(f" until {one.not_after:%Y-%m-%d}")
    issuer = (Piece(" of ", Role.MUTED), outside(one.issuer, Role.MUTED))
    return (
        outside(one.main or "no name"),
        until,
        *(issuer if not one.is_default else (Piece(" self-signed", Role.MUTED),)),
        *((Piece(", ", Role.MUTED), outside(origin, Role.MUTED)) if origin else ()),
    )
