"""What only an inspection tells of a container, as lines: pure; environment values come masked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from specter_tui.core.model import ContainerDetail, Mount
from specter_tui.ui.present.base import TEXT_LIMIT, Glyphs, Line, Piece, Role, clock, outside
from specter_tui.ui.present.sections import heading, listed, said

_CHECKS: Final = 3  # the last ones; Docker keeps five
_INDENT: Final = Piece("  ")


def restarts_line(detail: ContainerDetail, now: datetime) -> Line:
    """How often it was restarted, since when it runs, and how it ended the last time."""
    words = [
        Piece(" restarts ", Role.MUTED),
        Piece(str(detail.restart_count), Role.WARN if detail.restart_count else Role.TEXT),
    ]
    if detail.oom_killed:
        words.append(Piece("   killed: out of memory", Role.BAD))
    if detail.exit_code:
        words.append(Piece(f"   last exit code {detail.exit_code}", Role.WARN))
    if detail.started_at is not None:
        words.append(Piece(f"   started {clock(detail.started_at, now)}", Role.MUTED))
    return tuple(words)


def inspected(detail: ContainerDetail, glyphs: Glyphs) -> Iterator[Line]:
    """The error of its last start, its command, health checks, mounts and environment."""
    if detail.error:
        yield heading("error")
        yield said(detail.error, Role.BAD)
    yield heading("command")
    yield said(" ".join(detail.command) or "none", Role.TEXT if detail.command else Role.MUTED)
    if detail.health_log:
        yield heading("last health checks")
        yield from map(_check, detail.health_log[-_CHECKS:])
    yield heading("mounts")
    yield from listed(_mount(one, glyphs) for one in detail.mounts)
    if not detail.mounts:
        yield (Piece("  none", Role.MUTED),)
    yield heading("environment")
    yield from listed((_INDENT, outside(name), outside(f"={value}", Role.MUTED)) for name, value in detail.environment)
    if not detail.environment:
        yield (Piece("  none", Role.MUTED),)


def _check(text: str) -> Line:
    return (_INDENT, outside(text, Role.TEXT if text.startswith("exit 0:") else Role.WARN, TEXT_LIMIT))


def _mount(mount: Mount, glyphs: Glyphs) -> Line:
    """`  photos, a volume -> /data  read only`."""
    source = f"{mount.volume}, a volume" if mount.volume else mount.source or "memory"
    line = (_INDENT, outside(source), Piece(f" {glyphs.arrow} ", Role.MUTED), outside(mount.destination))
    return (*line, Piece("  read only", Role.MUTED)) if mount.read_only else line
