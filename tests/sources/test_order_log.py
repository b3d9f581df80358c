"""Days of Traefik's log, read for its orders: how far it reaches, at which level, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from specter_tui.core.renewing.orders import OrderLog
from specter_tui.core.settings import DockerSettings
from specter_tui.sources import order_log
from specter_tui.sources.order_log import OrderLogs

SINCE = datetime(2026, 11, 15, 14, 0, tzinfo=UTC)
ORDER = "INF Obtaining bundled SAN certificate. domains=a.test lib=lego"


def stamp(days: float) -> str:
    return (SINCE + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


async def read(path: Path) -> OrderLog:
    return await OrderLogs(str(path), DockerSettings(host="off")).read("", SINCE)


async def test_what_matters_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "traefik.log"
    lines = [
        '10.0.0.1 - - [15/Nov/2026:14:00:00 +0000] "GET /ACME HTTP/2.0" 200',
        f"{stamp(-3)} INF Traefik version 3.7.15 built on 2026-10-15T14:33:48Z version=3.7.15",
        f"{stamp(-2)} {ORDER}",
        f"{stamp(1)} INF Testing certificate renew... providerName=le.acme",
        f"{stamp(1)} INF Testing certificate renew... providerName=le.acme",
        f"{stamp(2)} {ORDER}",
        f'{stamp(3)} ERR Unable to obtain ACME certificate for domains domains=["a.test"]',
        f"{stamp(4)} ERR Error occurred during watcher callback",
        "x" * 100_000,
        '{"level":"info","domains":"a.test","lib":"lego","time":"' + stamp(5) + '","message":"Obtaining bundled SAN '
        'certificate."}',
        f"{stamp(6)} {ORDER}",
    ]
    path.write_text("\n".join(lines))
    found = await read(path)
    assert found.begins == SINCE - timedelta(days=3)
    assert not found.unread
    assert found.where == str(path)
    assert [one.text.partition(" ")[0] for one in found.entries] == [
        "Testing", "Obtaining", "Unable", "Obtaining", "Obtaining",
    ]  # fmt: skip


async def test_an_empty_one_begins_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "traefik.log"
    path.write_text("")
    assert await read(path) == OrderLog(str(path))


async def test_what_can_not_be_read_is_told(tmp_path: Path) -> None:
    assert "can't be read (No such file or directory)" in (await read(tmp_path / "gone")).unread
    assert "is no file" in (await read(tmp_path)).unread
    assert (await OrderLogs("", DockerSettings(host="unix:///nowhere.sock")).read("x", SINCE)).unread


async def test_of_a_huge_file_the_end_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_log, "_MOST_BYTES", 4096)
    path = tmp_path / "traefik.log"
    path.write_text("".join(f"{stamp(place / 1000)} {ORDER}\n" for place in range(1000)))
    found = await read(path)
    assert found.begins is not None
    assert found.begins > SINCE, "how far back it reaches is not claimed"
    assert 0 < len(found.entries) < 60


async def test_one_that_takes_too_long_counts_as_unread(tmp_path: Path) -> None:
    path = tmp_path / "traefik.log"
    path.write_text(f"{stamp(1)} {ORDER}\n")
    told = await OrderLogs(str(path), DockerSettings(host="off"), deadline=-1).read("", SINCE)
    assert "is too long to be read in time" in told.unread
