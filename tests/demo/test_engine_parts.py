"""The local engine's pure parts: descriptions, histories, moments, health."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from specter_tui.demo.engine import HealthCheck, Published, Restart, SpecError, moments, read_specs
from specter_tui.demo.engine.errors import ApiError
from specter_tui.demo.engine.health import Health, Result
from specter_tui.demo.engine.logs import Log
from specter_tui.demo.engine.ring import Ring

_APP: dict[str, Any] = {"name": "app", "image": "app:1", "command": ["true"]}


def test_a_file_of_containers() -> None:
    more = {
        "restart": "unless-stopped",
        "health": {"port": 8000, "interval": 1},
        "published": [{"public": 1, "private": 2}],
        "networks": ["edge"],
    }
    (spec,) = read_specs(json.dumps([_APP | more]))
    assert (spec.restart, spec.networks, spec.command) == (Restart.UNLESS_STOPPED, ("edge",), ("true",))
    assert spec.health == HealthCheck(port=8000, interval=1)
    assert spec.published == (Published(1, 2),)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ({}, "no list"),
        ([1], "no object"),
        ([{"name": "app"}], "missing"),
        ([_APP | {"comand": []}], "no field 'comand'"),
        ([_APP | {"name": "../x"}], "name"),
        ([_APP | {"command": []}], "needs"),
        ([_APP | {"address": "192.168.1.1"}], "loopback"),
        ([_APP | {"ports": [70000]}], "no port"),
        ([_APP | {"restart": "often"}], "Restart"),
        ([_APP | {"labels": {"a": 1}}], "labels"),
        ([_APP | {"networks": "edge"}], "list"),
        ([_APP | {"published": [{"public": 1, "private": 2, "ip": "10.0.0.1"}]}], "loopback"),
        ([_APP | {"health": {}}], "either a port or a command"),
        ([_APP | {"health": {"port": 1, "interval": 0}}], "more than 0"),
        ([_APP | {"health": {"port": 1, "path": "x"}}], "begins with /"),
    ],
)
def test_a_file_of_containers_that_is_wrong(document: object, reason: str) -> None:
    with pytest.raises(SpecError, match=reason):
        read_specs(document if isinstance(document, str) else json.dumps(document))


def test_a_ring_forgets_the_oldest() -> None:
    ring: Ring[str] = Ring(10)
    for item in "abcde":
        ring.append(item, 3)
    assert (ring.after(), ring.end) == (("c", "d", "e"), 5)
    assert ring.after(4) == ("e",)
    assert ring.after(5) == ()
    ring.append("long", 99)
    assert ring.after(2) == ("long",)


async def test_a_ring_wakes_all_its_readers() -> None:
    ring: Ring[str] = Ring(10)
    readers = [asyncio.create_task(ring.changed()) for _ in range(3)]
    await asyncio.sleep(0)
    assert ring.readers == 3
    readers.pop().cancel()
    ring.append("a")
    await asyncio.gather(*readers)
    assert ring.readers == 0


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (0, "0001-01-01T00:00:00Z"),
        (1_700_000_000 * moments.SECOND, "2023-11-14T22:13:20Z"),
        (1_700_000_000 * moments.SECOND + 120_000_000, "2023-11-14T22:13:20.12Z"),
    ],
)
def test_moments_as_go_writes_them(moment: int, text: str) -> None:
    assert moments.rfc3339(moment) == text


def test_the_time_of_a_log_line_has_all_its_digits() -> None:
    assert moments.log_timestamp(1_700_000_000 * moments.SECOND + 1200) == "2023-11-14T22:13:20.000001200Z"


def test_moments_of_queries() -> None:
    assert moments.parse("", "since") is None
    assert moments.parse("12", "since") == 12 * moments.SECOND
    assert moments.parse("12.5", "since") == 12_500_000_000
    for wrong in ("-1", "1.", "1e9", "1.1234567890", "x", "9" * 13, "\u0661\u0662"):
        with pytest.raises(ApiError, match="since"):
            moments.parse(wrong, "since")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "Less than a second"),
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "About a minute"),
        (150, "2 minutes"),
        (3600, "About an hour"),
        (7200, "2 hours"),
        (259200, "3 days"),
    ],
)
def test_durations_in_dockers_words(seconds: int, text: str) -> None:
    assert moments.human(seconds * moments.SECOND) == text


def _result(code: int, second: int = 100) -> Result:
    return Result(0, second * moments.SECOND, code, "")


def test_health_needs_as_many_failures_as_it_says() -> None:
    health = Health(HealthCheck(port=1, retries=2), 0)
    assert [health.take(_result(code)) for code in (1, 0, 1, 1, 1, 0)] == [False, True, False, True, False, True]
    assert len(health.log) == 5


def test_failures_within_the_start_period_do_not_count() -> None:
    health = Health(HealthCheck(port=1, retries=1, start_period=10), 0)
    assert [health.take(_result(1, second)) for second in (1, 9, 10)] == [False, False, True]
    health = Health(HealthCheck(port=1, retries=1, start_period=10), 0)
    assert [health.take(_result(code, 1)) for code in (0, 1)] == [True, True]


def test_lines_come_out_as_they_went_in_however_they_are_cut() -> None:
    text = b"a\n\nbc\r\n" + b"d" * 20000 + b"\ne"
    for size in (1, 7, 65536):
        log = Log()
        for start in range(0, len(text), size):
            log.feed(1, text[start : start + size])
        log.feed(1, b"")
        pieces = [one.data for one in log.lines.after()]
        assert b"".join(pieces) == text
        assert pieces[:3] == [b"a\n", b"\n", b"bc\r\n"]
        assert max(map(len, pieces)) == 16384
