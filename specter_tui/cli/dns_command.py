"""`specter-tui dns`: for every host whether its records bring visitors here."""

from __future__ import annotations

import argparse
from typing import Final

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.output import Output
from specter_tui.cli.session import demand, glyphs_of, not_found, take_snapshot, write_sources
from specter_tui.cli.table import Column, write_table
from specter_tui.config import LoadedConfig
from specter_tui.core.dns.model import Record, Zone
from specter_tui.core.errors import NotFoundError
from specter_tui.core.export import dns_document
from specter_tui.core.near import near
from specter_tui.core.snapshot import Host, Snapshot, SourceName
from specter_tui.core.text import visible
from specter_tui.ui.present.base import Line, outside
from specter_tui.ui.present.dns import host_target, why
from specter_tui.ui.present.states import dns_words

_SHOWN: Final = 253
_VERBS: Final = ("plan", "apply")


def run(args: argparse.Namespace, config: LoadedConfig, output: Output) -> int:
    """Writes the verdict on all hosts, or on the one that was named; `plan` and `apply` are no hosts."""
    if args.host in _VERBS:
        return _act(args, config, output)
    if args.target:
        remedy = near(args.host, _VERBS, "only plan and apply take a host besides")
        raise NotFoundError(f"dns does nothing called {visible(args.host, _SHOWN)}", remedy)
    snapshot = take_snapshot(config)
    demand(snapshot, SourceName.CLOUDFLARE)
    wanted = args.host.lower().rstrip(".")
    hosts = [host for host in snapshot.hosts if not wanted or host.name == wanted]
    if wanted and not hosts:
        raise not_found("routed host", args.host, (*_VERBS, *(host.name for host in snapshot.hosts)))
    if args.json:
        output.json(dns_document(snapshot, hosts, _records(snapshot, hosts if wanted else None)))
        return ExitCode.OK
    glyphs = glyphs_of(output)
    columns = [
        Column[Host]("HOST", lambda host: (outside(host.name),)),
        Column[Host]("DNS", lambda host: dns_words(host.dns, glyphs) if host.dns else ()),
        Column[Host]("LEADS TO", lambda host: host_target(host.dns), keep=2),
        Column[Host]("WHY", _why, keep=1),
    ]
    write_table(output, columns, hosts)
    output.line()
    for zone in snapshot.cloudflare.zones if snapshot.cloudflare else ():
        output.line(_zone(snapshot, zone))
    write_sources(output, snapshot, glyphs)
    return ExitCode.OK


def _act(args: argparse.Namespace, config: LoadedConfig, output: Output) -> int:
    """`dns plan`, `dns apply`: the plan is shown whatever it needs, and carried out only with it."""
    from specter_tui.cli.action_commands import act

    args.dry_run = args.host == "plan"
    args.force = args.force or args.dry_run
    return act(args, config, output)


def _records(snapshot: Snapshot, hosts: list[Host] | None) -> tuple[Record, ...]:
    """All records, or those that answer for the given hosts."""
    if hosts is None:
        return snapshot.cloudflare.records if snapshot.cloudflare else ()
    return tuple(record for host in hosts if host.dns for record in host.dns.records)


def _why(host: Host) -> Line:
    return why(host.dns)


def _zone(snapshot: Snapshot, zone: Zone) -> str:
    ours = snapshot.own_addresses.get(zone.id)
    addresses = ", ".join((*ours.v4, *ours.v6)) if ours else ""
    known = f"we are {addresses} ({'assumed from the zone itself' if ours.assumed else ours.origin})" if ours else ""
    parts = (
        f"zone {visible(zone.name, _SHOWN)}",
        visible(zone.status, 40) + (", paused" if zone.paused else ""),
        f"SSL {visible(zone.ssl, 40)}" if zone.ssl else "SSL mode not known",
        known or "our own addresses are not known: set cloudflare.expected_ips",
        visible(zone.error, 400),
    )
    return "  ".join(part for part in parts if part)
