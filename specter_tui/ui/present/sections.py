"""Parts of a detail that several kinds of things share; a line may be longer than the screen, which wraps it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from operator import itemgetter
from typing import Final

from specter_tui.core.dns.model import HostDns
from specter_tui.core.findings.model import Finding, SubjectKind
from specter_tui.core.model import ConfigStatus, Container, Server
from specter_tui.core.proof import Proof, ProofVerdict
from specter_tui.core.snapshot import (
    CertificateStatus,
    ChainLink,
    Protection,
    ProtectionState,
    Route,
    Snapshot,
    SourceName,
    SourceStatus,
)
from specter_tui.ui.present.base import TEXT_LIMIT, Glyphs, Line, Piece, Role, joined, outside
from specter_tui.ui.present.dns import host_target
from specter_tui.ui.present.remember import of_the_same
from specter_tui.ui.present.states import (
    CERTIFICATE,
    HEALTH,
    PROOF,
    SERVER,
    SEVERITY,
    container_words,
    days_words,
    dns_words,
    protection_words,
    sign,
)

SPACE: Final = Piece(" ")
BLANK: Final[Line] = (SPACE,)
_INDENT: Final = Piece("  ")
_LABEL: Final = 11
_MOST: Final = 200  # lines of one list; the raw page has all


def heading(word: str) -> Line:
    """The name of a section."""
    return (Piece(word, Role.MUTED),)


def fact(label: str, *value: Piece) -> Line:
    """`  image  traefik:v3`: a label of at most eleven cells and its value."""
    return (_INDENT, Piece(f"{label:<{_LABEL}} ", Role.MUTED), *value)


def said(text: str, role: Role = Role.TEXT) -> Line:
    """A sentence from outside, indented."""
    return (_INDENT, outside(text, role, TEXT_LIMIT))


def errors(texts: Iterable[str]) -> Iterator[Line]:
    """What Traefik says is wrong."""
    return (said(text, Role.BAD) for text in texts)


def listed(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines of a list, and how many more there are."""
    left = 0
    for place, line in enumerate(lines):
        if place < _MOST:
            yield line
        else:
            left += 1
    if left:
        yield (Piece(f"  and {left} more: y shows them all", Role.MUTED),)


def about(snapshot: Snapshot, subjects: Mapping[SubjectKind, AbstractSet[str]]) -> Iterator[Finding]:
    """The findings on any of these subjects, the worst first."""
    known = _by_subject(snapshot.findings)
    found = (known.get((kind, one), ()) for kind, ids in subjects.items() for one in ids)
    return (finding for _, finding in sorted(chain.from_iterable(found), key=itemgetter(0)))


@of_the_same
def _by_subject(found: tuple[Finding, ...]) -> Mapping[tuple[SubjectKind, str], list[tuple[int, Finding]]]:
    """The findings on each subject, with their places among all."""
    index: defaultdict[tuple[SubjectKind, str], list[tuple[int, Finding]]] = defaultdict(list)
    for place, one in enumerate(found):
        index[one.subject.kind, one.subject.id].append((place, one))
    return index


def findings(found: Iterable[Finding], glyphs: Glyphs) -> Iterator[Line]:
    """Each finding with its evidence and its remedy, and a blank behind them."""
    some = False
    for finding in found:
        some = True
        look = SEVERITY[finding.severity]
        yield (sign(look, glyphs), SPACE, outside(finding.title, look[1], TEXT_LIMIT))
        yield from (said(text) for text in finding.evidence)
        if finding.remedy.text:
            yield (Piece("  remedy: ", Role.MUTED), outside(finding.remedy.text, Role.STRONG, TEXT_LIMIT))
    if some:
        yield BLANK


def protection(one: Protection, glyphs: Glyphs) -> Iterator[Line]:
    """State, what guards, the reasons and the proof."""
    yield heading("protection")
    words = protection_words(one.state, glyphs)
    if one.by:
        by = joined((outside(name) for name in one.by), Piece(", "))
        yield (_INDENT, *words, Piece(" by ", Role.MUTED), *by)
    elif one.state is ProtectionState.NOT_APPLICABLE:
        yield (_INDENT, Piece("not applicable here", Role.MUTED))
    else:
        yield (_INDENT, *words)
    yield from map(said, one.reasons)
    if one.proof is not None:
        yield _proof(one.proof, glyphs)


def _proof(proof: Proof, glyphs: Glyphs) -> Line:
    """`● anonymous request turned away: 307 → https://auth... on websecure`; why, where nothing was proved."""
    name, role, word = PROOF[proof.verdict]
    pieces = [_INDENT, sign((name, role), glyphs), Piece(f" anonymous request {word}:", role)]
    if proof.verdict is ProofVerdict.UNKNOWN:
        return (*pieces, SPACE, outside(proof.reason, limit=TEXT_LIMIT))
    pieces.append(Piece(f" {proof.status}"))
    if proof.location:
        pieces += [Piece(f" {glyphs.arrow} ", Role.MUTED), outside(proof.location, limit=TEXT_LIMIT)]
    if proof.entry_point:
        pieces += [Piece(" on ", Role.MUTED), outside(proof.entry_point)]
    return tuple(pieces)


def servers(found: Iterable[Server], glyphs: Glyphs) -> Iterator[Line]:
    """Each server with what Traefik's health check says of it."""
    for server in found:
        look = SERVER[server.health]
        yield (_INDENT, sign(look, glyphs), SPACE, outside(server.url), Piece(f" {server.health}", look[1]))


def containers(found: Iterable[Container], glyphs: Glyphs) -> Iterator[Line]:
    """Each container with its networks and the ports it publishes."""
    for container in found:
        yield (_INDENT, outside(container.name), SPACE, *container_words(container, glyphs))
        names = joined((outside(one.name) for one in container.networks), Piece(", ")) or (
            Piece("no network", Role.BAD),
        )
        yield (Piece("    on ", Role.MUTED), *names)
        for port in container.published:
            yield (Piece("    publishes ", Role.MUTED), outside(f"{port.ip}:{port.port}/{port.proto}"))


def certificate(status: CertificateStatus, glyphs: Glyphs) -> Iterator[Line]:
    """Its name, state and days; then when it ends and who renews it."""
    name, role, word = CERTIFICATE[status.state]
    leaf = status.certificate
    yield (
        _INDENT,
        sign((name, role), glyphs),
        SPACE,
        outside(leaf.main),
        Piece(f" {word}, {days_words(status)}", role),
    )
    if status.renews_at is None:
        text = f"    until {leaf.not_after:%Y-%m-%d}, not renewed by Traefik, "
        yield (Piece(text, Role.MUTED), outside(leaf.issuer, Role.MUTED))
        return
    yield (
        Piece(f"    until {leaf.not_after:%Y-%m-%d}, renews from {status.renews_at:%Y-%m-%d}, ", Role.MUTED),
        outside(leaf.issuer, Role.MUTED),
        Piece(" by ", Role.MUTED),
        outside(leaf.resolver, Role.MUTED),
    )


def dns(hosts: Sequence[str], found: Sequence[HostDns], snapshot: Snapshot, glyphs: Glyphs) -> Iterator[Line]:
    """Each host's verdict with the records that answer; nothing where Cloudflare is not configured."""
    if not hosts or snapshot.source(SourceName.CLOUDFLARE).status is SourceStatus.OFF:
        return
    yield heading("DNS")
    if not found:
        yield (_INDENT, sign(("unknown", Role.OFF), glyphs), Piece(" unknown: Cloudflare was not read", Role.OFF))
    for one in found:
        named = (outside(one.host), Piece("  ")) if len(hosts) > 1 else ()
        yield (_INDENT, *named, *dns_words(one, glyphs))
        if one.records:
            yield (Piece("    "), *host_target(one))
        if one.reason:
            yield (Piece("    "), outside(one.reason, Role.MUTED, TEXT_LIMIT))


def routes(found: Iterable[Route], glyphs: Glyphs) -> Iterator[Line]:
    """Each route with its health and its protection."""
    return listed(
        (
            _INDENT,
            sign(HEALTH[route.health], glyphs),
            SPACE,
            outside(route.id),
            Piece("  "),
            *protection_words(route.protection.state, glyphs),
        )
        for route in found
    )


def stop(link: ChainLink, glyphs: Glyphs) -> Line:
    """One middleware on the way of a request, the chains that brought it there, and what is wrong with it."""
    step = Piece(f"  {glyphs.down} ", Role.MUTED)
    via: Line = ()
    if link.via:
        via = (Piece("  in ", Role.MUTED), *joined((outside(one, Role.MUTED) for one in link.via), Piece(" in ")))
    if link.status is ConfigStatus.ENABLED:
        return (step, outside(link.name), Piece("  "), outside(link.type, Role.MUTED), *via)
    word = "does not exist" if link.status is None else f"is {link.status}"
    return (step, outside(link.name, Role.BAD), Piece(f"  {glyphs.bad} {word}", Role.BAD), *via)


def indented(document: str) -> Iterator[str]:
    """A JSON text over several lines; one that is none as it stands."""
    try:
        return iter(json.dumps(json.loads(document), indent=2).splitlines())
    except (ValueError, RecursionError):
        return iter((document,))
