"""Which containers a name means, and what a plan says of them."""

from __future__ import annotations

from typing import Any

import pytest

from specter_tui.core.actions.containers import ContainerWork, Verb, find_containers, fingerprint, plan_containers
from specter_tui.core.actions.ports import ContainerFacts
from specter_tui.core.actions.shown import container_shown
from specter_tui.core.errors import NotFoundError, RefusedError
from specter_tui.core.model import ConfigStatus, ContainerHealth, TraefikRead
from specter_tui.core.settings import ProtectionSettings, Settings
from tests.builders import DOMAIN, a_container, a_router, a_server, a_service
from tests.core.joining import joined

APP = f"app1.{DOMAIN}"


def facts(name: str = "app1", **changes: Any) -> ContainerFacts:
    told: dict[str, Any] = {"state": "running", "health": ContainerHealth.HEALTHY, "started_at": "t0"}
    return ContainerFacts(**{"id": f"{name}-id", "name": name, "addresses": ("172.18.0.7",), **told, **changes})


def snapshot(*containers: Any) -> Any:
    return joined(a_router(), containers=containers or [a_container()])


def test_a_container_is_named_by_its_name_its_id_or_a_host() -> None:
    here = snapshot()
    for name in ("app1", "app1-id", "app1-", APP, APP.upper(), f"{APP}."):
        assert [one.name for one in find_containers(here, name)] == ["app1"]


@pytest.mark.parametrize("name", ["nobody", "app", "", "\x1b[2J", "../app1"])
def test_what_nothing_is_called_is_not_found(name: str) -> None:
    with pytest.raises(NotFoundError) as raised:
        find_containers(snapshot(), name)
    assert "\x1b" not in raised.value.sentence()


def test_two_ids_that_begin_alike_are_refused() -> None:
    with pytest.raises(RefusedError, match="2 containers"):
        find_containers(snapshot(a_container("twin1"), a_container("twin2")), "twin")


def test_a_plan_says_what_is_dropped_and_for_how_long_at_most() -> None:
    plan = plan_containers(snapshot(), Verb.RESTART, "app1", [facts(stop_seconds=30)], Settings())
    assert plan.risks == (
        "restarts 1 container: app1; at most 30 s to end by itself",
        f"drops 1 host until it is up again: {APP}",
    )
    assert (plan.hosts, plan.opens, plan.undo) == ((APP,), (), "")
    assert plan.locks == ("container:app1-id",)


def test_restarting_the_verify_service_or_traefik_is_said() -> None:
    settings = Settings(protection=ProtectionSettings(verify_url="http://app1:3000/verify"))
    here = snapshot(a_container(image="docker.io/library/traefik:3.7@sha256:00"))
    told = " ".join(plan_containers(here, Verb.RESTART, "app1", [facts()], settings).risks)
    assert "is the verify service: every protected host answers 500" in told
    assert "looks like Traefik itself" in told


@pytest.mark.parametrize(
    ("verb", "state"),
    [
        (Verb.RESTART, "exited"),
        (Verb.RESTART, "paused"),
        (Verb.START, "running"),
        (Verb.STOP, "exited"),
        (Verb.STOP, ""),
    ],
)
def test_a_state_that_does_not_fit_is_refused(verb: Verb, state: str) -> None:
    with pytest.raises(RefusedError, match="app1 can't be"):
        plan_containers(snapshot(), verb, "app1", [facts(state=state)], Settings())


def test_another_life_state_or_container_is_another_fingerprint() -> None:
    told = {fingerprint("stop", [facts(**one)]) for one in ({}, {"state": "x"}, {"started_at": "t1"}, {"name": "b"})}
    assert len(told) == 4
    assert fingerprint("stop", [facts()]) == fingerprint("stop", [facts(health=ContainerHealth.STARTING)])


def _read(**changes: Any) -> TraefikRead:
    service = a_service(servers=(a_server("http://172.18.0.7:80"),))
    return TraefikRead("3.7", "", (), (a_router(**changes),), (), (service,))


def test_traefik_shows_a_started_container_when_its_router_sends_to_it() -> None:
    work = ContainerWork(Verb.RESTART, (), ("app1@docker",))
    assert not container_shown(_read(), work, [facts()])
    assert "elsewhere" in container_shown(_read(), work, [facts(addresses=("172.18.0.9",))])
    assert "enabled" in container_shown(_read(status=ConfigStatus.DISABLED), work, [facts()])
    assert "enabled" in container_shown(_read(name="other@docker"), work, [facts()])


def test_traefik_shows_a_stopped_container_when_nothing_is_sent_to_it() -> None:
    work = ContainerWork(Verb.STOP, (), ("app1@docker",))
    assert "still sends" in container_shown(_read(), work, [facts()])
    assert not container_shown(_read(), work, [facts(addresses=("172.18.0.9",))])
    assert not container_shown(_read(name="other@docker"), work, [facts()])
