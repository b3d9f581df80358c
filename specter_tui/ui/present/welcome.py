"""What stands where the table would be empty: why there is nothing to show, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from specter_tui.core.snapshot import Snapshot, SourceName, SourceStatus
from specter_tui.ui.present.base import TEXT_LIMIT, Glyphs, Line, Piece, Role, outside
from specter_tui.ui.present.states import SOURCE, SOURCE_WORD, sign

_BLANK: Line = (Piece(" "),)


def reading_page() -> tuple[Line, ...]:
    """Before the first snapshot."""
    return ((Piece("Reading Traefik, Docker and acme.json for the first time.", Role.MUTED),),)


def empty_page(snapshot: Snapshot, proposal: Sequence[str], glyphs: Glyphs) -> tuple[Line, ...]:
    """Why there are no routes: Traefik is not there, or has none."""
    if snapshot.source(SourceName.TRAEFIK).status in {SourceStatus.FRESH, SourceStatus.STALE}:
        return _no_routers()
    lines: list[Line] = [(Piece("Traefik's API is not readable, so no route can be shown.", Role.STRONG),), _BLANK]
    for name in SourceName:
        state = snapshot.source(name)
        look = SOURCE[state.status]
        said = (
            state.error or state.reason or {SourceStatus.FRESH: "read", SourceStatus.OFF: "off"}.get(state.status, "")
        )
        pieces = [
            sign(look, glyphs),
            Piece(f" {SOURCE_WORD[name]:<11}", Role.STRONG),
            outside(said, look[1] if state.status is SourceStatus.FRESH else Role.TEXT, TEXT_LIMIT),
        ]
        if state.next_try is not None:
            pieces.append(Piece(f"; next try at {state.next_try.astimezone():%H:%M:%S}", Role.MUTED))
        lines.append(tuple(pieces))
    lines += [_BLANK, (Piece("What to do", Role.STRONG),)]
    if proposal:
        lines += [(Piece("Found here; put it into the file that `specter-tui config show` names:"),), _BLANK]
        lines += [(Piece("  "), outside(text, Role.STRONG, TEXT_LIMIT)) for text in proposal]
    else:
        lines += [(Piece(f"  {text}"),) for text in _ADVICE]
    return tuple(lines)


def source_page(snapshot: Snapshot, name: SourceName, noun: str, glyphs: Glyphs) -> tuple[Line, ...]:
    """Why there is nothing of a kind: its source is not read, and says why, or it has none."""
    state = snapshot.source(name)
    if state.status in {SourceStatus.FRESH, SourceStatus.STALE}:
        return ((Piece(f"{SOURCE_WORD[name]} was read, and there is no {noun}.", Role.STRONG),),)
    look = SOURCE[state.status]
    return (
        (Piece(f"{SOURCE_WORD[name]} is not read, so no {noun} can be shown.", Role.STRONG),),
        _BLANK,
        (sign(look, glyphs), Piece(" "), outside(state.error or state.reason or "off", limit=TEXT_LIMIT)),
        _BLANK,
        (Piece("`specter-tui config check` says what is read and what is missing; ctrl+r reads again.", Role.MUTED),),
    )


_ADVICE = (
    "Say where Traefik's API answers, in config.toml:",
    "",
    "  [traefik]",
    '  api_url = "http://127.0.0.1:8080"',
    "",
    "Traefik offers it with `api.insecure` on a loopback port, or through a router to api@internal.",
    "`specter-tui config check` says what is read and what is missing; ctrl+r reads again.",
)


def _no_routers() -> tuple[Line, ...]:
    return (
        (Piece("Traefik answers, and has no routers.", Role.STRONG),),
        _BLANK,
        (Piece("A container becomes a route by its labels:"),),
        (Piece("  traefik.enable=true", Role.STRONG),),
        (Piece("  traefik.http.routers.NAME.rule=Host(`NAME.example.org`)", Role.STRONG),),
        (Piece("and by sharing a network with Traefik."),),
    )
