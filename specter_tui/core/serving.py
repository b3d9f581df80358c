"""What is served for a host, beside what acme.json holds: by Traefik here, and by Cloudflare's edge in front of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from specter_tui.core.dns.model import DnsState
from specter_tui.core.model import Certificate, ConfigStatus, Protocol
from specter_tui.core.probing import entry_point_addresses
from specter_tui.core.proof import ProbeAnswer
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Route, Seen, Served, Snapshot

MOST_LOCAL: Final = 50  # handshakes of one round; most hosts need none, since probes tell the fingerprint too
MOST_EDGE: Final = 20
_EDGE_PORT: Final = 443


class Side(StrEnum):
    """Who answers a handshake."""

    LOCAL = "local"  # Traefik's entry point, reached from this machine
    EDGE = "edge"  # whatever the public address of the name leads to


@dataclass(frozen=True, slots=True)
class HandshakeTarget:
    """One TLS handshake with the host as its server name; an `address` without a host asks public DNS for it."""

    host: str
    side: Side
    address: str  # host:port, or :port


@dataclass(frozen=True, slots=True)
class Handshake:
    """What was shown; `error` is the end of a sentence and set when nothing was."""

    target: HandshakeTarget
    checked_at: datetime
    certificate: Certificate | None = None
    error: str = ""
    refused: bool = False  # the other side ended the handshake: it was reached, and has nothing for the name


@dataclass(frozen=True, slots=True)
class ServingRead:
    """What Traefik says that it holds (from 3.7 on; None: not known), and the handshakes of the last round."""

    held: tuple[Certificate, ...] | None = None
    handshakes: tuple[Handshake, ...] = ()


def plan_handshakes(snapshot: Snapshot, settings: Settings) -> tuple[HandshakeTarget, ...]:
    """The hosts whose served certificate no probe could tell, and, where it is asked for, the proxied ones."""
    if not settings.probe.enabled:
        return ()
    addresses = entry_point_addresses(snapshot, settings)
    local = dict[str, HandshakeTarget]()
    for route in _ending_tls(snapshot.routes):
        address = next((addresses[one] for one in route.router.entry_points if addresses.get(one)), "")
        for host in route.hosts if address else ():
            if host not in local and len(local) < MOST_LOCAL and not _is_told(snapshot, host):
                local[host] = HandshakeTarget(host, Side.LOCAL, address)
    return (*local.values(), *(_edges(snapshot, settings) if settings.probe.edge else ()))


def _ending_tls(routes: Iterable[Route]) -> Iterator[Route]:
    """The routes where Traefik itself shows a certificate."""
    for route in routes:
        tls = route.router.tls
        if tls is None or tls.passthrough or route.router.status is ConfigStatus.DISABLED:
            continue
        if route.protocol is not Protocol.UDP:
            yield route


def _is_told(snapshot: Snapshot, host: str) -> bool:
    """Whether a probe saw a certificate that is known already."""
    served = snapshot.served.get(host)
    return served is not None and served.local is not None and served.local.probed and bool(served.local.certificate)


def _edges(snapshot: Snapshot, settings: Settings) -> tuple[HandshakeTarget, ...]:
    configured = settings.probe.edge_address
    address = configured if _has_port(configured) else f"{_bracketed(configured)}:{_EDGE_PORT}"
    proxied = [one.name for one in snapshot.hosts if one.dns is not None and one.dns.state is DnsState.PROXIED]
    return tuple(HandshakeTarget(host, Side.EDGE, address) for host in proxied[:MOST_EDGE])


def _has_port(address: str) -> bool:
    name, colon, port = address.rpartition(":")
    return bool(colon) and port.isdecimal() and (":" not in name or name.endswith("]"))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def served_hosts(
    probes: Iterable[ProbeAnswer], read: ServingRead | None, known: Iterable[Certificate]
) -> Mapping[str, Served]:
    """What was served for each host that was asked for; a handshake tells more than a probe."""
    handshakes = read.handshakes if read else ()
    shown = (one.certificate for one in handshakes if one.certificate is not None)
    described = {one.fingerprint: one for one in (*(read.held or () if read else ()), *shown, *known)}
    local, edge = dict[str, Seen](), dict[str, Seen]()
    for answer in probes:
        if answer.target.tls and answer.served_fingerprint:
            fingerprint = answer.served_fingerprint
            local[answer.target.host] = Seen(
                answer.checked_at, answer.target.address, fingerprint, described.get(fingerprint), probed=True
            )
    for one in handshakes:
        side = local if one.target.side is Side.LOCAL else edge
        before = side.get(one.target.host)
        if before is None or before.checked_at <= one.checked_at or before.certificate is None:
            side[one.target.host] = _seen(one, described)
    return {
        host: Served(local.get(host), edge.get(host)) for host in (*local, *(one for one in edge if one not in local))
    }


def _seen(one: Handshake, described: Mapping[str, Certificate]) -> Seen:
    fingerprint = one.certificate.fingerprint if one.certificate else ""
    certificate = described.get(fingerprint, one.certificate)
    return Seen(one.checked_at, one.target.address, fingerprint, certificate, error=one.error, refused=one.refused)
