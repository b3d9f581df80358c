"""`specter-tui hosts`: the exposure audit, one line a host name."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.output import Output
from specter_tui.cli.session import demand, glyphs_of, not_found, reads_dns, take_snapshot, write_sources
from specter_tui.cli.table import Column, write_table
from specter_tui.config import LoadedConfig
from specter_tui.core.export import hosts_document
from specter_tui.core.patterns import pattern_routes, patterns_of
from specter_tui.core.snapshot import Host, Route, SourceName
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role, outside
from specter_tui.ui.present.states import HEALTH, certificate_cell, dns_cell, protection_words, sign


def run(args: argparse.Namespace, config: LoadedConfig, output: Output) -> int:
    """Writes all hosts, or the one that was named."""
    snapshot = take_snapshot(config, probe=args.probe)
    demand(snapshot, SourceName.TRAEFIK)
    wanted = args.host.lower().rstrip(".")
    hosts = [host for host in snapshot.hosts if not wanted or host.name == wanted]
    patterns = () if wanted and hosts else pattern_routes(snapshot, wanted)
    if wanted and not hosts and not patterns:
        raise not_found("host", args.host, (host.name for host in snapshot.hosts))
    if args.json:
        output.json(hosts_document(snapshot, hosts, patterns))
        return ExitCode.OK
    glyphs = glyphs_of(output)
    columns = [
        Column[Host]("", lambda host: (sign(HEALTH[host.health], glyphs),)),
        Column[Host]("HOST", lambda host: (outside(host.name),)),
        Column[Host]("PROTECTION", lambda host: protection_words(host.protection.state, glyphs)),
        Column[Host]("WEAKEST", lambda host: (outside(host.weakest),), keep=3),
        Column[Host]("ROUTES", lambda host: (Piece(str(len(host.routes))),), keep=2),
        Column[Host]("CERT", _certificate),
        *([Column[Host]("DNS", lambda host: dns_cell(host.dns, glyphs), keep=4)] if reads_dns(snapshot) else []),
        Column[Host]("WHY", _why, keep=1),
    ]
    if hosts or not patterns:
        write_table(output, columns, hosts)
    if patterns:
        _write_patterns(output, patterns, glyphs, apart=bool(hosts))
    write_sources(output, snapshot, glyphs)
    return ExitCode.OK


def _write_patterns(output: Output, routes: Sequence[Route], glyphs: Glyphs, *, apart: bool) -> None:
    """The routes that answer for hosts which no rule names."""
    if apart:
        output.line()
    columns = [
        Column[Route]("", lambda route: (sign(HEALTH[route.health], glyphs),)),
        Column[Route]("ANY HOST THAT MATCHES", lambda route: (outside(", ".join(patterns_of(route)), limit=120),)),
        Column[Route]("PROTECTION", lambda route: protection_words(route.protection.state, glyphs)),
        Column[Route]("ROUTE", lambda route: (outside(route.id),), keep=2),
        Column[Route]("WHY", _why, keep=1),
    ]
    write_table(output, columns, routes)


def _certificate(host: Host) -> Line:
    return certificate_cell(host.certificate) if host.certificate else (Piece("-", Role.MUTED),)


def _why(one: Host | Route) -> Line:
    proof = one.protection.proof
    reasons = one.protection.reasons or ((proof.reason,) if proof else ())
    return (outside(reasons[0] if reasons else "", limit=120),)
