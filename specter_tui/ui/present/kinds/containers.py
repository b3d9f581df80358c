"""Containers: their state and health, where they are and what they serve."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from specter_tui.core.exposure import out_of_reach
from specter_tui.core.findings.model import SubjectKind
from specter_tui.core.loopback import is_loopback
from specter_tui.core.model import Container, ContainerHealth, PublishedPort
from specter_tui.core.snapshot import Route, Snapshot, SourceName
from specter_tui.ui.present import sections
from specter_tui.ui.present.base import UNICODE, Glyphs, Line, Piece, Role, joined, outside
from specter_tui.ui.present.kinds.dimming import dims
from specter_tui.ui.present.raw import raw_json
from specter_tui.ui.present.references import to_routes
from specter_tui.ui.present.resource import Column, Reference, Resource, SortKey, text_column, text_width
from specter_tui.ui.present.sections import BLANK, fact, heading
from specter_tui.ui.present.states import container_words
from specter_tui.ui.present.welcome import source_page

_ORDER: Final = {Role.BAD: 0, Role.WARN: 1, Role.OFF: 2, Role.OK: 3}
_COMPOSE: Final = "com.docker.compose."
_ALL_ADDRESSES: Final = ("", "0.0.0.0", "::")  # noqa: S104  compared, never bound


class ContainerRow(NamedTuple):
    """A container with the routes that end at it; `apart` says why Traefik cannot reach it, empty when it can."""

    container: Container
    routes: tuple[Route, ...]
    apart: str = ""


def container_rows(snapshot: Snapshot) -> list[ContainerRow]:
    """One row a container."""
    routes: defaultdict[str, list[Route]] = defaultdict(list)
    for route in snapshot.routes:
        for one in route.containers:
            routes[one].append(route)
    apart = out_of_reach(snapshot.containers)
    return [ContainerRow(one, tuple(routes[one.id]), apart.get(one.id, "")) for one in snapshot.containers]


def serves(row: ContainerRow) -> str:
    """The hosts it serves: the first, and how many more."""
    hosts = list(dict.fromkeys(host for route in row.routes for host in (route.hosts or (route.id,))))
    return "" if not hosts else hosts[0] + (f" +{len(hosts) - 1}" if hosts[1:] else "")


def ports(container: Container) -> str:
    """The ports that it publishes on addresses of the machine: `8443`, `127.0.0.1:8080`."""
    return ", ".join(dict.fromkeys(map(_port, container.published)))


def _port(port: PublishedPort) -> str:
    where = str(port.port) if port.ip in _ALL_ADDRESSES else f"{port.ip}:{port.port}"
    return where if port.proto == "tcp" else f"{where}/{port.proto}"


def networks(container: Container) -> str:
    """The names of its networks; host networking by name."""
    return ", ".join(one.name for one in container.networks)


def _state(container: Container) -> str:
    if container.state != "running" or container.health is ContainerHealth.NONE:
        return container.state
    return str(container.health)


def _status(row: ContainerRow) -> str:
    """Docker's sentence without the health, which has a column of its own."""
    said = row.container.status
    for health in (" (healthy)", " (unhealthy)", " (health: starting)"):
        said = said.removesuffix(health)
    return said


def _by_state(row: ContainerRow) -> SortKey:
    return (_ORDER[container_words(row.container, UNICODE)[0].role], row.container.name)


def _state_cell(row: ContainerRow, glyphs: Glyphs) -> Line:
    role = container_words(row.container, glyphs)[0].role
    return (outside(_state(row.container), role),)


COLUMNS: Final[tuple[Column[ContainerRow], ...]] = (
    Column("state", "", lambda row, glyphs: container_words(row.container, glyphs)[:1], _by_state, 1, 1, gap=1),
    text_column("name", "NAME", lambda row: row.container.name, 40, 16),
    Column(
        "health",
        "STATE",
        _state_cell,
        lambda row: (_state(row.container), row.container.name),
        10,
        9,
        measure=lambda row: text_width(_state(row.container)),
    ),
    text_column("status", "DOCKER SAYS", _status, 30, 20, drop=4, role=Role.MUTED),
    text_column("ports", "PORTS", lambda row: ports(row.container), 24, 6),
    text_column("networks", "NETWORKS", lambda row: networks(row.container), 24, 14, drop=3, role=Role.MUTED),
    text_column("serves", "SERVES", serves, 40, 12, drop=2),
    text_column("image", "IMAGE", lambda row: row.container.image, 40, 12, drop=1, role=Role.MUTED),
)


def _detail(row: ContainerRow, snapshot: Snapshot, glyphs: Glyphs) -> Iterator[Line]:
    one = row.container
    yield (outside(one.name, Role.STRONG), Piece("   "), *container_words(one, glyphs))
    yield (outside(one.status, Role.MUTED),)
    yield BLANK
    subjects = {SubjectKind.CONTAINER: {one.name, one.id}, SubjectKind.ROUTE: {route.id for route in row.routes}}
    yield from sections.findings(sections.about(snapshot, subjects), glyphs)
    yield heading("container")
    yield fact("image", outside(one.image))
    yield fact("id", outside(one.id[:12]))
    yield fact("created", Piece(f"{one.created.astimezone():%Y-%m-%d %H:%M}"))
    if project := one.label(f"{_COMPOSE}project"):
        yield fact("compose", outside(f"{project} / {one.label(f'{_COMPOSE}service')}"))
    yield heading("networks")
    if one.network_mode == "host":
        yield (Piece("  that of the machine: every port it opens is reached without Traefik", Role.WARN),)
    for network in one.networks:
        addresses = " ".join(one for one in (network.ip, network.ipv6) if one)
        yield (Piece("  "), outside(network.name), Piece("  "), outside(addresses or "no address", Role.MUTED))
    if not one.networks:
        yield (Piece("  none", Role.MUTED),)
    if row.apart:
        yield sections.said(f"Traefik does not reach it: {row.apart}", Role.BAD)
    yield heading("ports on the machine")
    yield from _published(one)
    yield heading("serves")
    yield from sections.routes(row.routes, glyphs) if row.routes else [(Piece("  no route", Role.MUTED),)]


def _published(container: Container) -> Iterator[Line]:
    if not container.published:
        yield (Piece("  none", Role.MUTED),)
    for port in container.published:
        public = not is_loopback(port.ip)
        yield (
            Piece("  "),
            outside(f"{port.ip or '0.0.0.0'}:{port.port} to {port.private_port}/{port.proto}"),  # noqa: S104  shown only
            Piece("  from anywhere" if public else "  from this machine only", Role.WARN if public else Role.MUTED),
        )


def _counts(snapshot: Snapshot, glyphs: Glyphs) -> Line:
    """`17  ● 16  ✖ 1`."""
    counts = Counter(container_words(one, glyphs)[0] for one in snapshot.containers)
    parts = [Piece(str(len(snapshot.containers)))]
    signs = sorted(counts, key=lambda one: -_ORDER[one.role])
    parts += (Piece(f"{sign.text} {counts[sign]}", sign.role) for sign in signs)
    return joined(parts, Piece("  "))


def _related(row: ContainerRow, _snapshot: Snapshot) -> Sequence[Reference]:
    return tuple(to_routes(row.routes, "ends here"))


CONTAINERS: Final[Resource[ContainerRow]] = Resource(
    id="containers",
    title="Containers",
    noun="container",
    columns=COLUMNS,
    search={
        "name": lambda row: row.container.name,
        "image": lambda row: row.container.image,
        "state": lambda row: f"{row.container.state} {row.container.health}",
        "network": lambda row: networks(row.container),
        "port": lambda row: ports(row.container),
        "host": lambda row: " ".join(host for route in row.routes for host in route.hosts),
        "label": lambda row: " ".join(f"{name}={value}" for name, value in row.container.labels),
        "id": lambda row: row.container.id,
    },
    items=container_rows,
    key=lambda row: row.container.id,
    name=lambda row: row.container.name,
    detail=_detail,
    raw=lambda row: raw_json(container=row.container, routes=[route.id for route in row.routes]),
    related=_related,
    counts=_counts,
    empty=lambda snapshot, _proposal, glyphs: source_page(snapshot, SourceName.DOCKER, "container", glyphs),
    gone="is no longer among Docker's containers",
    sort="state",
    dimmed=dims(COLUMNS, SourceName.DOCKER),
    containers=lambda row: (row.container.id,),
    has_logs=True,
)
