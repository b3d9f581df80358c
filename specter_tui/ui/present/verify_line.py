"""The first screen's line on the verify service: how it is by itself, and whether it was seen to do its work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from specter_tui.core.backends import split_server
from specter_tui.core.model import Container, ContainerHealth
from specter_tui.core.proof import Proof, ProofVerdict
from specter_tui.core.snapshot import ProtectionState, Snapshot, SourceName, SourceStatus
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role, count, outside
from specter_tui.ui.present.states import container_words

_MILLISECONDS: Final = 1000
_SERVICE: Final = "com.docker.compose.service"
_WORST_FIRST: Final = (Role.BAD, Role.WARN, Role.OFF, Role.OK)


def verify_line(snapshot: Snapshot, glyphs: Glyphs) -> Line:
    """The state of its container, whether it was seen to turn strangers away, and what hangs on it.

    Both have a glyph of their own: a healthy container proves nothing, and a proof may be older than its end.
    """
    guarded = [host for host in snapshot.hosts if host.protection.state is ProtectionState.PROTECTED]
    if not guarded:
        return (_unguarded(snapshot, glyphs),)
    hang = Piece(f", {count(len(guarded), 'host')} hang on it" if len(guarded) > 1 else ", 1 host hangs on it")
    proofs = [host.protection.proof for host in guarded if host.protection.proof is not None]
    return (*_own_health(snapshot, glyphs), Piece("  "), _proved(proofs, len(guarded), glyphs), hang)


def _unguarded(snapshot: Snapshot, glyphs: Glyphs) -> Piece:
    """That none hangs on it, or that this is not known of those which its middleware stands before."""
    unknown = [one for one in snapshot.hosts if one.protection.state is ProtectionState.UNKNOWN and one.protection.by]
    if unknown:
        hang = "hangs" if len(unknown) == 1 else "hang"
        return Piece(f"{glyphs.unknown} not known whether {count(len(unknown), 'host')} {hang} on it", Role.OFF)
    return Piece(f"{glyphs.off} no host is protected by it", Role.OFF)


def _proved(proofs: Sequence[Proof], guarded: int, glyphs: Glyphs) -> Piece:
    seen = [proof for proof in proofs if proof.verdict is ProofVerdict.TURNED_AWAY]
    if len(seen) == guarded:
        return Piece(f"{glyphs.ok} turns away in {_middle(seen)}", Role.OK)
    if not proofs:
        return Piece(f"{glyphs.unknown} not probed yet", Role.OFF)
    return Piece(f"{glyphs.unknown} {guarded - len(seen)} of {guarded} not proved", Role.OFF)


def _middle(proofs: Sequence[Proof]) -> str:
    times = sorted(proof.seconds * _MILLISECONDS for proof in proofs)
    return f"{times[len(times) // 2]:.1f} ms"


def _own_health(snapshot: Snapshot, glyphs: Glyphs) -> Line:
    """The worst of its containers; unknown where Docker is not read, or knows none by that name or address."""
    found = _containers(snapshot)
    if not found:
        return (Piece(f"{glyphs.unknown} health unknown", Role.OFF),)
    worst = min(found, key=lambda one: _WORST_FIRST.index(container_words(one, glyphs)[0].role))
    sign = container_words(worst, glyphs)[0]
    return (sign, Piece(" "), outside(_state(worst), sign.role))


def _state(container: Container) -> str:
    if container.state != "running":
        return container.state
    return "no health check" if container.health is ContainerHealth.NONE else str(container.health)


def _containers(snapshot: Snapshot) -> list[Container]:
    """The containers that the forwardAuth middlewares of protected routes ask, by name, compose service or address."""
    if snapshot.source(SourceName.DOCKER).status is not SourceStatus.FRESH:
        return []
    guards = {
        name
        for route in snapshot.routes
        if route.protection.state is ProtectionState.PROTECTED
        for name in route.protection.by
    }
    asked = {split_server(one.address)[0] for one in snapshot.middlewares if one.name in guards and one.address}
    return [one for one in snapshot.containers if asked & _names(one)]


def _names(container: Container) -> set[str]:
    addresses = {address for network in container.networks for address in (network.ip, network.ipv6)}
    return ({container.name, container.label(_SERVICE)} | addresses) - {""}
