"""Protecting by the overlay over stand-ins that fail in each way; tests/live does it on the real stack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from specter_tui.actions.by_way import ByWay
from specter_tui.actions.overlay import ProtectByOverlay
from specter_tui.actions.route_proof import Patience, Verifier
from specter_tui.core.actions import Plan, Wish
from specter_tui.core.errors import RefusedError, SourceError, SpecterError
from specter_tui.core.model import Middleware, Router
from specter_tui.core.overlay import Entry, parse
from specter_tui.core.proof import ProbeAnswer, ProbeTarget
from specter_tui.core.shadow_names import is_shadow
from specter_tui.core.snapshot import Snapshot
from specter_tui.core.traefik_log import LogRead, Refusal
from tests.actions.protecting import HOST, OURS, AskedStub, Asker, verify_container
from tests.actions.protecting import World as Labels
from tests.builders import DOMAIN, NOW, a_container, a_middleware, a_router, replace
from tests.core.joining import VERIFY, joined

PATH = "/dyn/specter-overlay.yml"
OTHER = f"app2.{DOMAIN}"
PROTECT = Wish("protect", HOST, "overlay")


@dataclass
class World:
    """Two applications, the dynamic folder, and a Traefik that loads it."""

    files: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    guarded: bool = False  # labels guard the first one
    deaf: bool = False  # Traefik does not load the folder any more
    open_anyway: bool = False
    refusal: Refusal | None = None
    writes: int = 0
    full: bool = False

    def read(self, path: str) -> bytes:
        return self.files.get(path, "").encode()

    def put(self, path: str, expected: bytes, wanted: bytes) -> None:
        assert self.read(path) == expected
        if self.full:
            raise RefusedError(f"{path} can't be written: No space left on device")
        self.writes += 1
        if wanted:
            self.files[path] = wanted.decode()
        else:
            del self.files[path]

    def others(self, path: str) -> Iterator[tuple[str, bytes]]:
        return ((name, text.encode()) for name, text in self.files.items() if name != path)

    async def look(self) -> Snapshot:
        entries = () if self.deaf else parse(self.files.get(PATH, ""))
        bare = [
            a_router(middlewares=(VERIFY,) if self.guarded else ()),
            a_router("app2@docker", rule=f"Host(`{OTHER}`)"),
        ]
        made = joined(
            *bare,
            *map(_router, entries),
            middlewares=[_auth(one) for one in entries],
            containers=[a_container("app1"), verify_container()],
            settings=OURS,
            providers=("Docker", "File"),
        )
        return replace(made, traefik_log=LogRead("x", refusal=self.refusal))

    def answer(self, target: ProbeTarget) -> ProbeAnswer:
        location = f"https://auth.{DOMAIN}/?redirect=https%3A%2F%2F{target.host}{target.path}"
        closed = is_shadow(target.router_id) or (self.guarded and target.router_id == "app1@docker")
        guarded = target.router_id.startswith("descope-auth") or (closed and not self.open_anyway)
        return ProbeAnswer(target, NOW, status=307 if guarded else 200, location=location if guarded else "")

    def action(self) -> ProtectByOverlay:
        verifier = Verifier(self.look, Asker(self.answer), OURS, Patience(healthy=0, shown=0, proved=0, pause=0))
        asked = AskedStub(self)  # type: ignore[arg-type]  # it needs no more of a world than this one has
        return ProtectByOverlay(self, self.look, verifier, Asker(self.answer), asked, OURS, "/dyn/")


def _router(entry: Entry) -> Router:
    return replace(
        a_router(f"{entry.name}@file", rule=entry.rule, service=entry.service, middlewares=entry.chain),
        priority=entry.priority,
        entry_points=entry.entry_points,
    )


def _auth(entry: Entry) -> Middleware:
    return a_middleware(entry.chain[0], options=json.dumps({"forwardAuth": json.loads(entry.auth)}))


async def planned(world: World, wish: Wish = PROTECT) -> Plan:
    return await world.action().plan(wish, await world.look())


async def run(world: World, plan: Plan) -> tuple[str, ...]:
    action, told = world.action(), list[str]()
    assert await action.fingerprint(plan) == plan.fingerprint
    try:
        await action.apply(plan, told.append)
        return await action.verify(plan, told.append)
    except SpecterError:
        await action.rollback(plan, told.append)
        raise


async def refusal(world: World, wish: Wish = PROTECT) -> str:
    with pytest.raises(SpecterError) as caught:
        await planned(world, wish)
    assert not world.writes
    return caught.value.sentence()


async def test_a_plan_shows_everything_and_changes_nothing() -> None:
    world = World()
    plan = await planned(world)
    assert (world.writes, plan.via, plan.opens, plan.hosts) == (0, "overlay", (), (HOST,))
    assert [(one.where, one.before, HOST in one.after) for one in plan.changes] == [(PATH, "", True)]
    assert (plan.steps, plan.locks) == ((f"write {PATH}",), (f"file:{PATH}",))
    assert "(now: app1@docker: an anonymous request for / on websecure got 200)" in plan.proof
    assert "holds only while Traefik loads all of /dyn" in plan.risks[0]
    assert "are open to everyone" in plan.risks[1]


async def test_protect_and_unprotect() -> None:
    world = World()
    assert "got 307" in (await run(world, await planned(world)))[0]
    assert world.asked == {HOST}
    plan = await planned(world, Wish("unprotect", HOST, "overlay"))
    assert plan.opens == (HOST,)
    assert "got 200" in (await run(world, plan))[0]
    assert (world.files, world.asked) == ({}, set())


async def test_where_labels_protect_nothing_is_opened_and_it_stays_asked_for() -> None:
    world = World()
    await run(world, await planned(world))
    world.guarded = True
    plan = await planned(world, Wish("unprotect", HOST, "overlay"))
    assert plan.opens == ()
    assert "got 307" in (await run(world, plan))[0]
    assert world.asked == {HOST}


async def test_labels_that_do_not_hold_put_it_back() -> None:
    world = World()
    await run(world, await planned(world))
    written = dict(world.files)
    world.guarded = True
    plan = await planned(world, Wish("unprotect", HOST, "overlay"))
    world.open_anyway = True
    with pytest.raises(SourceError, match="not proved"):
        await run(world, plan)
    assert (world.files, world.asked) == (written, {HOST})


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"deaf": True}, "Traefik does not show specter-app1-docker-"),
        ({"open_anyway": True}, "not proved"),
        ({"full": True}, "No space"),
    ],
)
async def test_what_fails_is_taken_back(changes: dict[str, bool], why: str) -> None:
    world = World()
    plan = await planned(world)
    for name, value in changes.items():
        setattr(world, name, value)
    with pytest.raises(SpecterError) as caught:
        await run(world, plan)
    assert why in caught.value.sentence()
    assert (world.files, world.asked) == ({}, set())


async def test_a_file_that_somebody_else_changed_is_nobody_s_to_put_back() -> None:
    world = World()
    plan = await planned(world)
    await world.action().apply(plan, lambda _: None)
    world.files[PATH] += "# mine\n"
    with pytest.raises(RefusedError, match="left as it is"):
        await world.action().rollback(plan, lambda _: None)
    assert world.files[PATH].endswith("# mine\n")


async def test_the_fingerprint_changes_with_the_file_and_with_the_router() -> None:
    world = World()
    plan = await planned(world)
    await world.action().apply(plan, lambda _: None)
    assert await world.action().fingerprint(plan) != plan.fingerprint
    del world.files[PATH]
    assert await world.action().fingerprint(plan) == plan.fingerprint
    world.guarded = True
    assert await world.action().fingerprint(plan) != plan.fingerprint


async def test_applying_twice_is_applying_once() -> None:
    world = World()
    plan = await planned(world)
    for _ in range(2):
        await world.action().apply(plan, lambda _: None)
    assert world.writes == 1


async def test_taking_one_back_that_is_not_the_last_leaves_the_other() -> None:
    world = World()
    first = await planned(world)
    await run(world, first)
    alone = world.files[PATH]
    second = await planned(world, Wish("protect", OTHER, "overlay"))
    await run(world, second)
    back = await world.action().reverse(first, "id-1", await world.look())
    assert (back.action, back.undoes, back.opens) == ("unprotect", "id-1", (HOST,))
    await run(world, back)
    assert [one.rule for one in parse(world.files[PATH])] == [f"Host(`{OTHER}`)"]
    with pytest.raises(RefusedError, match="was changed since"):
        await world.action().reverse(first, "id-1", await world.look())
    again = await world.action().reverse(back, "id-2", await world.look())
    await run(world, again)
    await run(world, await world.action().reverse(second, "id-3", await world.look()))
    assert world.files[PATH] == alone


async def test_refusals() -> None:
    assert "not protected by the overlay" in await refusal(World(), Wish("unprotect", HOST, "overlay"))
    assert "bad.yml can't be loaded" in await refusal(World(files={"bad.yml": "a:\n\tb"}))
    assert "can't load bad.yml" in await refusal(World(refusal=Refusal(NOW, "x", "bad.yml")))
    assert "not as this program writes it" in await refusal(World(files={PATH: "http: {}\n"}))
    assert "it passes descope-verify@docker already" in await refusal(
        World(guarded=True), Wish("protect", "app1@docker", "overlay")
    )
    action, snapshot = World().action(), await World().look()
    for changed, seen, why in (
        (replace(action, folder=""), snapshot, "dynamic folder is not on this machine"),
        (replace(action, remote=True), snapshot, "another machine"),
        (action, replace(snapshot, providers=("Docker",)), "no file provider"),
    ):
        with pytest.raises(RefusedError, match=why):
            await changed.plan(PROTECT, seen)


async def test_the_way_is_the_wish_s_then_the_plan_s() -> None:
    overlay, labels = World(), Labels()
    ways = ByWay({"labels": labels.action(), "overlay": overlay.action()})
    assert (await ways.plan(Wish("protect", HOST), await labels.look())).via == "labels"
    plan = await ways.plan(PROTECT, await overlay.look())
    assert plan.via == "overlay"
    assert await ways.fingerprint(plan) == plan.fingerprint
    await ways.apply(plan, lambda _: None)
    assert await ways.verify(plan, lambda _: None)
    assert (await ways.reverse(plan, "id", await overlay.look())).via == "overlay"
    await ways.rollback(plan, lambda _: None)
    assert overlay.files == {}
    with pytest.raises(RefusedError, match="there is no way"):
        await ways.plan(replace(PROTECT, via="magic"), await overlay.look())
