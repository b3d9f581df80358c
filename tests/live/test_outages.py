"""Each source dies and comes back while a person goes through every view: nothing that was known is gone meanwhile."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from docker.models.containers import Container

from specter_tui.demo.cloudflare import CloudflareEmulator
from specter_tui.demo.cloudflare.account import TOKEN
from tests.live.between import Gate, Loop
from tests.live.dashboard import SMALL, Dashboard, has_source, is_read, running_dashboard
from tests.live.harness import DOMAIN, Stack, eventually
from tests.live.told import write_config
from tests.real import require, takes_long

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]

WHOAMI: Final = f"whoami.{DOMAIN}"
ADDRESS: Final = "203.0.113.10"
PATIENCE: Final = 90.0  # a failing source backs off, and an engine takes its time to come back
# Each view, and what stands in it whatever happens: the person has read it, so it stays.
VIEWS: Final = {
    "1": r"^[ ▌]Hosts +2 ",
    "2": rf"^[ ▌]. {WHOAMI} ",
    "3": rf"^[ ▌]. {WHOAMI} ",
    "4": r"^[ ▌]. specter-whoami-1 ",
    "5": rf"^[ ▌]. {DOMAIN} \+1 ",
    "6": rf"^[ ▌]. {WHOAMI} +ok ",
    "7": r"^[ ▌]. descope-verify@docker ",
    "8": r"^ Doctor |nothing needs you",
    "services": r"^[ ▌]. whoami@docker ",
}
ALWAYS: Final = {"acme.json is removed", "Cloudflare is down"}


@dataclass(frozen=True)
class World:
    """The dashboard with all five sources, and what can be done to them."""

    dashboard: Dashboard
    stack: Stack
    verified: Container
    loop: Loop
    cloudflare: CloudflareEmulator
    gate: Gate

    @property
    def acme(self) -> Path:
        """Where Traefik keeps its certificates."""
        return self.stack.root / "traefik/acme/acme.json"

    def go_to(self, view: str) -> str:
        """Shows a view; gives the first screen with what always stands in it."""
        if view == "services":
            self.dashboard.keys(":")
            self.dashboard.wait_for("what needs you, what soon")
            self.dashboard.keys(*"Services")
            self.dashboard.wait_for("servers and their health")
            self.dashboard.keys("Enter")
            return self.dashboard.wait_for(rf"^ Services  \d(?s:.*){VIEWS[view]}")
        self.dashboard.keys(view)
        return self.dashboard.wait_for(rf"▌{view} .*\n(?s:.*){VIEWS[view]}")

    def choose_logs(self) -> None:
        """The page that asks whose logs, which is what the logs begin with, and out of it."""
        self.dashboard.keys("9")
        self.dashboard.wait_for(r"Whose logs\?(?s:.*) specter-whoami-1 ")
        self.dashboard.keys("Escape")


@pytest.fixture(scope="module")
def world(stack: Stack, verified: Container, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """All five sources, read."""
    folder = tmp_path_factory.mktemp("outages")
    (folder / "token").write_text(TOKEN)
    (folder / "token").chmod(0o600)
    emulator = CloudflareEmulator()
    zone = emulator.account.add_zone(DOMAIN)
    for name in ("whoami", "traefik", "auth"):
        emulator.account.write(zone, {"type": "A", "name": f"{name}.{DOMAIN}", "content": ADDRESS, "ttl": 1})
    with Loop().running() as loop, loop.holding(Gate(stack.ports.https).listening()) as gate:
        loop.do(emulator.__aenter__())
        tables = {
            "cloudflare": f'base_url = "{emulator.base_url}"\ntoken_file = "{folder}/token"\n'
            f'expected_ips = ["{ADDRESS}"]',
            "probe": f'addresses = {{ websecure = "127.0.0.1:{gate.port}" }}',
        }
        config = write_config(stack, folder / "config.toml", tables)
        with running_dashboard(config, size=SMALL) as dashboard:
            dashboard.wait_for(all_read)
            yield World(dashboard, stack, verified, loop, emulator, gate)
        loop.do(emulator.__aexit__(None, None, None))


def all_read(screen: str) -> bool:
    return is_read(screen, "TDACP")


def dead(screen: str, letter: str, told: str) -> bool:
    """Whether a source names itself, with its age in the header and its error below."""
    return has_source(screen, letter, r"◐ \d") and re.search(told, screen) is not None


@contextmanager
def traefik_killed(world: World) -> Iterator[None]:
    client = world.stack.engine.client()
    try:
        traefik = client.containers.get("traefik")
        traefik.kill()
        try:
            yield
        finally:
            traefik.start()
    finally:
        client.close()


@contextmanager
def engine_stopped(world: World) -> Iterator[None]:
    """Everything in it goes too; what comes back by itself and what an operator starts again is not the question."""
    engine = world.stack.engine
    require("an engine that the tests may stop", found=engine.pid != 0)
    engine.down()
    try:
        yield
    finally:
        engine.up()
    world.stack.up()
    world.verified.start()
    eventually(lambda: world.stack.get(WHOAMI).status == 307, "strangers are turned away again", PATIENCE)


@contextmanager
def engine_hangs(world: World) -> Iterator[None]:
    require("an engine that the tests may stop", found=world.stack.engine.pid != 0)
    os.kill(world.stack.engine.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(world.stack.engine.pid, signal.SIGCONT)


@contextmanager
def acme_removed(world: World) -> Iterator[None]:
    kept = world.acme.rename(world.acme.with_suffix(".away"))
    try:
        yield
    finally:
        kept.rename(world.acme)


@contextmanager
def acme_unreadable(world: World) -> Iterator[None]:
    kept = world.acme.read_text()
    world.acme.write_text(kept[: len(kept) // 2])
    try:
        yield
    finally:
        world.acme.write_text(kept)


@contextmanager
def cloudflare_down(world: World) -> Iterator[None]:
    world.loop.do(world.cloudflare.__aexit__(None, None, None))
    try:
        yield
    finally:
        world.loop.do(world.cloudflare.__aenter__())


OUTAGES: Final[dict[str, tuple[str, str, Callable[[World], AbstractContextManager[None]]]]] = {
    "acme.json is removed": ("A", r"acme\.json as of (?s:.*) does not\s+exist", acme_removed),
    "acme.json is cut off": ("A", r"acme\.json as of ", acme_unreadable),
    "Cloudflare is down": ("C", r"Cloudflare as of .*cannot be\n +reached ", cloudflare_down),
    "Traefik is killed": ("T", r"Traefik as of .*refuses\n +the connection", traefik_killed),
    "the engine hangs": ("D", r"Docker as of .*no answer in time", engine_hangs),
    "the engine is stopped": ("D", r"Docker as of ", engine_stopped),
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in ALWAYS else takes_long) for name in OUTAGES],
)
def test_a_source_dies_and_returns_in_every_view(world: World, name: str) -> None:
    letter, told, outage = OUTAGES[name]
    dashboard = world.dashboard
    with outage(world):
        dashboard.refreshed(lambda screen: dead(screen, letter, told), PATIENCE)
        for view in VIEWS:
            screen = world.go_to(view)
            assert dead(screen, letter, told), screen
            assert not re.search(r"nothing needs you", screen, re.IGNORECASE), screen
        world.choose_logs()
    dashboard.refreshed(lambda screen: all_read(screen) and " as of " not in screen, PATIENCE)
    for view in VIEWS:
        assert " as of " not in world.go_to(view)
    world.choose_logs()
    world.go_to("1")
    dashboard.wait_for("Nothing needs you", PATIENCE)


@takes_long
def test_probes_are_blocked_and_let_through_in_every_view(world: World) -> None:
    """What can't be proved any more is not shown as proved, and all else stays."""
    dashboard = world.dashboard
    world.go_to("1")
    dashboard.wait_for("● turns away in ")
    world.loop.do(world.gate.block(blocked=True))
    dashboard.refreshed(r"\? 2 of 2 not proved", PATIENCE)
    for view in VIEWS:
        assert has_source(world.go_to(view), "P", "✖")
    world.choose_logs()
    world.go_to("2")
    dashboard.keys("d")
    dashboard.wait_for(r"not proved: (?s:.*)no answer")
    dashboard.keys("Escape")
    world.loop.do(world.gate.block(blocked=False))
    world.go_to("1")
    dashboard.refreshed("● turns away in ", PATIENCE)
    for view in VIEWS:
        world.go_to(view)
