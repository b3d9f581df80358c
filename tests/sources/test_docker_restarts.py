"""Restart counts are read where they tell of now, and never of more than a few containers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest
from docker import APIClient
from docker.errors import NotFound

from specter_tui.sources.docker_restarts import RestartCounts
from tests.builders import a_container


class _Engine:
    """Answers inspections with a count; notes whom it was asked about."""

    def __init__(self, counts: Mapping[str, object]) -> None:
        self.counts = counts
        self.asked: list[str] = []

    def inspect_container(self, container_id: str) -> dict[str, Any]:
        self.asked.append(container_id)
        if container_id not in self.counts:
            raise NotFound(container_id)
        return {"RestartCount": self.counts[container_id]}


def _read(counts: RestartCounts, engine: _Engine, *containers: Any) -> dict[str, int]:
    return {one.name: one.restarts for one in counts.of(cast("APIClient", engine), containers)}


@pytest.mark.parametrize("status", ["Up Less than a second", "Up 1 second", "Up 59 seconds (healthy)"])
def test_a_young_container_has_its_count(status: str) -> None:
    engine = _Engine({"loop-id": 7})
    assert _read(RestartCounts(), engine, a_container("loop", status=status)) == {"loop": 7}


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("running", "Up About a minute"),
        ("running", "Up 3 hours"),
        ("restarting", "Restarting (1) 3 seconds ago"),
        ("exited", "Exited (0) 5 seconds ago"),
    ],
)
def test_of_no_other_one_it_is_asked_for(state: str, status: str) -> None:
    engine = _Engine({"one-id": 7})
    assert _read(RestartCounts(), engine, a_container("one", state=state, status=status)) == {"one": 0}
    assert not engine.asked


@pytest.mark.parametrize("counts", [{}, {"odd-id": None}, {"odd-id": "7"}])
def test_one_that_is_gone_or_odd_counts_nothing(counts: dict[str, object]) -> None:
    assert _read(RestartCounts(), _Engine(counts), a_container("odd", status="Up 1 second")) == {"odd": 0}


def test_a_machine_that_starts_costs_few_inspections_and_the_loop_is_among_them() -> None:
    names = [f"c{number:02}" for number in range(30)]
    engine = _Engine({f"{name}-id": 0 for name in names} | {"c29-id": 4})
    counts = RestartCounts()
    young = [a_container(name, status="Up 5 seconds") for name in names[:-1]]
    _read(counts, engine, *young, a_container("c29", state="restarting", status="Restarting (1) 1 second ago"))
    engine.asked.clear()
    for _ in range(3):
        assert _read(counts, engine, *young, a_container("c29", status="Up 2 seconds"))["c29"] == 4
    assert len(engine.asked) == 15
