"""Full collections wait until no key comes, but not for ever."""

from __future__ import annotations

import pytest

from specter_tui.ui import rest
from specter_tui.ui.rest import PATIENCE, REST, Rest


class _Machine:
    """A clock, and a collector that is always due."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.collected, self.due = 100.0, 0, True
        monkeypatch.setattr(rest, "collect", self._collect)
        monkeypatch.setattr(rest, "is_collection_due", lambda: self.due)

    def _collect(self) -> None:
        self.collected += 1

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


def test_nothing_is_collected_that_is_not_due(machine: _Machine) -> None:
    one, machine.due = Rest(machine.clock), False
    machine.now += 2 * PATIENCE
    one.look()
    assert not machine.collected
