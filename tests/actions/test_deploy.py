"""A deployment of the verify service: done, failed at each place, ended before each step and then finished or not."""

from __future__ import annotations

import msgspec
import pytest

from specter_tui.actions.deploy_kept import LAST
from specter_tui.actions.deploy_verify import DeployVerify
from specter_tui.core.actions import Plan, Wish
from specter_tui.core.deploying.kept import kept_name
from specter_tui.core.deploying.work import DeployWork, State
from specter_tui.core.errors import FailedError, NotFoundError, RefusedError, SpecterError
from specter_tui.core.snapshot import SourceName, SourceState, SourceStatus
from tests.actions.deploying import IMAGE, Killed, World, deployed, hash_of
from tests.builders import replace
from tests.core.deploying.deployed import a_document

WISH = Wish("deploy", "verify")


async def planned(world: World, wish: Wish = WISH) -> tuple[DeployVerify, Plan]:
    action = world.action()
    return action, await action.plan(wish, await world.look())


async def run(action: DeployVerify, plan: Plan) -> list[str]:
    """As the runner does it."""
    told: list[str] = []
    assert await action.fingerprint(plan) == plan.fingerprint
    try:
        await action.apply(plan, told.append)
        return list(await action.verify(plan, told.append))
    except SpecterError:
        await action.rollback(plan, told.append)
        raise


async def do(action: DeployVerify, plan: Plan) -> None:
    await action.apply(plan, lambda _: None)
    await action.verify(plan, lambda _: None)


async def test_the_first_one_makes_everything() -> None:
    world = World()
    proof = await run(*await planned(world))
    assert proof[0].startswith("1 of 1 containers are healthy, with the image bbbbbbbbbbbb")
    assert proof[1:3] == ["Descope's keys are loaded", "Traefik has descope-verify@docker enabled"]
    assert proof[3].startswith("1 of 1 requests to protected routes are sent to sign in")
    assert world.effects == ["secret", "lay out", "fetch", "context there", "build", "up", "record"]
    assert world.record is not None
    assert (world.record.document, world.record.config_hash) == (world.files, hash_of(world.files))


async def test_another_one_keeps_the_image_and_the_settings_first() -> None:
    world = deployed()
    await run(*await planned(world))
    kept = world.effects.index("tag specter-verify:kept-aaaaaaaaaaaa")
    assert kept < world.effects.index("build")
    assert "fetch" not in world.effects, "the wheels of the last one fit"
    assert world.made_from == world.files


def spoil(name: str) -> World:
    world = deployed()
    if name == "sick":
        world.sick = world.files
    else:
        setattr(world, name, True)
    return world


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("build_fails", "no space left on device"),
        ("sick", r"container is unhealthy\. Its log ends: specter-verify: SESSION_TTL is no number"),
    ],
)
async def test_what_fails_is_taken_back(name: str, said: str) -> None:
    world = spoil(name)
    before = world.state
    with pytest.raises(FailedError, match=said):
        await run(*await planned(world))
    after = world.state
    assert after.pop("record") is not None
    before.pop("record")
    assert after == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("keys_missing", "Descope's keys are not loaded .* even after 3 s"),
        ("no_middleware", "Traefik has no middleware descope-verify@docker, even after 2 s"),
        ("opened", "got 200, even after 2 s"),
    ],
)
async def test_what_is_not_proved_is_taken_back(name: str, said: str) -> None:
    world = deployed()
    before = world.state
    action, plan = await planned(world)
    setattr(world, name, True)
    told: list[str] = []
    await action.apply(plan, told.append)
    with pytest.raises(FailedError, match=said):
        await action.verify(plan, told.append)
    setattr(world, name, False)
    await action.rollback(plan, told.append)
    after = world.state
    assert {**after, "record": None} == {**before, "record": None}


async def test_a_way_back_that_fails_says_so() -> None:
    world = deployed()
    action, plan = await planned(world)
    await action.apply(plan, print)
    world.opened = True
    with pytest.raises(FailedError, match="got 200"):
        await action.rollback(plan, print)


async def test_wheels_that_can_not_be_fetched_leave_everything_as_it_was() -> None:
    world = World(fetch_fails=True)
    before = world.state
    with pytest.raises(SpecterError, match="no route to host"):
        await run(*await planned(world))
    assert world.state == before
    assert "build" not in world.effects


@pytest.mark.parametrize("make", [World, deployed])
@pytest.mark.parametrize("finish", [True, False])
async def test_a_kill_before_any_effect_is_finished_or_taken_back(make: type[World], *, finish: bool) -> None:
    calm = make()
    await run(*await planned(calm))
    for place in range(1, len(calm.effects) + 1):
        world = make()
        before = world.state
        action, plan = await planned(world)
        world.kill_at = place
        with pytest.raises(Killed):
            await do(action, plan)
        action = world.action()  # another process
        if finish:
            await do(action, plan)
            assert {**world.state, "context": ""} == {**calm.state, "context": ""}, place
        else:
            await action.rollback(plan, lambda _: None)
            assert {**world.state, "record": None} == {**before, "record": None}, place
            assert (world.record is None) == (before["record"] is None), place


async def test_a_way_back_may_be_cut_off_too() -> None:
    for place in range(1, 8):
        world = spoil("sick")
        before = world.state
        action, plan = await planned(world)
        with pytest.raises(FailedError):
            await action.apply(plan, lambda _: None)
        world.kill_at = len(world.effects) + place
        try:
            await action.rollback(plan, lambda _: None)
        except Killed:
            await world.action().rollback(plan, lambda _: None)
        assert {**world.state, "record": None} == {**before, "record": None}, place


def of_before(number: int) -> str:
    return "sha256:" + f"{number:064x}"[::-1]


async def worn(deployments: int) -> tuple[World, list[str]]:
    """A stack that was deployed so many times before; the names of their images, the latest first."""
    world = deployed()
    _, plan = await planned(world)
    work = msgspec.json.decode(plan.work, type=DeployWork)
    ids = [of_before(number) for number in range(1, deployments + 1)]
    for one in ids:
        done = msgspec.structs.replace(work, before=State(one, "{}"))
        world.journal.append(replace(plan, work=msgspec.json.encode(done).decode()))
    names = [kept_name(IMAGE, one) for one in ids]
    world.images |= dict(zip(names, ids, strict=True))
    return world, names


async def test_the_images_of_the_last_deployments_stay_and_older_ones_go() -> None:
    world, names = await worn(LAST + 3)
    world.journal.insert(2, replace(world.journal[0], action="restart", work="{}"))
    world.journal.insert(3, replace(world.journal[0], work=""))  # its backup is gone, and so is its undo
    others = {"specter-verify:kept-by-hand": of_before(90), "other:kept-190000000000": of_before(91)}
    world.images |= others
    world.in_use = {names[-1]}
    told = list[str]()
    action, plan = await planned(world)
    await action.apply(plan, told.append)
    assert set(names) <= set(world.images), "nothing goes before the new one is proved"
    await action.verify(plan, told.append)
    assert set(names) & set(world.images) == {*names[:LAST], names[-1]}
    assert {"specter-verify:kept-aaaaaaaaaaaa", IMAGE, *others} <= set(world.images)
    assert f"{names[LAST]} is removed: it was before the last 5 deployments" in told
    assert f"{names[-1]} stays: a container runs it" in told


async def test_a_journal_that_can_not_be_read_costs_no_image_and_no_deployment() -> None:
    world, names = await worn(LAST + 3)
    world.no_journal = True
    await run(*await planned(world))
    assert set(names) <= set(world.images)


async def test_undo_brings_image_and_settings_of_before_back() -> None:
    world = deployed()
    old, old_image = world.made_from, world.state["image"]
    action, plan = await planned(world)
    await run(action, plan)
    new = world.made_from
    back = await action.reverse(plan, "20261123-140200-1a2b3c", await world.look())
    assert back.undoes == "20261123-140200-1a2b3c"
    assert any("compose/.env" in one for one in back.risks)
    await run(action, back)
    assert (world.made_from, world.state["image"]) == (old, old_image)
    again = await action.reverse(back, "20261123-140300-1a2b3c", await world.look())
    await run(action, again)
    assert world.made_from == new


async def test_undo_is_refused_where_nothing_ran_or_the_image_is_gone() -> None:
    world = World()
    action, plan = await planned(world)
    await run(action, plan)
    with pytest.raises(RefusedError, match="no verify service before"):
        await action.reverse(plan, "j", await world.look())
    world = deployed()
    action, plan = await planned(world)
    await run(action, plan)
    world.images = {name: one for name, one in world.images.items() if "kept" not in name}
    with pytest.raises(RefusedError, match="the image of before is gone"):
        await action.reverse(plan, "j", await world.look())


async def test_a_plan_is_stale_when_anything_changed() -> None:
    world = deployed()
    action, plan = await planned(world)
    world.files = a_document(SESSION_TTL="61")
    assert await action.fingerprint(plan) != plan.fingerprint


async def test_what_can_not_be_deployed_or_proved_is_refused() -> None:
    world = World()
    with pytest.raises(NotFoundError):
        await planned(world, Wish("deploy", "traefik"))
    look = await world.look()
    stale = replace(
        look, sources={**look.sources, SourceName.TRAEFIK: SourceState(SourceStatus.STALE, error="refused")}
    )
    with pytest.raises(RefusedError, match="nothing could prove a deployment while Traefik is not read: refused"):
        await world.action().plan(WISH, stale)
    with pytest.raises(RefusedError, match="another machine"):
        await replace(world.action(), remote=True).plan(WISH, look)
