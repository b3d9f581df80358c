"""Whole screens as text, to be read by a person: what changed in one shows in its diff.

`SPECTER_TEST_GOLDEN=write pytest tests/ui/test_golden.py` writes them anew; look at each before it is committed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from specter_tui.core.snapshot import Snapshot, SourceStatus
from specter_tui.ui.present.base import ASCII, UNICODE, Glyphs
from tests.builders import a_snapshot, a_source, all_sources
from tests.ui.fakes import FakeCollector, an_app, screen_text
from tests.ui.worlds import world

VIEWS = (
    ("home", "1"),
    ("hosts", "3"),
    ("containers", "4"),
    ("certificates", "5"),
    ("middlewares", "7"),
    ("doctor", "8"),
)
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def dead() -> Snapshot:
    sources = all_sources(
        traefik=a_source(SourceStatus.STALE, error="http://127.0.0.1:8080 refuses the connection; start Traefik"),
        docker=a_source(SourceStatus.FAILED, error="/var/run/docker.sock: permission denied; join the group docker"),
    )
    return replace(world(), sources=sources)


def nothing() -> Snapshot:
    sources = all_sources(
        traefik=a_source(SourceStatus.FAILED, error="nothing listens on http://127.0.0.1:8080; set api_url"),
        acme=a_source(SourceStatus.OFF, reason="/opt/traefik/acme/acme.json does not exist"),
        probe=a_source(SourceStatus.OFF, reason="no router to probe"),
    )
    return a_snapshot(sources=sources)


@pytest.mark.parametrize(
    ("name", "snapshot", "size", "glyphs", "keys"),
    [
        ("routes-80x24", world(), (80, 24), UNICODE, ("2", "G", "k")),
        ("routes-160x48", world(), (160, 48), UNICODE, ("2", "G", "k")),
        ("detail-80x24", world(), (80, 24), UNICODE, ("2", "G", "k", "d")),
        *((f"{kind}-80x24", world(), (80, 24), UNICODE, (key,)) for kind, key in VIEWS),
        *((f"{kind}-160x48", world(), (160, 48), UNICODE, (key,)) for kind, key in VIEWS),
        ("home-80x24-ascii", dead(), (80, 24), ASCII, ()),
        ("related-80x24", world(), (80, 24), UNICODE, ("2", "u")),
        ("filter-80x24", world(), (80, 24), UNICODE, ("3", "/")),
        ("container-80x24", world(), (80, 24), UNICODE, ("4", "j", "j", "y")),
        ("dead-sources-80x24-ascii", dead(), (80, 24), ASCII, ("2",)),
        ("no-traefik-80x24", nothing(), (80, 24), UNICODE, ()),
        ("help-100x40", world(), (100, 40), UNICODE, ("?",)),
    ],
)
async def test_screen(
    name: str, snapshot: Snapshot, size: tuple[int, int], glyphs: Glyphs, keys: tuple[str, ...]
) -> None:
    app = an_app(FakeCollector(snapshot), glyphs=glyphs)
    async with app.run_test(size=size) as pilot:
        while app.snapshot is None or app.view is None:
            await pilot.pause(0.005)
        for key in keys:
            await pilot.press(key)
        await pilot.pause()
        shown = screen_text(app) + "\n"
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("SPECTER_TEST_GOLDEN") == "write":
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")
