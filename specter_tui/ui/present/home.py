"""The first screen: what needs the person, what soon, how things stand, and what changed last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from specter_tui.core.changes import Change, Tone, folded
from specter_tui.core.findings.model import Finding, Severity, Subject, SubjectKind
from specter_tui.core.snapshot import ProtectionState, Snapshot, SourceName, SourceStatus
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role, clock, fit, outside, width_of
from specter_tui.ui.present.kinds.containers import CONTAINERS
from specter_tui.ui.present.kinds.dns import verdict_counts
from specter_tui.ui.present.kinds.findings import key_of
from specter_tui.ui.present.kinds.hosts import audit_line
from specter_tui.ui.present.references import to_subject
from specter_tui.ui.present.resource import Reference
from specter_tui.ui.present.sources import counts_line, not_everything
from specter_tui.ui.present.states import CERTIFICATE, PROTECTION, SEVERITY, SOURCE, SOURCE_WORD, Look, days_words, sign
from specter_tui.ui.present.verify_line import verify_line

_GROUPS: Final = (
    (Severity.ERROR, "need you now", "needs you now"),
    (Severity.WARNING, "soon", "soon"),
    (Severity.UNKNOWN, "unknown", "unknown"),
)
_TONE: Final = {Tone.GOOD: Role.OK, Tone.BAD: Role.BAD, Tone.WARN: Role.WARN, Tone.PLAIN: Role.TEXT}
_LABEL: Final = 12  # cells of `Containers` and its gap
_MOST_SUBJECT: Final = 34  # cells
_STANDING: Final = 5  # lines of how things stand, without that of DNS
_FEWEST: Final = 3  # findings and changes that are shown however low the screen is
_AIR: Final = 3  # lines that stay free where it can be
_LOOKED_AT: Final = 50  # findings whose names decide the width of their column
_OPEN: Final = "host-unprotected"  # the code of what is open to everyone
_BLANK: Final[Line] = (Piece(" "),)


class Entry(NamedTuple):
    """A line of the first screen and where enter leads from it, None where nowhere."""

    line: Line
    target: Reference | None = None


class _Group(NamedTuple):
    """Findings that are told together; `kind` is the view that shows them all, `says` what of each stands here."""

    found: Sequence[Finding]
    words: str
    look: Look
    kind: str
    says: Callable[[Finding], str]


def home_entries(
    snapshot: Snapshot, changes: Sequence[Change], size: tuple[int, int], keys: Mapping[str, str], glyphs: Glyphs
) -> tuple[Entry, ...]:
    """The screen, made to fit `size` (lines, cells) where it can: what comes first gets the room.

    Where a list does not show all, its heading says how many there are and the key of the view that has them; `keys`
    are those keys by the view's kind.
    """
    height, width = size
    last = folded(changes)
    groups = _groups(snapshot)
    fixed = _STANDING + _reads_dns(snapshot) + 1 + max(1, min(len(last), _FEWEST)) + 1
    room = max(_FEWEST, height - fixed - max(1, len(groups)) - _AIR)
    entries = [*_needs(groups, snapshot, (room, width), keys, glyphs), Entry(_BLANK), *_counts(snapshot, glyphs)]
    left = max(_FEWEST, height - len(entries) - 1)
    return (*entries, Entry(_BLANK), *_last(snapshot, last[:left]))


def _groups(snapshot: Snapshot) -> list[_Group]:
    """By how soon they matter; what strangers may read is to be known, but no alarm: a public site is meant so."""
    groups = []
    for severity, many, one in _GROUPS:
        found = [finding for finding in snapshot.findings if finding.severity is severity]
        words = f"{len(found)} {one if len(found) == 1 else many}"
        groups.append(_Group(found, words, SEVERITY[severity], "doctor", _title))
    opened = [one for one in snapshot.findings if one.code == _OPEN]
    name, role, _ = PROTECTION[ProtectionState.UNPROTECTED]
    groups.append(_Group(opened, f"{len(opened)} open to everyone", (name, role), "hosts", _evidence))
    return [group for group in groups if group.found]


def _title(finding: Finding) -> str:
    return finding.title


def _evidence(finding: Finding) -> str:
    return next(iter(finding.evidence), "no router of it asks for a sign-in")


def _needs(
    groups: Sequence[_Group], snapshot: Snapshot, size: tuple[int, int], keys: Mapping[str, str], glyphs: Glyphs
) -> Iterator[Entry]:
    """The groups with as many of their findings as there is room; nothing is called fine that was not looked at."""
    if all(group.kind == "hosts" for group in groups):
        yield Entry(_all_well(snapshot, glyphs))
    room, width = size
    names = _subjects([one for group in groups for one in group.found[: max(room, _LOOKED_AT)]], snapshot)
    column = _column(names, width)
    for group in groups:
        shown = group.found[:room]
        room -= len(shown)
        left = len(group.found) - len(shown)
        key = keys.get(group.kind) or "enter"
        hint = f"   {f'{left} more, ' if shown else ''}{key} shows all" if left else ""
        line = (Piece(" "), sign(group.look, glyphs), Piece(f" {group.words}", group.look[1]), Piece(hint, Role.MUTED))
        yield Entry(line, Reference(group.kind, "", group.words, ""))
        yield from _listed(group, shown, names, column, glyphs)


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


def _listed(
    group: _Group, shown: Sequence[Finding], names: Mapping[Subject, str], column: int, glyphs: Glyphs
) -> Iterator[Entry]:
    for one in shown:
        name = names[one.subject]
        line = (
            Piece("   "),
            sign(group.look, glyphs),
            Piece(" "),
            *fit((outside(name, Role.STRONG),), column, glyphs.ellipsis),
            Piece("  "),
            outside(group.says(one).removeprefix(f"{name}: ")),
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
    if _reads_dns(snapshot):
        cloudflare = snapshot.source(SourceName.CLOUDFLARE).status
        yield _row("DNS", "dns", _known(cloudflare, verdict_counts(snapshot, glyphs), glyphs))
    yield _row("Verify", "middlewares", _known(traefik, (Piece("     "), *verify_line(snapshot, glyphs)), glyphs))


def _reads_dns(snapshot: Snapshot) -> bool:
    return snapshot.source(SourceName.CLOUDFLARE).status is not SourceStatus.OFF


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
