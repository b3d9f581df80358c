"""`specter-tui explain URL`: which router answers, why the others do not, and where the chain breaks."""

from __future__ import annotations

import argparse
from typing import Final

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.output import Output
from specter_tui.cli.session import demand, glyphs_of, take_snapshot
from specter_tui.cli.table import paint
from specter_tui.config import LoadedConfig
from specter_tui.core.explain import Explanation, explain
from specter_tui.core.export import explain_document
from specter_tui.core.hop import HopVerdict
from specter_tui.core.snapshot import SourceName
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role, outside
from specter_tui.ui.present.states import Look, sign

_LOOK: Final[dict[HopVerdict, Look]] = {
    HopVerdict.OK: ("ok", Role.OK),
    HopVerdict.WARNING: ("warn", Role.WARN),
    HopVerdict.ERROR: ("bad", Role.BAD),
    HopVerdict.UNKNOWN: ("unknown", Role.OFF),
}
_MAX_LOSERS: Final = 20


def run(args: argparse.Namespace, config: LoadedConfig, output: Output) -> int:
    """Writes the explanation of one request."""
    snapshot = take_snapshot(config, probe=args.probe)
    demand(snapshot, SourceName.TRAEFIK)
    explanation = explain(snapshot, args.url, args.method, tuple(args.header))
    if args.json:
        output.json(explain_document(snapshot, explanation))
    else:
        _write(explanation, output, glyphs_of(output))
    return ExitCode.OK


def _write(explanation: Explanation, output: Output, glyphs: Glyphs) -> None:
    broken = next((hop for hop in explanation.hops if hop.verdict is HopVerdict.ERROR), None)
    verdict = f"{glyphs.bad} broken at: {broken.hop.replace('_', ' ')}" if broken else ""
    title: Line = (outside(explanation.url, Role.STRONG, 1000), Piece("   "), Piece(verdict, Role.BAD))
    output.line(paint(title, color=output.color))
    for hop in explanation.hops:
        name = f" {hop.hop.replace('_', ' '):<12}"
        line: Line = (Piece(" "), sign(_LOOK[hop.verdict], glyphs), Piece(name), outside(hop.text, limit=1000))
        output.line(paint(line, color=output.color))
    losers = [one for one in explanation.candidates if one.id != explanation.winner]
    if losers:
        output.line()
        output.line("other routers that were asked:")
    for one in losers[:_MAX_LOSERS]:
        line = (Piece("   "), outside(one.id), Piece(f" (priority {one.priority}): "), outside(one.reason, limit=300))
        output.line(paint(line, color=output.color))
    if len(losers) > _MAX_LOSERS:
        output.line(f"   and {len(losers) - _MAX_LOSERS} more")
