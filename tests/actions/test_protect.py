"""Protecting by labels over stand-ins that fail in each way; tests/live does it on the real stack."""

from __future__ import annotations

import pytest

from specter_tui.core.actions import Plan, Wish
from specter_tui.core.errors import RefusedError, SourceError, SpecterError
from specter_tui.core.pending import PendingError
from specter_tui.core.protecting import OverlayNeeded
from tests.actions.protecting import FILE, HOST, LABEL, TEXT, World
from tests.builders import DOMAIN, replace
from tests.core.joining import VERIFY

PROTECT = Wish("protect", HOST)


async def planned(world: World, wish: Wish = PROTECT) -> Plan:
    return await world.action().plan(wish, await world.look())


async def refusal(world: World, wish: Wish = PROTECT) -> str:
    with pytest.raises(SpecterError) as caught:
        await planned(world, wish)
    assert not world.calls
    return caught.value.sentence()


async def run(world: World, plan: Plan) -> tuple[str, ...]:
    """As the runner does it."""
    action, told = world.action(), list[str]()
    assert await action.fingerprint(plan) == plan.fingerprint
    try:
        await action.apply(plan, told.append)
        return await action.verify(plan, told.append)
    except SpecterError:
        await action.rollback(plan, told.append)
        raise


async def test_a_plan_shows_everything_and_changes_nothing() -> None:
    world = World()
    plan = await planned(world)
    assert world.calls == []
    assert [(one.where, one.before, LABEL in one.after) for one in plan.changes] == [(FILE, TEXT, True)]
    assert plan.steps == (f"write {FILE}", "docker compose up -d --no-deps --no-build --pull never app1")
    assert (plan.action, plan.via, plan.opens, plan.hosts) == ("protect", "labels", (), (HOST,))
    assert "(now: app1@docker: an anonymous request for / on websecure got 200)" in plan.proof
    assert plan.locks == ("container:app1-id", f"file:{FILE}")
    assert "makes app1 anew" in plan.risks[0]


async def test_protect_and_unprotect() -> None:
    world = World()
    proof = await run(world, await planned(world))
    assert "got 307" in proof[0]
    assert world.calls == ["write", "check", "up"]
    assert world.asked == {HOST}
    plan = await planned(world, Wish("unprotect", HOST))
    assert plan.opens == (HOST,)
    assert "got 200" in (await run(world, plan))[0]
    assert world.files[FILE] == world.deployed == TEXT
    assert not world.asked


@pytest.mark.parametrize(
    ("spoiled", "why"),
    [
        (World(still_open=True), "not proved: app1@docker: an anonymous request for / on websecure got 200"),
        (World(deaf=True), "Traefik does not show descope-verify@docker"),
        (World(broken=True), "0 of 1 containers of app1 are up (app1 exited)"),
        (World(fail_up=1), "no space left"),
        (World(says_more=True), "more differently than the one label"),
    ],
)
async def test_what_fails_is_taken_back(spoiled: World, why: str) -> None:
    with pytest.raises(SourceError) as caught:
        await run(spoiled, await planned(spoiled))
    assert why in caught.value.sentence()
    assert spoiled.files[FILE] == spoiled.deployed == TEXT
    assert not spoiled.asked


async def test_a_rollback_that_fails_says_so() -> None:
    world = World(still_open=True)
    plan = await planned(world)
    await world.action().apply(plan, lambda _: None)
    world.fail_up = 1
    with pytest.raises(SourceError, match="no space left"):
        await world.action().rollback(plan, lambda _: None)
    await world.action().rollback(plan, lambda _: None)
    assert world.deployed == TEXT


async def test_a_way_back_that_traefik_can_not_show_says_why() -> None:
    """An engine that was killed may come back without Traefik's container."""
    world = World(still_open=True)
    plan = await planned(world)
    await world.action().apply(plan, lambda _: None)
    world.stopped = True
    with pytest.raises(SourceError) as caught:
        await world.action().rollback(plan, lambda _: None)
    told = "Traefik does not run, its container traefik is exited; bring Traefik up again"
    assert told in caught.value.sentence()
    assert world.deployed == world.files[FILE] == TEXT
    world.stopped = False
    await world.action().rollback(plan, lambda _: None)


async def test_a_file_that_somebody_else_changed_is_nobodys_to_put_back() -> None:
    world = World()
    plan = await planned(world)
    await world.action().apply(plan, lambda _: None)
    world.files[FILE] += "# mine\n"
    with pytest.raises(RefusedError, match="left as it is"):
        await world.action().rollback(plan, lambda _: None)
    assert world.files[FILE].endswith("# mine\n")


async def test_the_fingerprint_changes_with_any_file_that_compose_reads() -> None:
    world = World(files={FILE: TEXT, "/srv/app1/.env": "A=1\n"})
    plan = await planned(world)
    world.files["/srv/app1/.env"] = "A=2\n"
    assert await world.action().fingerprint(plan) != plan.fingerprint


async def test_a_host_that_was_asked_for_stays_asked_for_when_protecting_it_again_fails() -> None:
    world = World(still_open=True, asked={HOST})
    with pytest.raises(SourceError):
        await run(world, await planned(world))
    assert world.asked == {HOST}


async def test_taking_back_puts_its_own_lines_back_and_keeps_others() -> None:
    world = World()
    plan = await planned(world)
    await run(world, plan)
    world.files[FILE] = world.deployed = "# head\n" + world.files[FILE]
    back = await world.action().reverse(plan, "id-1", await world.look())
    assert (back.action, back.undoes, back.opens) == ("unprotect", "id-1", (HOST,))
    await run(world, back)
    assert world.files[FILE] == "# head\n" + TEXT


async def test_refusals() -> None:
    assert "deployed too" in await refusal(World(deployed=TEXT + "#"))
    assert "Compose 2.24.6 and this is 2.25.0" in await refusal(World(version="2.25.0"))
    assert "no verify service" in await refusal(World(verify_answers=200))
    assert "brings the router's middlewares" in await refusal(World(image_labels={LABEL: "x@file"}))
    written = TEXT + f"      - {LABEL}={VERIFY}\n"
    assert "say so already" in await refusal(World(files={FILE: written}, deployed=written, deaf=True))


async def test_a_container_that_no_compose_file_makes_needs_the_overlay_whether_compose_is_there_or_not() -> None:
    for world in (World(by_compose=False), World(by_compose=False, version="")):
        with pytest.raises(OverlayNeeded) as caught:
            await planned(world)
        assert caught.value.details == ("the container app1 was not made by Docker Compose",)
        assert caught.value.sentence().endswith("protect it where it is made, or add --via overlay")
    with pytest.raises(SourceError, match="not installed"):
        await planned(World(version=""))


async def test_opening_what_no_compose_file_makes_is_no_matter_of_the_overlay() -> None:
    world = World()
    await run(world, await planned(world))
    world.by_compose = False
    with pytest.raises(RefusedError, match="was not made by Docker Compose") as caught:
        await planned(world, Wish("unprotect", HOST))
    assert not isinstance(caught.value, OverlayNeeded)


async def test_pending_changes_are_told_when_they_come_along() -> None:
    plan = await planned(World(version="2.25.0"), Wish("protect", HOST, include_pending=True))
    assert plan.risks[0] == "deploys other changes too, and taking it back leaves them:"
    assert plan.risks[1].startswith("app1: the container was made by Compose")


async def test_what_waits_is_a_list_with_names_and_without_values() -> None:
    with pytest.raises(PendingError) as caught:
        await planned(World(deployed=TEXT + "      - other=1\n"))
    assert caught.value.details == (
        "app1: the compose files, or variables in them, were changed after the container was made",
        "app1: image: none -> x",
        "app1: variable KEY: taken away",
        "app1: label other: 1 -> none",
    )
    assert "s3cret" not in caught.value.sentence()


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ("    env_file: a.env\n", "/srv/app1/a.env"),
        ("    env_file: [../a.env]\n", "/srv/a.env"),
        ("    env_file: [{path: /etc/a.env, required: false}]\n", "/etc/a.env"),
        ("    extends: {file: base/b.yml, service: app1}\n", "/srv/app1/base/b.yml"),
    ],
)
async def test_every_file_that_compose_reads_for_the_service_has_to_be_trusted(more: str, path: str) -> None:
    """The world's files are the trusted ones; `untrusted` are there and are not."""
    text = TEXT + more
    with pytest.raises(RefusedError, match=path.rpartition("/")[2]):
        await planned(World(files={FILE: text}, deployed=text, untrusted={path}))
    files = {FILE: text, path: "services: {app1: {env_file: c.env}}\n" if "base" in path else "A=1\n"}
    world = World(files=files, deployed=text)
    plan = await planned(world)
    world.files[path] += "# changed\n"
    assert await world.action().fingerprint(plan) != plan.fingerprint
    if "base" in path:
        with pytest.raises(RefusedError, match=r"/srv/app1/base/c\.env"):
            await planned(World(files=files, deployed=text, untrusted={"/srv/app1/base/c.env"}))


@pytest.mark.parametrize("path", ["${X}.env", "~/a.env", "https://example.org/a.env"])
async def test_a_file_whose_path_only_compose_knows_is_refused(path: str) -> None:
    text = f"{TEXT}    env_file: ['{path}']\n"
    assert "before Compose reads it" in await refusal(World(files={FILE: text}, deployed=text))


async def test_a_verify_service_that_refuses_this_machine_is_not_known() -> None:
    plan = await planned(World(verify_answers=400))
    assert "whether the verify service answers is not known" in plan.risks[0]


async def test_files_on_another_machine_are_refused() -> None:
    world = World()
    with pytest.raises(RefusedError, match="another machine"):
        await replace(world.action(), remote=True).plan(PROTECT, await world.look())


@pytest.mark.parametrize("name", ["$(id)", "{{x}}", "`id`;rm", "[red]x[/]", "a: b # 'c", "x\x1b[31m"])
async def test_hosts_with_the_syntax_of_something_else_are_edited_as_they_are_or_refused(name: str) -> None:
    """Refused are those that no request can be sent to, so that nothing could prove the protection."""
    world = World(rule=f'Host("{name}.{DOMAIN}")')
    try:
        plan = await planned(world, Wish("protect", "app1@docker"))
    except RefusedError:
        assert not world.calls
        return
    assert plan.changes[0].after.replace(f"      - {LABEL}={VERIFY}\n", "") == TEXT
    assert all(name not in step for step in plan.steps)
    await world.action().apply(plan, lambda _: None)
    await world.action().rollback(plan, lambda _: None)
    assert world.files[FILE] == TEXT
