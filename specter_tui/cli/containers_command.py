"""`specter-tui containers`: every container with its state, health, networks and published ports."""

from __future__ import annotations

import argparse

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.output import Output
from specter_tui.cli.session import demand, glyphs_of, not_found, take_snapshot, write_sources
from specter_tui.cli.table import Column, write_table
from specter_tui.config import LoadedConfig
from specter_tui.core.export import containers_document
from specter_tui.core.model import Container
from specter_tui.core.snapshot import Snapshot, SourceName
from specter_tui.ui.present.base import Line, outside
from specter_tui.ui.present.states import container_words


def run(args: argparse.Namespace, config: LoadedConfig, output: Output) -> int:
    """Writes all containers, or the one that was named."""
    snapshot = take_snapshot(config)
    demand(snapshot, SourceName.DOCKER)
    containers = [one for one in snapshot.containers if not args.name or _is_named(one, args.name)]
    if args.name and not containers:
        raise not_found("container", args.name, (one.name for one in snapshot.containers))
    if args.json:
        output.json(containers_document(snapshot, containers))
        return ExitCode.OK
    glyphs = glyphs_of(output)
    hosts = _hosts(snapshot)
    columns = [
        Column[Container]("CONTAINER", lambda one: (outside(one.name),)),
        Column[Container]("STATE", lambda one: container_words(one, glyphs)),
        Column[Container]("STATUS", lambda one: (outside(one.status),), keep=3),
        Column[Container]("HOSTS", lambda one: (outside(", ".join(hosts.get(one.id, ()))),), keep=5),
        Column[Container]("NETWORKS", lambda one: (outside(", ".join(n.name for n in one.networks)),), keep=2),
        Column[Container]("PUBLISHED", _published, keep=4),
        Column[Container]("IMAGE", lambda one: (outside(one.image),), keep=1),
    ]
    write_table(output, columns, containers)
    write_sources(output, snapshot, glyphs)
    return ExitCode.OK


def _is_named(container: Container, name: str) -> bool:
    minimum = 4  # a shorter prefix of an id names too many
    return container.name == name or (len(name) >= minimum and container.id.startswith(name))


def _published(container: Container) -> Line:
    ports = (f"{port.ip or '*'}:{port.port}/{port.proto}" for port in container.published)
    return (outside(", ".join(dict.fromkeys(ports))),)


def _hosts(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for route in snapshot.routes:
        for container_id in route.containers:
            found.setdefault(container_id, {}).update(dict.fromkeys(route.hosts))
    return {container_id: tuple(hosts) for container_id, hosts in found.items()}
