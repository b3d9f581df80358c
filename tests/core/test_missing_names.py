"""What a missing part is told for a name, and that thousands of missing ones are no more work each than one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from specter_tui.core.findings import names, routing
from specter_tui.core.findings.names import Names, likeness
from specter_tui.core.model import Router, Service
from specter_tui.core.snapshot import Snapshot
from tests.builders import a_router, a_service, replace
from tests.core.joining import joined


@pytest.mark.parametrize(
    ("missing", "meant"),
    [
        ("auth@docker", "auth@file"),  # by its provider
        ("secure-haeders@docker", "secure-headers@docker"),
        ("ecure-headers@docker", "secure-headers@docker"),
        ("secure-header@docker", "secure-headers@docker"),
        ("zecure-headers@docker", "secure-headers@docker"),
        ("gone@docker", ""),  # the provider alone is no likeness
        ("", ""),
    ],
)
def test_which_one_was_meant(missing: str, meant: str) -> None:
    others = [f"app{number:03}@docker" for number in range(500)] + [f"{number:03}app@docker" for number in range(500)]
    known = Names([*others, "auth@file", "auth@http", "secure-headers@docker"])
    assert known.nearest(missing) == meant


def test_no_names() -> None:
    assert Names([]).nearest("a@docker") == ""


@pytest.mark.parametrize(
    ("one", "other", "wanted"), [("", "", 0), ("ab", "ab", 1), ("abcd", "abd", 0.75), ("a", "b", 0)]
)
def test_likeness(one: str, other: str, wanted: float) -> None:
    assert likeness(one, other) == likeness(other, one) == wanted


class Walked(tuple[Service, ...]):
    """Services that count how often they are walked through."""

    __slots__ = ()
    times = 0

    def __iter__(self) -> Iterator[Service]:
        type(self).times += 1
        return super().__iter__()


def without_services(count: int) -> Snapshot:
    def router(number: int) -> Router:
        name = f"r{number:04}@docker"
        return replace(a_router(name, rule=f"Host(`r{number}.example.org`)"), service=f"gone{number:04}@docker")

    services = [a_service(f"here{number:04}@docker") for number in range(count)]
    return joined(*map(router, range(count)), services=services)


def test_each_missing_service_costs_the_same_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []

    def counted(one: str, other: str) -> float:
        compared.append(one)
        return likeness(one, other)

    monkeypatch.setattr(names, "likeness", counted)
    monkeypatch.setattr(Walked, "times", 0)
    for count in (200, 400):
        snapshot = without_services(count)
        compared.clear()
        findings = list(routing.service_missing(replace(snapshot, services=Walked(snapshot.services))))
        assert len(findings) == count
        assert len(compared) <= 41 * count  # of its neighbours, whatever the count
    assert Walked.times <= 4
