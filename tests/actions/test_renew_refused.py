"""What no certificate is renewed for: each refusal is one sentence with its remedy, and nothing was changed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from specter_tui.core.actions import Entry, Wish
from specter_tui.core.actions.diff import for_journal
from specter_tui.core.errors import NotFoundError, RefusedError, SpecterError
from specter_tui.core.model import OF_TRAEFIK, AcmeFile
from specter_tui.core.renewing.work import Holder
from specter_tui.core.snapshot import Snapshot, SourceName, SourceStatus
from tests.actions.renewing import FAILURE, WILD, WISH, World, planned
from tests.builders import NOW, a_container, a_router, a_source, replace


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def refusal(world: World, wish: Wish = WISH, snapshot: Snapshot | None = None) -> str:
    before = world.path.read_bytes()
    with pytest.raises(SpecterError) as caught:
        await planned(world, wish, snapshot)
    assert world.effects == []
    assert world.path.read_bytes() == before
    assert caught.value.remedy
    return caught.value.sentence()


async def test_sources_that_are_not_fresh(world: World) -> None:
    for name in (SourceName.TRAEFIK, SourceName.DOCKER, SourceName.ACME):
        snapshot = world.look(states={name: a_source(SourceStatus.STALE)})
        assert "has to be read to renew a certificate: connection refused" in await refusal(world, snapshot=snapshot)


async def test_another_machine(world: World) -> None:
    action = replace(world.action(), remote=True)
    with pytest.raises(RefusedError, match="on another machine") as caught:
        await action.plan(WISH, world.look())
    assert caught.value.remedy == "run specter-tui there"


async def test_a_name_that_nothing_has(world: World) -> None:
    with pytest.raises(NotFoundError):
        await planned(world, Wish("renew", "nobody.invalid"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"source": OF_TRAEFIK, "resolver": ""}, "Traefik's file provider has it"),
        ({"self_signed": True}, "is self-signed"),
        ({"main": "TRAEFIK DEFAULT CERT"}, "Traefik makes for itself"),
        ({"source": "/elsewhere/acme.json"}, "was not read just now"),
        ({"fingerprint": "cd" * 32}, "does not hold it any more"),
        ({"sans": ("example.org", "gone.example.org")}, "Traefik would order another one instead"),
    ],
)
async def test_a_certificate_that_can_not_be_ordered_anew(world: World, changes: dict[str, Any], said: str) -> None:
    (wild, _) = (one.certificate for one in world.look().certificates)
    one = replace(wild, **changes)
    assert said in await refusal(world, Wish("renew", "example.org"), world.look(certificates=(one,)))


async def test_a_file_that_traefik_skips_or_nobody_read(world: World) -> None:
    path = str(world.path)
    for file, said in (
        (AcmeFile(path, 0o644), "is open to others, so Traefik will not use it; chmod 600"),
        (AcmeFile(path, 0o600, error="acme.json is not JSON"), "acme.json is not JSON"),
    ):
        assert said in await refusal(world, snapshot=replace(world.look(), acme_files=(file,)))


async def test_a_certificate_that_no_router_needs(world: World) -> None:
    routers = (a_router(tls=replace(WILD, cert_resolver="another")),)
    assert "no router needs the certificate for *.example.org, example.org" in await refusal(
        world, snapshot=world.look(*routers)
    )


async def test_several_resolvers_with_the_same_names(world: World) -> None:
    (wild, _) = (one.certificate for one in world.look().certificates)
    twin = replace(wild, resolver="zero", fingerprint="cd" * 32)
    said = await refusal(world, snapshot=world.look(certificates=(wild, twin)))
    assert "2 certificates are for app1.example.org; name one by its id" in said


async def test_a_traefik_that_is_not_in_one_container(world: World) -> None:
    none = replace(world.look(), containers=(a_container(),))
    assert "no container runs Traefik here" in await refusal(world, snapshot=none)
    two = [a_container(name, image="traefik:v3") for name in ("traefik", "old")]
    assert "several containers run Traefik: traefik, old" in await refusal(
        world, snapshot=replace(world.look(), containers=tuple(two))
    )


def holder(name: str = "traefik", **changes: Any) -> Holder:
    values = {"state": "running", "source": "/x", "writes": True, "direct": True, **changes}
    return Holder(f"{name}-id", name, **values)


@pytest.mark.parametrize(
    ("holders", "said"),
    [
        ((), "is not mounted into traefik, so it belongs to another Traefik"),
        ((holder(writes=False),), "mounted read-only"),
        ((holder(), holder("traefik2")), "traefik2 can write"),
        ((holder(), holder("traefik2", state="restarting")), "traefik2 can write"),
    ],
)
async def test_a_file_that_is_not_traefiks_alone(world: World, holders: tuple[Holder, ...], said: str) -> None:
    world.holders = holders
    assert said in await refusal(world)


@pytest.mark.parametrize("changes", [{"state": "exited"}, {"writes": False}, {"direct": False}])
async def test_others_that_do_not_write_it_do_no_harm(world: World, changes: dict[str, Any]) -> None:
    world.holders = (holder(), holder("backup", **changes))
    await planned(world)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"removed_when_stopped": True}, "is removed when it stops"),
        ({"swarm": True}, "a task of a Swarm service"),
        ({"running": False}, "traefik is exited; specter-tui start traefik"),
    ],
)
async def test_a_container_that_would_not_come_back(world: World, facts: dict[str, Any], said: str) -> None:
    world.running = facts.pop("running", True)
    world.facts = facts
    assert said in await refusal(world)


async def test_a_place_that_nobody_can_look_at(world: World) -> None:
    snapshot = replace(world.look(), entry_points=())
    action = world.action()
    action = replace(action, settings=replace(action.settings, probe=replace(action.settings.probe, enabled=False)))
    with pytest.raises(RefusedError, match=r"where Traefik serves example\.org is not known here"):
        await action.plan(WISH, snapshot)


ORDER = 'INF Obtaining bundled SAN certificate. domains="example.org, *.example.org" lib=lego'


async def test_five_orders_are_all(world: World) -> None:
    world.log = [(NOW - timedelta(days=day), ORDER) for day in range(1, 5)]
    _, plan = await planned(world)
    assert any("it is order 5 of 5" in risk for risk in plan.risks)
    world.log.append((NOW - timedelta(hours=2), ORDER))
    said = await refusal(world)
    assert "5 certificates were ordered for these names in 7 days" in said
    assert said.endswith("wait until 2026-11-25 14:00 UTC")


async def test_a_log_that_does_not_reach_back_needs_a_count(world: World) -> None:
    world.begins = NOW - timedelta(days=2)
    said = await refusal(world)
    assert "how many orders there were in 7 days is not known: Traefik's log (its log) begins at" in said
    assert said.endswith("(crt.sh lists them), then type: specter-tui certs renew example.org --orders N")
    _, plan = await planned(world, replace(WISH, orders=1))
    assert any("it is order 2 of 5" in risk for risk in plan.risks)
    assert "5 certificates were ordered" in await refusal(world, replace(WISH, orders=5))


async def test_a_command_to_type_can_be_typed(world: World) -> None:
    world.begins = NOW - timedelta(days=2)
    wild = [replace(one.certificate, main="*.example.org") for one in world.look().certificates[:1]]
    said = await refusal(world, snapshot=world.look(certificates=wild))
    assert said.endswith("specter-tui certs renew '*.example.org' --orders N")


async def test_a_log_that_can_not_be_read_is_no_count(world: World) -> None:
    world.unread = "Traefik's log /x can't be read (Permission denied)"
    for wish in (WISH, replace(WISH, orders=0)):
        assert "whether the last order failed, and how many there were, is not known" in await refusal(world, wish)


async def test_the_last_order_failed(world: World) -> None:
    world.log = [(NOW - timedelta(minutes=10), FAILURE)]
    said = await refusal(world)
    assert "the last order for *.example.org, example.org failed (2026-11-22 13:50)" in said
    assert said.endswith("then restart Traefik, and try it after 14:50 UTC")
    world.log = [(NOW - timedelta(hours=2), FAILURE)]
    await planned(world)
    world.started = NOW - timedelta(hours=3)
    assert "the last order for" in await refusal(world), "nothing was restarted since"


async def test_an_order_of_our_own_counts(world: World) -> None:
    _, plan = await planned(world)
    began = (NOW - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    world.history = (Entry("x", for_journal(plan), "ops", "default", began, ended_at=began),)
    _, again = await planned(world)
    assert any("it is order 2 of 5" in risk for risk in again.risks)


async def test_a_router_that_would_order_one_of_its_own_is_told(world: World) -> None:
    own = a_router("app2@docker", tls=replace(WILD, domains=()))
    _, plan = await planned(world, snapshot=world.look(a_router(tls=WILD), own))
    assert any("may order a certificate of its own for app2.example.org" in risk for risk in plan.risks)


async def test_a_plan_of_another_version_is_refused(world: World) -> None:
    action, plan = await planned(world)
    with pytest.raises(RefusedError, match="the plan is not understood"):
        await action.apply(replace(plan, work='{"token": 1}'), lambda _: None)
    forged = replace(plan, work=plan.work.replace('"token":"', '"token":"../'))
    with pytest.raises(RefusedError, match="the plan is not understood"):
        await action.apply(forged, lambda _: None)
