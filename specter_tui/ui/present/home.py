"""The first screen: what needs the person, what soon, how things stand, and what changed last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from specter_tui.core.changes import Change, Tone
from specter_tui.core.findings.model import Finding, Severity, Subject, SubjectKind
from specter_tui.core.snapshot import ProtectionState, Snapshot, SourceName, SourceStatus
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role, clock, fit, outside, width_of
from specter_tui.ui.present.kinds.containers import CONTAINERS
from specter_tui.ui.present.kinds.findings import key_of
from specter_tui.ui.present.kinds.hosts import audit_line
from specter_tui.ui.present.references import to_subject
from specter_tui.ui.present.resource import Reference
from specter_tui.ui.present.sources import counts_line, not_everything
from specter_tui.ui.present.states import CERTIFICATE, PROTECTION, SEVERITY, SOURCE, SOURCE_WORD, days_words, sign
from specter_tui.ui.present.verify_line import verify_line

_GROUPS: Final = (
    (Severity.ERROR, "need you now", "needs you now"),
    (Severity.WARNING, "soon", "soon"),
    (Severity.UNKNOWN, "unknown", "unknown"),
)
_TONE: Final = {Tone.GOOD: Role.OK, Tone.BAD: Role.BAD, Tone.WARN: Role.WARN, Tone.PLAIN: Role.TEXT}
_LABEL: Final = 12  # cells of `Containers` and its gap
_MOST_SUBJECT: Final = 34  # cells
_FIXED: Final = 9  # lines that are no finding and no change
_FEWEST_CHANGES: Final = 3
_LOOKED_AT: Final = 50  # findings whose names decide the width of their column
_OPEN: Final = "host-unprotected"  # the code of what is open to everyone
_MOST_OPEN: Final = 3  # lines of it
_BLANK: Final[Line] = (Piece(" "),)


class Entry(NamedTuple):
    """A line of the first screen and where enter leads from it, None where nowhere."""

    line: Line
    target: Reference | None = None


def home_entries(
    snapshot: Snapshot, changes: Sequence[Change], height: int, width: int, glyphs: Glyphs
) -> tuple[Entry, ...]:
    """The screen, made to fit `height` lines of `width` cells where it can: long lists say how many more there are."""
    wanted = sum(1 for one in snapshot.findings if one.severity is not Severity.INFO)
    open_to_all = [one for one in snapshot.findings if one.code == _OPEN]
    lines = min(len(open_to_all), _MOST_OPEN) + 1 if open_to_all else 0
    room = max(_FEWEST_CHANGES, height - _FIXED - min(len(changes), _FEWEST_CHANGES) - len(_GROUPS) - lines)
    needs = _needs(snapshot, min(wanted, room), width, glyphs)
    entries = [*needs, *_open(open_to_all, snapshot, width, glyphs), Entry(_BLANK), *_counts(snapshot, glyphs)]
    left = max(_FEWEST_CHANGES, height - len(entries) - 1)
    return (*entries, Entry(_BLANK), *_last(snapshot, changes[:left]))


def _needs(snapshot: Snapshot, room: int, width: int, glyphs: Glyphs) -> Iterator[Entry]:
    """The findings by how soon they matter; nothing is called fine that was not looked at."""
    groups = [[one for one in snapshot.findings if one.severity is severity] for severity, _, _ in _GROUPS]
    if not any(groups):
        yield Entry(_all_well(snapshot, glyphs))
    looked_at = [one for found in groups for one in found[: max(room, _LOOKED_AT)]]
    names = _subjects(looked_at, snapshot)
    column = _column(names, width)
    for (severity, many, one), found in zip(_GROUPS, groups, strict=True):
        if not found:
            continue
        look = SEVERITY[severity]
        words = f"{len(found)} {one if len(found) == 1 else many}"
        yield Entry((Piece(" "), sign(look, glyphs), Piece(f" {words}", look[1])), Reference("doctor", "", words, ""))
        shown = found[: max(room, 1)]
        room -= len(shown)
        yield from _group(shown, names, column, glyphs)
        if more := len(found) - len(shown):
            yield Entry((Piece(f"     and {more} more", Role.MUTED),), Reference("doctor", "", "", ""))


def _open(found: Sequence[Finding], snapshot: Snapshot, width: int, glyphs: Glyphs) -> Iterator[Entry]:
    """What strangers may read: to be known, but no alarm, since a public site is meant so."""
    if not found:
        return
    name, role, _ = PROTECTION[ProtectionState.UNPROTECTED]
    words = f"{len(found)} open to everyone"
    yield Entry((Piece(" "), sign((name, role), glyphs), Piece(f" {words}", role)), Reference("hosts", "", words, ""))
    shown = found if len(found) <= _MOST_OPEN else found[: _MOST_OPEN - 1]
    names = _subjects(shown, snapshot)
    column = _column(names, width)
    for one in shown:
        line = (
            Piece("   "),
            sign((name, role), glyphs),
            Piece(" "),
            *fit((outside(names[one.subject], Role.STRONG),), column, glyphs.ellipsis),
            Piece("  "),
            outside(next(iter(one.evidence), "no router of it asks for a sign-in"), Role.MUTED),
        )
        yield Entry(line, Reference("doctor", key_of(one), names[one.subject], ""))
    if more := len(found) - len(shown):
        yield Entry((Piece(f"     and {more} more", Role.MUTED),), Reference("hosts", "", "", ""))


def _all_well(snapshot: Snapshot, glyphs: Glyphs) -> Line:
    unread = not_everything(snapshot)
    if not unread:
        return (Piece(f" {glyphs.ok} Nothing needs you.", Role.OK),)
    names = ", ".join(SOURCE_WORD[name] for name in unread)
    return (
        Piece(f" {glyphs.unknown} Nothing is known to need you, ", Role.OFF),
        Piece(f"but not everything is known: {names}", Role.OFF),
    )


def _column(names: Mapping[Subject, str], width: int) -> int:
    """The cells for what findings are about: as the longest name, up to a third of the screen."""
    widest = max((width_of((outside(name),)) for name in names.values()), default=0)
    return min(widest, _MOST_SUBJECT, max(width // 3, 1))


def _group(found: Sequence[Finding], names: Mapping[Subject, str], column: int, glyphs: Glyphs) -> Iterator[Entry]:
    for one in found:
        name = names[one.subject]
        look = SEVERITY[one.severity]
        title = one.title.removeprefix(f"{name}: ")
        line = (
            Piece("   "),
            sign(look, glyphs),
            Piece(" "),
            *fit((outside(name, Role.STRONG),), column, glyphs.ellipsis),
            Piece("  "),
            outside(title),
        )
        yield Entry(line, Reference("doctor", key_of(one), name, ""))


def _subjects(findings: Iterable[Finding], snapshot: Snapshot) -> dict[Subject, str]:
    """What findings are about, as a person names it: a route by its host, a source by its word."""
    found = {one.subject: one.subject.id for one in findings}
    routes = {one.id for one in found if one.kind is SubjectKind.ROUTE}
    hosts = {route.id: route.hosts[0] for route in snapshot.routes if route.hosts and route.id in routes}
    sources = {name.value: word for name, word in SOURCE_WORD.items()}
    for one in found:
        if one.kind is SubjectKind.ROUTE:
            found[one] = hosts.get(one.id, one.id)
        elif one.kind is SubjectKind.SOURCE:
            found[one] = sources.get(one.id, one.id)
    return found


def _counts(snapshot: Snapshot, glyphs: Glyphs) -> Iterator[Entry]:
    traefik = snapshot.source(SourceName.TRAEFIK).status
    docker = snapshot.source(SourceName.DOCKER).status
    yield _row("Hosts", "hosts", _known(traefik, audit_line(snapshot, glyphs), glyphs))
    yield _row("Routes", "routes", _known(traefik, counts_line(snapshot, glyphs), glyphs))
    restarting = [one.name for one in snapshot.containers if one.state == "restarting"]
    containers = CONTAINERS.counts(snapshot, glyphs)
    if restarting:
        containers = (*containers, Piece("   restarting: ", Role.WARN), outside(", ".join(restarting), Role.WARN))
    yield _row("Containers", "containers", _known(docker, containers, glyphs))
    acme = snapshot.source(SourceName.ACME).status
    yield _row("Certs", "certificates", _known(acme, _certificates(snapshot, glyphs), glyphs))
    yield _row("Verify", "middlewares", _known(traefik, (Piece("     "), *verify_line(snapshot, glyphs)), glyphs))


def _row(label: str, kind: str, line: Line) -> Entry:
    number, *rest = line
    if number.text.strip().isdecimal():
        number = Piece(f"{number.text.strip():>3}", number.role)
    return Entry((Piece(f" {label:<{_LABEL}}", Role.MUTED), number, *rest), Reference(kind, "", label, ""))


def _known(status: SourceStatus, line: Line, glyphs: Glyphs) -> Line:
    """The line as it is, dimmed where it is old; a source that was never read has no numbers."""
    if status is SourceStatus.STALE:
        return tuple(Piece(text, Role.OFF) for text, _ in line)
    if status is SourceStatus.FRESH:
        return line
    look = SOURCE[status]
    return (Piece("     "), sign(look, glyphs), Piece(" off" if status is SourceStatus.OFF else " not read", look[1]))


def _certificates(snapshot: Snapshot, glyphs: Glyphs) -> Line:
    total = Piece(str(len(snapshot.certificates)))
    used = [one for one in snapshot.certificates if one.used_by] or list(snapshot.certificates)
    if not used:
        return (total,)
    first = min(used, key=lambda one: one.days_left)
    name, role, _ = CERTIFICATE[first.state]
    when = f"next expiry in {first.days_left} d" if first.days_left >= 0 else days_words(first)
    return (total, Piece("  "), sign((name, role), glyphs), Piece(f" {when}, ", role), outside(first.certificate.main))


def _last(snapshot: Snapshot, changes: Sequence[Change]) -> Iterator[Entry]:
    if not changes:
        yield Entry((Piece(f" {'Last':<6}", Role.MUTED), Piece("nothing has changed since the start", Role.MUTED)))
    for place, change in enumerate(changes):
        line = (
            Piece(f" {'Last' if place == 0 else '':<6}", Role.MUTED),
            Piece(f"{clock(change.at, snapshot.taken_at)}  ", Role.MUTED),
            outside(change.name, Role.STRONG),
            Piece(" "),
            outside(change.what, _TONE[change.tone]),
            *((Piece(f"  {change.times} times", Role.MUTED),) if change.times > 1 else ()),
        )
        yield Entry(line, _target(change, snapshot))


def _target(change: Change, snapshot: Snapshot) -> Reference | None:
    if change.subject is None:
        return Reference("routes", "", "", "") if "route" in change.what else Reference("containers", "", "", "")
    return next(iter(to_subject(change.subject, snapshot)), None)
