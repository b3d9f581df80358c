"""What the data commands share: one snapshot, the demand that the command's own source was read, and the footer."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterable

from specter_tui.cli.output import Output
from specter_tui.cli.table import paint
from specter_tui.config import LoadedConfig
from specter_tui.core.errors import NotFoundError, SourceError
from specter_tui.core.findings.model import Finding
from specter_tui.core.near import near
from specter_tui.core.snapshot import Snapshot, SourceName, SourceStatus
from specter_tui.core.text import visible
from specter_tui.ui.present.base import ASCII, Glyphs, Line, Piece, Role, glyphs_for, joined, outside
from specter_tui.ui.present.states import SEVERITY, SOURCE, SOURCE_WORD, sign


def take_snapshot(config: LoadedConfig, *, probe: bool = False) -> Snapshot:
    """One snapshot of all sources, each within its own deadline."""
    from specter_tui.wiring.look import look_once

    return asyncio.run(look_once(config, probe=probe))


def demand(snapshot: Snapshot, name: SourceName) -> None:
    """Raises SourceError when the source that a command is about was not read."""
    state = snapshot.source(name)
    if state.status is SourceStatus.FAILED:
        raise SourceError(state.error or f"{name} cannot be read")
    if state.status is SourceStatus.OFF:
        why = state.reason or f"configure [{name}] in config.toml"
        raise SourceError(f"{SOURCE_WORD[name]} is off: {why}")


def reads_dns(snapshot: Snapshot) -> bool:
    """Whether there is a source for DNS at all: where there is none, no table has a column for it."""
    return snapshot.source(SourceName.CLOUDFLARE).status is not SourceStatus.OFF


def glyphs_of(output: Output) -> Glyphs:
    """The glyphs that the reader's terminal can show."""
    return ASCII if output.ascii_only else glyphs_for(os.environ, utf8_mode=bool(sys.flags.utf8_mode))


def not_found(what: str, name: str, known: Iterable[str]) -> NotFoundError:
    """The error for a name that nothing has, with the nearest one that exists."""
    return NotFoundError(f"no {what} is called {visible(name, 200)}", near(name, known))


def write_findings(output: Output, findings: Iterable[Finding], glyphs: Glyphs) -> None:
    """Writes each finding as its title, its evidence and its remedy."""
    for finding in findings:
        look = SEVERITY[finding.severity]
        subject = outside(finding.subject.id, Role.STRONG)
        title = (sign(look, glyphs), Piece(" "), subject, Piece(": "), outside(finding.title, look[1]))
        output.line(paint((*title, Piece(f"  [{finding.code}]", Role.MUTED)), color=output.color))
        for text in finding.evidence:
            output.line(f"    {visible(text, 1000)}")
        if finding.remedy.text:
            output.line(
                paint((Piece("    remedy: ", Role.MUTED), outside(finding.remedy.text, limit=1000)), color=output.color)
            )


def write_sources(output: Output, snapshot: Snapshot, glyphs: Glyphs) -> None:
    """Writes how fresh each source is, the sentence of each one that is in trouble, and why others are off."""
    output.line()
    parts = [_source(snapshot, name, glyphs) for name in SourceName]
    output.line(paint(joined(parts, Piece("   ")), color=output.color))
    for name in SourceName:
        state = snapshot.source(name)
        if state.error:
            trouble: Line = (Piece(f"{SOURCE_WORD[name]}: ", Role.BAD), outside(state.error, limit=1000))
            output.line(paint(trouble, color=output.color))
    off = [_off(snapshot, name) for name in SourceName if snapshot.source(name).status is SourceStatus.OFF]
    if off:
        output.line(paint((Piece("off: ", Role.MUTED), *joined(off, Piece(", ", Role.MUTED))), color=output.color))


def _off(snapshot: Snapshot, name: SourceName) -> Piece:
    reason = snapshot.source(name).reason
    return outside(f"{SOURCE_WORD[name]} ({reason})" if reason else SOURCE_WORD[name], Role.MUTED, 400)


def _source(snapshot: Snapshot, name: SourceName, glyphs: Glyphs) -> Piece:
    state = snapshot.source(name)
    look = SOURCE[state.status]
    version = f" {visible(state.version, 40)}" if state.version else ""
    return Piece(f"{sign(look, glyphs).text} {SOURCE_WORD[name]}{version} {state.status}", look[1])
