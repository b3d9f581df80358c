"""A certificate ordered anew: done, failed at each place, ended before each step and then finished or taken back."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from specter_tui.core.actions.diff import for_journal
from specter_tui.core.errors import FailedError, RefusedError, SourceError
from specter_tui.core.snapshot import Snapshot
from tests.actions.renewing import FAILURE, NEW, NEWER, OLD, OTHER, RESOLVER, WILD, Killed, World, planned, run
from tests.builders import a_certificate, a_router
from tests.certs import account_key

DONE = ["stop", "copy", "exchange", "start", "note"]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_the_plan_says_all_and_changes_nothing(world: World) -> None:
    before = world.path.read_bytes()
    _, plan = await planned(world)
    assert (plan.action, plan.target) == ("renew", "example.org")
    entry, container = plan.changes
    assert entry.where == str(world.path)
    assert entry.before.splitlines() == [
        "resolver letsencrypt: *.example.org, example.org",
        "main example.org, until 2027-01-21 14:00 UTC",
        f"of R11, sha256 {OLD.fingerprint[:16]}",
    ]
    assert container.where == "container traefik"
    assert plan.steps[0] == "stop traefik"
    assert plan.hosts == ("app1.example.org",)
    dropped, self_signed, limit, killed = plan.risks
    assert dropped == (
        "drops 1 host from the stop of traefik until it serves again: app1.example.org; "
        "it has at most 10 s to end by itself"
    )
    assert "self-signed certificate for *.example.org, example.org" in self_signed
    assert limit.startswith(
        "it is order 1 of 5 for exactly these names in 7 days (Let's Encrypt's limit), from Traefik's log (its log)"
    )
    assert "specter-tui finish, or undo, starts it" in killed
    assert world.effects == []
    assert world.path.read_bytes() == before


async def test_no_key_leaves_the_file_but_for_the_private_copy(world: World) -> None:
    action, plan = await planned(world)
    told: list[str] = []
    await run(action, plan, told)
    keys = [key.splitlines()[1] for key in (OLD.key, NEW.key, OTHER.key)] + [account_key()]
    document = json.loads(world.path.read_text())
    stored = [one["key"] for section in document.values() for one in section["Certificates"]]
    said = msgspec.json.encode(plan).decode() + msgspec.json.encode(for_journal(plan)).decode() + "".join(told)
    for key in (*keys, *stored):
        assert key not in said
    (copy,) = (world.state / "backups").glob("acme-*.json")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(world.state.stat().st_mode) == 0o700


async def test_the_new_one_is_there_and_served_and_all_else_is_as_before(world: World) -> None:
    before = json.loads(world.path.read_text())
    action, plan = await planned(world)
    proof = await run(action, plan)
    assert world.effects == DONE
    assert proof == (
        "acme.json has a new certificate for *.example.org, example.org",
        f"Traefik serves it for app1.example.org (sha256 {NEW.fingerprint[:16]})",
    )
    assert world.holding == ["other", "new"]
    assert stat.S_IMODE(world.path.stat().st_mode) == 0o600
    after = json.loads(world.path.read_text())
    for document in (before, after):
        document[RESOLVER]["Certificates"] = document[RESOLVER]["Certificates"][:1]
    assert before == after


def _blog(world: World, *, stored: bool) -> Snapshot:
    """app1 and blog behind the wildcard; blog has a certificate of its own, in acme.json or from elsewhere."""
    blog = a_router("blog@docker", rule="Host(`blog.example.org`)", tls=WILD)
    own = a_certificate("blog.example.org", fingerprint="b" * 64, source=str(world.path), resolver="another")
    known = [one.certificate for one in world.look().certificates]
    return world.look(blog, a_router(tls=WILD), certificates=(*known, own) if stored else known)


@pytest.mark.parametrize("stored", [True, False])
async def test_a_host_with_a_certificate_of_its_own_is_not_waited_for(world: World, *, stored: bool) -> None:
    world.own = {"blog.example.org": "b" * 64}
    action, plan = await planned(world, snapshot=_blog(world, stored=stored))
    assert not any("does not serve this certificate now" in risk for risk in plan.risks)
    _, served = await run(action, plan)
    assert served == f"Traefik serves it for app1.example.org (sha256 {NEW.fingerprint[:16]})"


async def test_one_that_is_served_nowhere_says_so_and_is_asked_where_it_should_be(world: World) -> None:
    world.own = dict.fromkeys(("app1.example.org", "blog.example.org"), "b" * 64)
    action, plan = await planned(world, snapshot=_blog(world, stored=True))
    assert any("does not serve this certificate now" in risk for risk in plan.risks)
    with pytest.raises(FailedError, match=r"does not serve it for app1\.example\.org"):
        await run(action, plan)


async def test_undo_puts_the_old_one_back(world: World) -> None:
    action, plan = await planned(world)
    await run(action, plan)
    back = await action.reverse(plan, "20261122-140000-abcdef", world.look())
    assert (back.undoes, back.undo) == ("20261122-140000-abcdef", "")
    assert f"sha256 {OLD.fingerprint[:16]}" in back.changes[0].after
    proof = await run(action, back)
    assert proof[0] == "acme.json has the old certificate for *.example.org, example.org"
    assert world.holding == ["other", "old"]
    assert world.serving == OLD.fingerprint
    with pytest.raises(RefusedError, match="the old certificate is back already"):
        await action.reverse(back, "x", world.look())


async def test_undo_is_refused_when_something_else_came_in_between(world: World) -> None:
    action, plan = await planned(world)
    await run(action, plan)
    snapshot = world.look()
    document = json.loads(world.path.read_text())
    document[RESOLVER]["Certificates"].pop()
    world.path.write_text(json.dumps(document))
    with pytest.raises(RefusedError, match=r"acme\.json does not hold it any more"):
        await action.reverse(plan, "x", snapshot)
    with pytest.raises(RefusedError, match=r"the certificate for example\.org was changed since"):
        await action.reverse(plan, "x", world.look(certificates=()))
    world.path.write_text(world.path.read_text().replace("{", "{", 1))
    world.now = timedelta(days=61).total_seconds()
    with pytest.raises(RefusedError, match="has ended meanwhile"):
        await action.reverse(plan, "x", snapshot)


async def test_an_undo_that_fails_leaves_the_new_one(world: World) -> None:
    action, plan = await planned(world)
    await run(action, plan)
    back = await action.reverse(plan, "x", world.look())
    world.serves = False
    with pytest.raises(FailedError, match=r"Traefik does not serve it for app1\.example\.org after 3 s"):
        await run(action, back)
    assert world.holding == ["other", "new"]


async def test_an_order_that_fails_puts_the_old_one_back_at_once(world: World) -> None:
    before = world.path.read_bytes()
    world.orders, world.says = False, FAILURE
    action, plan = await planned(world)
    with pytest.raises(FailedError, match="could not see the answer to its challenge"):
        await run(action, plan)
    assert world.now < 5
    assert world.path.read_bytes() == before
    assert (world.running, world.serving) == (True, OLD.fingerprint)
    assert world.effects == ["stop", "copy", "exchange", "start", "stop", "put back", "start"]


async def test_a_certificate_that_does_not_come_in_time_puts_the_old_one_back(world: World) -> None:
    before = world.path.read_bytes()
    world.orders = False
    action, plan = await planned(world)
    with pytest.raises(FailedError, match=r"has ordered no certificate .* within 5 s"):
        await run(action, plan)
    assert world.path.read_bytes() == before
    assert world.serving == OLD.fingerprint


async def test_a_new_one_that_is_not_served_makes_place_for_the_old_one(world: World) -> None:
    world.serves = False
    action, plan = await planned(world)
    with pytest.raises(FailedError, match="does not serve it"):
        await run(action, plan)
    assert world.holding == ["other", "old"], "the new one is not left beside it"


@pytest.mark.parametrize("place", range(1, 5))
async def test_an_engine_or_a_disk_that_refuses_leaves_all_as_before(world: World, place: int) -> None:
    before = world.path.read_bytes()
    action, plan = await planned(world)
    world.fail_at = place
    with pytest.raises(SourceError, match="the engine refuses to"):
        await run(action, plan)
    assert world.path.read_bytes() == before
    assert (world.running, world.serving) == (True, OLD.fingerprint)


async def test_an_old_one_that_is_due_is_renewed_by_traefik_when_it_comes_back(world: World) -> None:
    action, plan = await planned(world)
    await run(action, plan)
    back = await action.reverse(plan, "x", world.look())
    world.renews = NEWER
    proof = await run(action, back)
    assert proof[0] == "acme.json has Traefik's own renewal of the certificate for *.example.org, example.org"
    assert world.holding == ["other", "newer"]


async def test_a_way_back_that_traefik_renews_is_one_too(world: World) -> None:
    world.orders, world.renews = False, NEWER
    action, plan = await planned(world)
    told: list[str] = []
    with pytest.raises(FailedError, match="has ordered no certificate"):
        await run(action, plan, told)
    assert told[-2] == "acme.json has Traefik's own renewal of the certificate for *.example.org, example.org"
    assert world.holding == ["other", "newer"]


async def test_a_traefik_that_can_not_be_started_is_said_loudly(world: World) -> None:
    action, plan = await planned(world)
    world.fail_at, world.fails_for = 4, 100
    with pytest.raises(FailedError, match="TRAEFIK IS STOPPED, AND NO HOST ANSWERS") as caught:
        await run(action, plan)
    assert caught.value.remedy == "now type: docker start traefik"


async def test_a_copy_that_is_gone_still_starts_traefik(world: World) -> None:
    world.orders = False
    action, plan = await planned(world)
    await action.apply(plan, lambda _: None)
    for copy in (world.state / "backups").iterdir():
        copy.unlink()
    with pytest.raises(FailedError, match=r"the copy of acme\.json is gone"):
        await action.rollback(plan, lambda _: None)
    assert world.running


@pytest.mark.parametrize("place", range(1, 6))
@pytest.mark.parametrize("forward", [True, False])
async def test_a_process_that_is_killed_is_finished_or_taken_back(world: World, place: int, *, forward: bool) -> None:
    before = world.path.read_bytes()
    action, plan = await planned(world)
    world.kill_at = place
    with pytest.raises(Killed):
        await run(action, plan)
    action = world.action()  # another process
    if forward:
        await action.apply(plan, lambda _: None)
        await action.verify(plan, lambda _: None)
        assert world.holding == ["other", "new"]
        assert world.serving == NEW.fingerprint
        assert (await action.reverse(plan, "x", world.look())).undoes == "x"
    else:
        await action.rollback(plan, lambda _: None)
        assert world.holding == ["other", "old"]
        assert world.serving == OLD.fingerprint
        if place < 5:
            assert json.loads(world.path.read_bytes()) == json.loads(before)
    assert world.running


@pytest.mark.parametrize("place", range(1, 4))
async def test_a_way_back_that_is_killed_is_taken_again(world: World, place: int) -> None:
    world.orders = False
    action, plan = await planned(world)
    world.kill_at = 4 + place
    with pytest.raises(Killed):
        await run(action, plan)
    await world.action().rollback(plan, lambda _: None)
    assert (world.holding, world.running, world.serving) == (["other", "old"], True, OLD.fingerprint)


async def test_a_plan_is_stale_once_traefik_or_the_entry_is_another(world: World) -> None:
    action, plan = await planned(world)
    world.life += 1
    assert await action.fingerprint(plan) != plan.fingerprint
    world.life -= 1
    world.path.write_text(world.path.read_text().replace(RESOLVER, "le"))
    assert await action.fingerprint(plan) != plan.fingerprint
