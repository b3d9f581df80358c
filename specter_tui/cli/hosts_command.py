"""`specter-tui hosts`: the exposure audit, one line a host name."""

from __future__ import annotations

import argparse

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.output import Output
from specter_tui.cli.session import demand, glyphs_of, not_found, take_snapshot, write_sources
from specter_tui.cli.table import Column, write_table
from specter_tui.config import LoadedConfig
from specter_tui.core.export import hosts_document
from specter_tui.core.snapshot import Host, SourceName
from specter_tui.ui.present.base import Line, Piece, Role, outside
from specter_tui.ui.present.states import HEALTH, certificate_cell, protection_words, sign


def run(args: argparse.Namespace, config: LoadedConfig, output: Output) -> int:
    """Writes all hosts, or the one that was named."""
    snapshot = take_snapshot(config, probe=args.probe)
    demand(snapshot, SourceName.TRAEFIK)
    wanted = args.host.lower().rstrip(".")
    hosts = [host for host in snapshot.hosts if not wanted or host.name == wanted]
    if wanted and not hosts:
        raise not_found("host", args.host, (host.name for host in snapshot.hosts))
    if args.json:
        output.json(hosts_document(snapshot, hosts))
        return ExitCode.OK
    glyphs = glyphs_of(output)
    columns = [
        Column[Host]("", lambda host: (sign(HEALTH[host.health], glyphs),)),
        Column[Host]("HOST", lambda host: (outside(host.name),)),
        Column[Host]("PROTECTION", lambda host: protection_words(host.protection.state, glyphs)),
        Column[Host]("WEAKEST", lambda host: (outside(host.weakest),), keep=3),
        Column[Host]("ROUTES", lambda host: (Piece(str(len(host.routes))),), keep=2),
        Column[Host]("CERT", _certificate),
        Column[Host]("WHY", _why, keep=1),
    ]
    write_table(output, columns, hosts)
    write_sources(output, snapshot, glyphs)
    return ExitCode.OK


def _certificate(host: Host) -> Line:
    return certificate_cell(host.certificate) if host.certificate else (Piece("-", Role.MUTED),)


def _why(host: Host) -> Line:
    proof = host.protection.proof
    reasons = host.protection.reasons or ((proof.reason,) if proof else ())
    return (outside(reasons[0] if reasons else "", limit=120),)
