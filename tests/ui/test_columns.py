"""The columns of every view: each can be sorted by, by heading and by key, and each view can be drawn in ASCII."""

from __future__ import annotations

import pytest

from specter_tui.core.dns.model import DnsState, HostDns
from specter_tui.core.snapshot import Snapshot
from specter_tui.ui.present.base import ASCII
from specter_tui.ui.present.kinds.every import RESOURCES
from specter_tui.ui.views.catalog import VIEWS
from specter_tui.ui.views.table_view import TableView
from tests.builders import a_host
from tests.builders import replace as changed
from tests.ui.driver import WIDE, running
from tests.ui.fakes import screen_lines
from tests.ui.worlds import world


def a_world() -> Snapshot:
    """One with DNS too."""
    states = (DnsState.OK, DnsState.MISSING, DnsState.UNKNOWN, DnsState.WRONG_TARGET, DnsState.PROXIED)
    hosts = (changed(host, dns=HostDns(host.name, state)) for host, state in zip(world().hosts, states, strict=True))
    return changed(world(), hosts=(*hosts, a_host("b\xfccher.example.org")))


@pytest.mark.parametrize("kind", RESOURCES)
async def test_every_column_can_be_sorted_by(kind: str) -> None:
    async with running(a_world(), size=WIDE) as one:
        await one.show(kind)
        assert isinstance(one.view, TableView)
        columns = {column.id: column for column in RESOURCES[kind].columns}
        rows = RESOURCES[kind].items(a_world())
        for name, column in columns.items():
            one.view.action_sort(name)
            for turned in (one.table._sorted[1], not one.table._sorted[1]):
                if one.table._sorted[1] is not turned:
                    one.view.action_sort(name)
                assert one.table._sorted == (name, turned)
                found = [column.sort(item) for item in one.table.items]
                assert found == sorted((column.sort(item) for item in rows), reverse=turned)


@pytest.mark.parametrize("kind", RESOURCES)
async def test_the_key_goes_through_the_columns_that_are_shown(kind: str) -> None:
    async with running(a_world(), size=WIDE) as one:
        await one.show(kind)
        shown = one.table.shown_columns
        first = shown.index(one.table._sorted[0])
        for number in range(1, len(shown) + 1):
            await one.press("o")
            assert one.table._sorted == (shown[(first + number) % len(shown)], False)


@pytest.mark.parametrize("kind", [spec.kind for spec in VIEWS if spec.kind != "logs"])
async def test_every_view_can_be_drawn_in_ascii(kind: str) -> None:
    async with running(a_world(), size=WIDE, glyphs=ASCII) as one:
        await one.show(kind)
        for keys in ((), ("d",), ("escape", "?")):
            await one.press(*keys)
            assert "".join(screen_lines(one.app)).replace("\xfc", "").isascii(), "a name is what it is"


@pytest.mark.parametrize("kind", RESOURCES)
async def test_the_key_for_the_name_sorts_by_what_names_the_row(kind: str) -> None:
    async with running(a_world(), size=WIDE) as one:
        await one.show(kind)
        await one.press("T", "N")
        if one.table._sorted[1]:
            await one.press("N")
        resource = RESOURCES[kind]
        column = next(each for each in resource.columns if each.id == one.table._sorted[0])
        assert column.title in {"HOST", "NAME", "ABOUT"}
        keys = [column.sort(item) for item in one.table.items]
        assert keys == sorted(keys)
