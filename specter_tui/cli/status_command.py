"""`specter-tui status`: every route, joined."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.output import Output
from specter_tui.cli.session import (
    demand,
    glyphs_of,
    not_found,
    reads_dns,
    take_snapshot,
    write_findings,
    write_sources,
)
from specter_tui.cli.table import Column, write_table
from specter_tui.config import LoadedConfig
from specter_tui.core.export import findings_about, status_document
from specter_tui.core.findings.model import Severity
from specter_tui.core.snapshot import Route, Snapshot, SourceName, SourceStatus
from specter_tui.ui.present import routes as cells
from specter_tui.ui.present.base import Glyphs, outside


def run(args: argparse.Namespace, config: LoadedConfig, output: Output) -> int:
    """Writes the routes once, or again whenever they change."""
    if args.watch:
        asyncio.run(_watch(args, config, output))
        return ExitCode.OK
    snapshot = take_snapshot(config, probe=args.probe)
    demand(snapshot, SourceName.TRAEFIK)
    _write(snapshot, args, output)
    return ExitCode.OK


async def _watch(args: argparse.Namespace, config: LoadedConfig, output: Output) -> None:
    """Writes a document for each collection whose content differs from the one before; ends with ctrl-c."""
    from specter_tui.wiring.collector import build

    collector = build(config, probe=args.probe)
    shown: object = None
    try:
        while True:
            snapshot = await collector.collect()
            content = _content(snapshot, args.target)
            if content != shown:
                shown = content
                if output.color and not args.json:
                    output.line("\x1b[2J\x1b[H", end="")
                _write(snapshot, args, output)
                output.flush()
            await collector.wait()
    finally:
        await collector.close()


def _content(snapshot: Snapshot, target: str) -> Mapping[str, object]:
    """What a document says, without the times at which it was found out."""
    document = status_document(snapshot, _selected(snapshot, target, missing_is_error=False))
    sources = {name: (state["state"], state["error"]) for name, state in document["sources"].items()}
    return {**document, "taken_at": None, "sources": sources}


def _write(snapshot: Snapshot, args: argparse.Namespace, output: Output) -> None:
    routes = _selected(snapshot, args.target, missing_is_error=not args.watch)
    if args.json:
        output.json(status_document(snapshot, routes), one_line=args.watch)
        return
    write_routes(output, snapshot, routes, glyphs_of(output))


def _selected(snapshot: Snapshot, target: str, *, missing_is_error: bool) -> list[Route]:
    if not target:
        return list(snapshot.routes)
    wanted = target.lower().rstrip(".")
    named = next((set(host.routes) for host in snapshot.hosts if host.name == wanted), set[str]())
    found = [route for route in snapshot.routes if route.id in named or route.id == target]
    if not found and missing_is_error:
        known = [host.name for host in snapshot.hosts] + [route.id for route in snapshot.routes]
        raise not_found("host or route", target, known)
    return found


def write_routes(output: Output, snapshot: Snapshot, routes: list[Route], glyphs: Glyphs) -> None:
    """Writes the table of routes, what is wrong with them, and how fresh the sources are."""
    shown = {route.id for route in routes}
    rows = [row for row in cells.route_rows(snapshot) if row.key in shown]
    rows.sort(key=cells.by_host)
    columns = [
        Column[cells.RouteRow]("", lambda row: cells.health_cell(row, glyphs)),
        Column[cells.RouteRow]("HOST", lambda row: cells.host_cell(row, glyphs)),
        Column[cells.RouteRow]("ROUTE", lambda row: (outside(row.route.id),), keep=6),
        Column[cells.RouteRow]("RULE", lambda row: cells.rule_cell(row, glyphs), keep=1),
        Column[cells.RouteRow]("ENTRY", lambda row: cells.entry_cell(row, glyphs), keep=2),
        Column[cells.RouteRow]("PROTECTION", lambda row: cells.protection_cell(row, glyphs)),
        Column[cells.RouteRow]("SERVICE", lambda row: cells.service_cell(row, glyphs), keep=3),
        Column[cells.RouteRow]("BACKENDS", lambda row: cells.backends_cell(row, glyphs), keep=5),
        Column[cells.RouteRow]("CERT", lambda row: cells.certificate_column(row, glyphs)),
    ]
    if reads_dns(snapshot):
        columns.append(Column[cells.RouteRow]("DNS", lambda row: cells.dns_column(row, glyphs), keep=4))
    write_table(output, columns, rows)
    if not rows and snapshot.source(SourceName.TRAEFIK).status is SourceStatus.FRESH:
        output.line("Traefik has no router")
    findings = [one for one in findings_about(snapshot, routes) if one.severity is not Severity.INFO]
    if findings:
        output.line()
        write_findings(output, findings, glyphs)
    write_sources(output, snapshot, glyphs)
