"""Every view and page over a world in which each string is an attack: what reaches the terminal is text."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec
import pytest
from textual.screen import Screen

from specter_tui.core.actions.model import Plan, Wish
from specter_tui.core.logs import LogLine, Stream
from specter_tui.core.snapshot import Snapshot
from specter_tui.core.text import visible
from specter_tui.ui.app import SpecterApp
from specter_tui.ui.present.base import UNICODE
from specter_tui.ui.present.inspection import inspected, restarts_line
from specter_tui.ui.screens.action_page import ActionPage
from tests.builders import NOW, a_source, all_sources
from tests.core.dns.records import OTHER, a_record
from tests.ui import logs_driver
from tests.ui.desk import FakeDesk, a_plan, an_entry
from tests.ui.dns_world import dns_world
from tests.ui.driver import NARROW, WIDE, Driver, running
from tests.ui.test_usage import DETAIL
from tests.ui.worlds import world

ATTACK = "[/x]\x1b[2J\u202e"
BEHIND = "[@click=app.quit]\x9b2J\x07"
VIEWS = ("home", "routes", "hosts", "containers", "certificates", "dns", "middlewares", "doctor", "services")


def hostile(value: Any) -> Any:
    """The value with the attack round every text in it; equal texts stay equal, so what belongs together does."""
    if isinstance(value, str) and not isinstance(value, Enum):
        return f"{ATTACK}{value}{BEHIND}"
    if isinstance(value, tuple):
        parts = [hostile(one) for one in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, Mapping):
        return {key if isinstance(key, Enum) else hostile(key): hostile(one) for key, one in value.items()}
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(value, **{one: hostile(getattr(value, one)) for one in value.__struct_fields__})
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [one.name for one in dataclasses.fields(value) if one.init]
        return dataclasses.replace(value, **{name: hostile(getattr(value, name)) for name in fields})
    return value


def attacked() -> Snapshot:
    """The whole world under attack, the engine away with a hostile error, and DNS records that lie."""
    records = dns_world(a_record("app.example.org", OTHER), hosts=("app.example.org",))
    plain = dataclasses.replace(
        world(),
        hosts=(*world().hosts, *records.hosts),
        routes=(*world().routes, *records.routes),
        cloudflare=records.cloudflare,
    )
    dead = all_sources(docker=a_source(error="gone"))
    bad: Snapshot = hostile(dataclasses.replace(plain, sources=dead))
    return dataclasses.replace(bad, taken_at=NOW)


class HostileDesk(FakeDesk):
    """Its plans and its journal are under attack, too."""

    def __init__(self) -> None:
        super().__init__()
        self.entries = (dataclasses.replace(hostile(an_entry()), started_at=an_entry().started_at, ended_at=""),)

    async def plan(self, _wish: Wish, _snapshot: Snapshot) -> Plan:
        """A plan whose every text is hostile."""
        plan: Plan = hostile(a_plan())
        return plan


def assert_harmless(app: SpecterApp, *, shown: bool = True) -> None:
    """No cell controls the terminal or is a link, and the attack stands there to be read."""
    cells = [segment for strip in app.screen._compositor.render_strips() for segment in strip]
    text = "".join(segment.text for segment in cells)
    assert text == visible(text), "a control or a mark of direction reached the screen"
    assert not [one for one in cells if one.style and (one.style.link or "@click" in (one.style.meta or {}))]
    assert not shown or "[/x]" in text, text  # as it is written; JSON and YAML write the controls their own way
    assert app.return_code is None


async def walk(one: Driver, kind: str) -> None:
    await one.show(kind)
    assert_harmless(one.app)
    for keys, page in ((("d",), True), (("y",), True), (("y", "y"), True), (("u",), False), (("/", *"[/x]"), True)):
        await one.press(*keys)
        assert_harmless(one.app, shown=page)
        await leave(one, kind)


async def leave(one: Driver, kind: str) -> None:
    await one.press("escape", "escape")
    await one.app.visit(kind)
    await one.pilot.pause()


@pytest.mark.parametrize("size", [NARROW, WIDE])
@pytest.mark.parametrize("kind", VIEWS)
async def test_every_view_and_its_pages_show_attacks_as_text(kind: str, size: tuple[int, int]) -> None:
    async with running(attacked(), size=size, view=kind) as one:
        await walk(one, kind)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_so_do_the_pages_of_changes(size: tuple[int, int]) -> None:
    async with running(attacked(), size=size, make_desk=HostileDesk) as one:
        await one.press("x")
        await one.until(lambda: on_a_page(one))
        assert_harmless(one.app)
        await leave(one, "routes")
        await one.press("p")
        await one.until(lambda: isinstance(one.app.screen, ActionPage) and one.app.screen.plan is not None)
        assert_harmless(one.app)
        await leave(one, "routes")
        await one.press("@")
        await one.until(lambda: on_a_page(one))
        assert_harmless(one.app)
        await one.press("enter")
        assert_harmless(one.app)


def on_a_page(one: Driver) -> bool:
    screen: Screen[Any] = one.app.screen
    return len(one.app.screen_stack) > 1 and screen.is_mounted


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_so_do_logs(size: tuple[int, int]) -> None:
    snapshot: Snapshot = hostile(logs_driver.WORLD)
    names = [one.name for one in snapshot.containers[:2]]
    async with logs_driver.running(*names, size=size, world=snapshot) as one:
        container = snapshot.containers[0].id
        one.tools.put(LogLine(container, Stream.STDERR, "2026-11-22T10:00:00.000000001Z", f"{ATTACK}line{BEHIND}", 0))
        await one.until(lambda: "line" in "\n".join(one.lines()) and one.drawn)
        assert_harmless(one.app)
        await one.press("a")
        assert_harmless(one.app)


def test_so_does_what_an_inspection_tells() -> None:
    detail = hostile(DETAIL)
    lines = [restarts_line(detail, NOW), *inspected(detail, UNICODE)]
    text = "".join(piece.text for line in lines for piece in line)
    assert text == visible(text)
    assert "[/x]\\x1b[2J\\u202e" in text
