"""`specter-tui certs renew` with a real Traefik in a real engine's container, ordering from Pebble.

One renewal, one that fails, and a plan on the stack run always; the rest with SPECTER_LIVE_ALL=1.
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from specter_tui.core.renewing.orders import MOST
from specter_tui.core.settings import DockerSettings
from specter_tui.effects.docker_control import DockerControl
from specter_tui.sources.docker_client import EngineClient
from specter_tui.sources.docker_mounts import DockerMounts
from tests.live.acme_site import APP, PEBBLE, ZONE, Wanted, acme_traefiks, stored
from tests.live.harness import ROOT, Stack
from tests.live.images import busybox_image
from tests.live.renewing import CONTAINER, Renewing, renewing
from tests.live.told import write_config
from tests.live_engine import Engine
from tests.real import takes_long
from tests.schema import check

pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(900, func_only=True),
    pytest.mark.skipif(PEBBLE is None, reason="needs pebble"),
]
# The point of the kill, and what is left: whether Traefik runs, and whether the entry is out.
LEFT = {
    ("receipt", "after"): (True, False),
    ("stop", "after"): (False, False),
    ("copy", "after"): (False, False),
    ("exchange", "before"): (False, False),
    ("exchange", "after"): (False, True),
    ("start", "before"): (False, True),
    ("start", "after"): (True, True),
    ("served", "after"): (True, True),
    ("new", "after"): (True, True),
    ("line", "before"): (True, True),
}


@pytest.fixture(params=acme_traefiks())
async def site(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path) -> AsyncIterator[Renewing]:
    async with renewing(engine, tmp_path, request.param) as running:
        yield running


async def test_a_certificate_is_renewed_and_one_that_can_not_be_is_not(site: Renewing) -> None:
    """Renewed, and with the authority away: the old one back, and served."""
    before, first, others = site.site.storage.read_bytes(), site.stored(), site.others()
    said = await site.told("certs", "renew", APP, "--yes")
    assert said["result"] == "done"
    assert [change["where"] for change in said["plan"]["changes"]] == [
        str(site.site.storage),
        f"container {CONTAINER}",
    ]
    assert site.stored() not in {"", first}
    assert site.others() == others
    assert stat.S_IMODE(site.site.storage.stat().st_mode) == 0o600
    (copy,) = (site.state / "backups").glob("acme-*.json")
    assert copy.read_bytes() == before
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600

    site.site.pebble.kill()
    kept, served = site.site.storage.read_bytes(), await site.served()
    said = await site.told("certs", "renew", APP, "--yes", code=4)
    assert "Traefik does not reach the certificate authority" in said["reason"]
    assert site.site.storage.read_bytes() == kept
    assert await site.served() == served
    assert "the last order for *.starfleet.test, starfleet.test failed" in await site.refused()


@takes_long
async def test_undo_has_the_old_one_back_and_is_refused_once_another_came(site: Renewing) -> None:
    first, served = site.stored(), await site.served()
    done = await site.told("certs", "renew", APP, "--yes")
    again = await site.told("certs", "renew", ZONE, "--yes")
    refused = await site.run("undo", done["journal_id"], "--yes")
    assert refused.returncode == 6
    assert "was changed since" in refused.stderr
    second = await site.told("undo", again["journal_id"], "--yes")
    assert second["result"] == "done"
    third = await site.told("undo", done["journal_id"], "--yes")
    assert third["plan"]["undoes"] == done["journal_id"]
    assert site.stored() == first
    assert await site.served() == served


@takes_long
async def test_a_file_that_is_mounted_by_itself_is_replaced_too(engine: Engine, tmp_path: Path) -> None:
    """`./acme.json:/acme.json`: the mount holds the old file until Docker makes it anew, with the container's start."""
    storage = tmp_path / "acme.json"
    storage.touch(0o600)
    volumes = {str(path): {"bind": str(path), "mode": "rw"} for path in (tmp_path, storage)}
    async with renewing(engine, tmp_path, volumes=volumes) as site:
        assert site.site.storage == storage
        first, served, inode = site.stored(), await site.served(), storage.stat().st_ino
        done = await site.told("certs", "renew", APP, "--yes")
        assert site.stored() not in {"", first}
        assert await site.served() not in {"", served}
        assert storage.stat().st_ino != inode
        await site.told("undo", done["journal_id"], "--yes")
        assert (site.stored(), await site.served()) == (first, served)


@takes_long
@pytest.mark.parametrize("way", ["finish", "undo"])
async def test_whatever_a_kill_leaves_is_finished_and_taken_back(site: Renewing, way: str) -> None:
    for (point, side), (runs, out) in LEFT.items():
        before = site.stored()
        case = f"{point} {side} {way}"
        site.forget_orders()
        plan = await site.plan()
        await site.kill(point, side, msgspec.json.encode(plan))
        assert (site.container().status == "running") is runs, case
        assert (site.stored() != before) is out, case
        (told, *_) = (await site.told("history"))["actions"]
        assert told["standing"] == "interrupted", case
        assert runs or "Traefik may be stopped" in (await site.run("doctor")).stdout, case
        blocked = await site.run("certs", "renew", APP, "--yes")
        assert blocked.returncode != 0, case
        said = await site.told(way, told["journal_id"], "--yes", code=0 if way == "finish" else 4)
        assert said["result"] == ("done" if way == "finish" else "rolled_back"), case
        assert (site.stored() != before) is (way == "finish"), case
        assert site.stored(), case
        assert site.container().status == "running", case
        assert await site.served(), case


@takes_long
async def test_a_way_back_that_is_killed_is_taken_again(site: Renewing) -> None:
    before, served = site.stored(), await site.served()
    plan = msgspec.json.encode(await site.plan())
    site.site.pebble.kill()
    await site.kill("put back", "before", plan)
    assert (site.container().status, site.stored()) == ("exited", "")
    assert (await site.told("undo", "--yes", code=4))["result"] == "rolled_back"
    assert (site.stored(), await site.served()) == (before, served)


@takes_long
async def test_five_orders_are_all_and_a_short_log_needs_a_count(site: Renewing) -> None:
    log = site.site.folder / "traefik.log"
    for number in range(2, MOST + 1):
        planned = await site.run("certs", "renew", APP, "--dry-run")
        assert f"it is order {number} of 5" in planned.stdout, planned.stdout + planned.stderr
        await site.told("certs", "renew", APP, "--yes")
    assert f"{MOST} certificates were ordered for these names in 7 days" in await site.refused()
    site.forget_orders(days=6)
    assert "how many orders there were in 7 days is not known" in await site.refused()
    done = await site.run("certs", "renew", APP, "--orders", "1", "--dry-run")
    assert "it is order 2 of 5" in done.stdout
    log.unlink()
    assert "is not known: Traefik's log" in await site.refused(APP, "--orders", "1")


@takes_long
async def test_the_container_s_own_log_is_read_where_no_file_is_named(site: Renewing) -> None:
    site.log_to_the_container()
    site.container().restart()
    await site.site.agreed()
    assert "Traefik's log (its container's) begins at" in await site.refused()
    assert (await site.told("certs", "renew", APP, "--orders", "1", "--yes"))["result"] == "done"
    counted = (await site.run("certs", "renew", APP, "--orders", "0", "--dry-run")).stdout
    assert re.search(r"it is order [23] of 5", counted), counted  # 3.4 tells of no order, so its start counts


@takes_long
async def test_a_container_that_is_gone_when_it_stops(engine: Engine, tmp_path: Path) -> None:
    async with renewing(engine, tmp_path, auto_remove=True) as site:
        assert "is removed when it stops (docker run --rm)" in await site.refused()


@takes_long
async def test_a_file_that_traefik_can_not_write(engine: Engine, tmp_path: Path) -> None:
    wanted = Wanted(storage=stored({APP: 60}), domains=())
    async with renewing(engine, tmp_path, wanted=wanted, mode="ro") as site:
        assert "mounted read-only" in await site.refused()


@takes_long
async def test_another_container_that_writes_the_file(site: Renewing) -> None:
    with site.another() as name:
        assert f"{name} can write {site.site.storage} beside {CONTAINER}" in await site.refused()


@takes_long
async def test_wrong_names_are_told(site: Renewing) -> None:
    assert "no certificate is called nobody.invalid" in await site.refused("nobody.invalid", code=2)
    assert "did you mean" in await site.refused(ZONE[:-1], code=2)
    assert "read-only" in await site.refused("--read-only", APP)


@takes_long
async def test_a_named_volume_is_known_by_its_folder(engine: Engine) -> None:
    client = engine.client()
    volume = client.volumes.create("acme")
    volumes = {"acme": {"bind": "/acme", "mode": "rw"}}
    made = client.containers.run(busybox_image(engine), ["sleep", "60"], detach=True, volumes=volumes)
    settings = DockerSettings(host=engine.host)
    control = DockerControl(EngineClient(settings, 8.0), EngineClient(settings, 8.0))
    try:
        path = f"{volume.attrs['Mountpoint']}/acme.json"
        facts = await DockerMounts(settings, control).look(str(made.id), path)
    finally:
        made.remove(force=True)
        volume.remove()
        client.close()
    (one,) = facts.holders
    assert (one.id, one.source, one.writes, one.direct) == (made.id, volume.attrs["Mountpoint"], True, True)


def test_on_the_stack_it_is_planned_and_a_young_log_needs_a_count(stack: Stack, tmp_path: Path) -> None:
    """Nothing is changed: its certificate is of the test's own authority, and nobody there would order one."""
    config, before = write_config(stack, tmp_path / "config.toml"), (stack.root / "traefik/acme/acme.json").read_bytes()
    command = [sys.executable, "-m", "specter_tui", "--config", str(config), "certs", "renew", f"any.{stack.domain}"]
    environment = {**os.environ, **stack.environment, "XDG_STATE_HOME": str(tmp_path / "state")}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *arguments], cwd=ROOT, env=environment, check=False, capture_output=True, text=True, timeout=60
        )

    refused = run("--yes")
    assert refused.returncode == 6, refused.stderr
    assert "Traefik's log (its container's) begins at" in refused.stderr
    planned = run("--orders", "0", "--dry-run", "--json")
    assert planned.returncode == 0, planned.stderr
    plan = json.loads(planned.stdout)["plan"]
    check(json.loads(planned.stdout), "renew")
    assert plan["target"] == stack.domain
    assert plan["changes"][0]["where"] == str(stack.root / "traefik/acme/acme.json")
    assert (stack.root / "traefik/acme/acme.json").read_bytes() == before
