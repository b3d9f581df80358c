"""What strangers cause fills no log; what the service has to say of itself is written."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest

from verify_service import telemetry
from verify_service.flood import MOST, SECONDS


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_minute_has_a_few_lines_of_a_kind_and_the_next_says_how_many_it_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, out = _Clock(), io.StringIO()
    monkeypatch.setattr("time.monotonic", clock)
    log = telemetry.configure("INFO", as_json=True, stream=out)

    def written() -> list[dict[str, Any]]:
        events = [json.loads(line) for line in out.getvalue().splitlines()]
        out.seek(0)
        out.truncate()
        return events

    for number in range(MOST + 7):
        log.warning("refused", number=number)
        log.info("signed in", number=number)
        logging.getLogger("aiohttp.server").error("broken %s", number)
    events = written()
    for event, count in (("refused", MOST), ("signed in", MOST + 7)):
        assert [one["number"] for one in events if one["event"] == event] == list(range(count))
    assert len([one for one in events if one["event"].startswith("broken")]) == MOST
    clock.now += SECONDS - 1
    log.warning("refused")
    log.warning("Descope was not told of a logout")
    assert [one["event"] for one in written()] == ["Descope was not told of a logout"]
    clock.now += 1
    log.warning("refused")
    log.warning("refused")
    logging.getLogger("aiohttp.server").error("broken again")
    assert [one.get("left_out") for one in written()] == [8, None, 7]


def test_at_debug_everything_is_written() -> None:
    out = io.StringIO()
    log = telemetry.configure("DEBUG", as_json=True, stream=out)
    for _ in range(MOST * 2):
        log.warning("refused")
    assert len(out.getvalue().splitlines()) == MOST * 2
