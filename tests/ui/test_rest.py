"""Full collections wait until no key comes, but not for ever."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from specter_tui.ui import rest
from specter_tui.ui.rest import LONG_REST, PATIENCE, QUICK, REST, Rest


class _Machine:
    """A clock, and a collector that is always due."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.collected, self.due = 100.0, 0, True
        monkeypatch.setattr(rest, "collect", self._collect)
        monkeypatch.setattr(rest, "is_collection_due", lambda: self.due)

        self.takes = 10 * QUICK

    def _collect(self) -> None:
        self.collected += 1
        self.now += self.takes

    def counted(self) -> int:
        return self.collected

    def clock(self) -> float:
        return self.now


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> _Machine:
    return _Machine(monkeypatch)


def test_a_key_puts_a_collection_off(machine: _Machine) -> None:
    one = Rest(machine.clock)
    machine.now += REST / 2
    one.look()
    assert not machine.collected, "the start is like a key"
    machine.now += REST
    one.stirred()
    one.look()
    assert not machine.collected
    machine.now += REST
    one.look()
    assert machine.counted() == 1


def test_keys_do_not_put_it_off_for_ever(machine: _Machine) -> None:
    one = Rest(machine.clock)
    for _ in range(int(2 * PATIENCE / (REST / 2))):
        machine.now += REST / 2
        one.stirred()
        one.look()
    assert machine.collected == 2


def test_a_quick_one_waits_for_no_rest(machine: _Machine) -> None:
    one, machine.takes = Rest(machine.clock), QUICK / 2
    machine.now += PATIENCE
    for _ in range(3):
        machine.now += REST / 2
        one.stirred()
        one.look()
    assert machine.collected == 3


def test_nothing_is_collected_that_is_not_due(machine: _Machine) -> None:
    one, machine.due = Rest(machine.clock), False
    machine.now += 2 * PATIENCE
    one.look()
    assert not machine.collected


def test_what_keys_have_made_goes_once_the_person_reads(machine: _Machine) -> None:
    one, machine.due = Rest(machine.clock), False
    machine.now += 1
    one.stirred()
    machine.now += LONG_REST - 1
    one.look()
    assert not machine.collected
    for _ in range(3):
        machine.now += 1
        one.look()
    assert machine.counted() == 1


def test_free_memory_goes_back_with_each_collection(machine: _Machine) -> None:
    one = Rest(machine.clock)
    blocks = [bytearray(4_000) for _ in range(20_000)]  # too small for glibc to take each from the system alone
    del blocks[:-1]  # the last one is at the end: what is free before it can't just be cut off
    before = _resident()
    machine.now += 2 * PATIENCE
    one.look()
    assert machine.counted()
    assert _resident() < before - 30


def _resident() -> float:
    """MiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20
