"""The demo on a real engine: the whole stack beside other containers, which it never touches, gone without a trace."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from docker.models.containers import Container

from specter_tui.demo.certificates import CA_FILE
from specter_tui.demo.descope import PEOPLE
from specter_tui.demo.on_docker.document import FOLDER_LABEL
from specter_tui.demo.on_docker.engine import find_docker, remove_abandoned_projects
from specter_tui.demo.on_docker.verify_image import Say, VerifySources, provide_verify_image
from specter_tui.demo.sample import DOMAIN
from specter_tui.wiring.deploy import image_sources
from tests.live.harness import compose_environment, running_stack
from tests.live.images import busybox_image, haproxy_image, traefik_image
from tests.live.python_image import base_image, verify_image, wheels
from tests.live.verify_browser import running_browser
from tests.live_engine import Engine, running_engine
from tests.real import takes_long

ROOT = Path(__file__).parents[2]
ALICE, BOB = PEOPLE[0], PEOPLE[1]
PROGRAM = (sys.executable, "-m", "specter_tui")
_SECONDS = 100.0

pytestmark = [pytest.mark.live, pytest.mark.timeout(300, func_only=True)]


@dataclass(frozen=True)
class World:
    """An engine with somebody else's Traefik container in it, and the environment in which the demo finds it."""

    engine: Engine
    environment: Mapping[str, str]
    foreign: Container


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with running_engine() as running:
        yield running


@pytest.fixture(scope="module")
def images(engine: Engine) -> Mapping[str, str]:
    """Every image of the demo, in the engine."""
    return {
        "TRAEFIK_IMAGE": traefik_image(engine, "newest"),
        "HAPROXY_IMAGE": haproxy_image(engine),
        "WHOAMI_IMAGE": busybox_image(engine),
        "VERIFY_IMAGE": verify_image(engine),
    }


@pytest.fixture
def world(engine: Engine, images: Mapping[str, str], tmp_path: Path) -> Iterator[World]:
    environment = {**compose_environment(engine, tmp_path / "docker-config"), **images, "PYTHONPATH": str(ROOT)}
    client = engine.client()
    labels = {"com.docker.compose.project": "specter", "com.docker.compose.service": "app"}
    foreign = client.containers.run(images["WHOAMI_IMAGE"], ["sleep", "600"], detach=True, name="app", labels=labels)
    try:
        yield World(engine, environment, foreign)
    finally:
        foreign.remove(force=True)
        client.close()


@contextmanager
def started(world: World, folder: Path, **changes: str) -> Iterator[subprocess.Popen[str]]:
    """A demo with its folder in `folder`; it is ended if the test has not done so."""
    process = subprocess.Popen(
        [*PROGRAM, "demo", "--headless", "--docker", "--dir", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**world.environment, **changes},
    )
    with process:
        try:
            yield process
        finally:
            process.terminate()


@pytest.fixture
def demo(world: World, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    folder = tmp_path / "demos"
    folder.mkdir()
    with started(world, folder) as process:
        yield process


def ready(process: subprocess.Popen[str]) -> Path:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("export SPECTER_CONFIG="):
            return Path(line.strip().partition("=")[2])
    raise AssertionError(process.stderr and process.stderr.read())


def mine(engine: Engine) -> list[str]:
    """Everything in the engine that carries the demo's label."""
    client = engine.client()
    try:
        containers = client.containers.list(all=True, filters={"label": FOLDER_LABEL}, sparse=True)
        networks = client.networks.list(filters={"label": FOLDER_LABEL})
        volumes = client.volumes.list(filters={"label": FOLDER_LABEL})
        return sorted(str(one.id) for one in (*containers, *networks, *volumes))  # an engine has no order of networks
    finally:
        client.close()


def told(config: Path, *arguments: str) -> Any:
    done = subprocess.run(
        [*PROGRAM, *arguments, "--json"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "SPECTER_CONFIG": str(config)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    return json.loads(done.stdout)


def eventually(ask: Callable[[], object], wanted: object) -> None:
    deadline = time.monotonic() + _SECONDS
    while (last := ask()) != wanted and time.monotonic() < deadline:
        time.sleep(0.5)
    assert last == wanted


def test_the_stack_shows_one_of_every_state_and_goes_without_a_trace(
    demo: subprocess.Popen[str], world: World, tmp_path: Path
) -> None:
    config = ready(demo)

    def protections() -> dict[str, str]:
        return {
            one["host"].removesuffix(f".{DOMAIN}"): one["protection"]["state"]
            for one in told(config, "hosts", "--probe")["hosts"]
        }

    eventually(
        protections,
        {
            "auth": "not_applicable",
            "blog": "other_auth",
            "git": "bypassed",
            "grafana": "unprotected",
            "old": "not_applicable",
            "photos": "protected",
            "traefik": "protected",
            "whoami": "protected",
            "wiki": "protected",
        },
    )

    def findings() -> set[str]:
        return {one["code"] for one in told(config, "doctor", "--probe")["findings"]}

    codes = {"certificate-expired", "certificate-overdue", "certificate-due", "container-unhealthy"}
    codes |= {"acme-order-failed", "container-restarting", "host-bypassed", "host-unprotected", "middleware-missing"}
    eventually(findings, codes)
    document = told(config, "status", "photos." + DOMAIN, "--probe")
    (photos,) = document["routes"]
    assert (photos["health"], len(photos["containers"]), len(photos["service"]["servers"])) == ("degraded", 3, 2)
    assert photos["protection"]["proof"]["verdict"] == "turned_away"
    assert stat.S_IMODE(config.parent.stat().st_mode) == 0o700
    demo.send_signal(signal.SIGINT)
    assert demo.wait(_SECONDS) == 0
    assert mine(world.engine) == []
    assert list((tmp_path / "demos").iterdir()) == []
    world.foreign.reload()
    assert world.foreign.status == "running"


@takes_long
def test_a_protected_application_leads_through_the_sign_in_and_back(
    demo: subprocess.Popen[str], world: World, tmp_path: Path
) -> None:
    config = ready(demo)
    assert demo.stdout is not None
    descope, wiki = (demo.stdout.readline().strip() for _ in range(2))
    whoami, auth = wiki.replace("wiki.", "whoami."), wiki.replace("wiki.", "auth.")
    with running_browser(tmp_path / "profile", DOMAIN, (config.parent / CA_FILE).read_text()) as browser:
        browser.open(f"{whoami}?x=1")
        assert browser.url.startswith(f"{auth}?redirect=")
        browser.sign_in(ALICE.email)
        browser.until_at(f"{whoami}?x=1")
        browser.until_reads(f"HTTP_X_AUTH_EMAIL={ALICE.email}")
        assert "dv_" not in browser.text(), "a session reached the application"
        browser.open(wiki)
        browser.until_reads("A sample application")
        browser.open(f"{auth}auth/logout")
        browser.click("main form button")
        browser.until_reads("You are signed out")
        browser.open(whoami)
        browser.press("google")
        browser.until(lambda: browser.url.startswith(descope), "Descope's page")
        browser.click(f"button[value={BOB.id}]")
        browser.until_at(whoami)
        browser.until_reads(f"HTTP_X_AUTH_EMAIL={BOB.email}")
        browser.open(descope)
        browser.until_reads(BOB.name)


@takes_long
async def test_the_verify_image_is_built_of_this_installations_files(world: World, tmp_path: Path) -> None:
    """The wheels come from where the tests have them; nothing is fetched while it is built."""

    async def fetch(_: str, folder: str, _say: Say) -> None:
        await asyncio.to_thread(wheels, Path(folder) / "wheels")

    base = base_image(world.engine)
    docker = await find_docker({**world.environment, "DOCKER_BUILDKIT": "0"})
    sources = VerifySources(*image_sources(), fetch)
    said: list[str] = []
    image = await provide_verify_image(docker, sources, {"VERIFY_BASE_IMAGE": base}, tmp_path, said.append)
    assert image.startswith("specter-demo/verify:")
    assert await docker.run("run", "--rm", "--entrypoint", "/opt/verify/bin/specter-verify", image, "--help")
    assert await provide_verify_image(docker, sources, {"VERIFY_BASE_IMAGE": base}, tmp_path, said.append) == image
    assert said == ["fetching what the verify service needs ...", "building the verify service's image ..."]


@takes_long
async def test_a_demo_that_was_killed_is_cleared_away_and_one_that_runs_is_not(
    demo: subprocess.Popen[str], world: World
) -> None:
    """By what each start does first."""
    await asyncio.to_thread(ready, demo)
    docker = await find_docker(world.environment)
    running = mine(world.engine)
    assert running
    await remove_abandoned_projects(docker)
    assert mine(world.engine) == running
    demo.kill()
    demo.wait()
    await remove_abandoned_projects(docker)
    assert mine(world.engine) == []
    world.foreign.reload()
    assert world.foreign.status == "running"


def test_an_image_that_cannot_be_had_is_one_sentence(world: World, tmp_path: Path) -> None:
    with started(world, tmp_path, WHOAMI_IMAGE="127.0.0.1:1/nobody/has:1") as done:
        out, err = done.communicate(timeout=_SECONDS)
    assert (done.returncode, out.splitlines()[-1:]) == (2, ["# pulling 127.0.0.1:1/nobody/has:1 ..."])
    assert err.startswith(
        "specter-tui: the image 127.0.0.1:1/nobody/has:1 is not on this engine and cannot be pulled ("
    )
    assert err.endswith("connect to the Internet, or name an image that is there: WHOAMI_IMAGE=IMAGE\n")
    assert err.count("\n") == 1
    assert mine(world.engine) == []


@takes_long
def test_a_stack_that_is_there_goes_on(world: World, tmp_path: Path) -> None:
    """Its Traefik reads the labels of the demo's containers: what both define under one name, it would drop."""
    with running_stack(world.engine, tmp_path / "stack") as stack, started(world, tmp_path) as demo:
        config = ready(demo)
        stack.wait_for_router(f"demo-{config.parent.name[-4:]}-wiki@docker")
        parts = stack.api("/api/rawdata")
        its_own = {"dashboard@docker", "whoami@docker"}
        assert {parts["routers"][name]["status"] for name in its_own} == {"enabled"}
        assert parts["middlewares"]["descope-verify@docker"]["status"] == "enabled"
        assert not its_own & {route["id"] for route in told(config, "status")["routes"]}
        demo.terminate()
        assert demo.wait(_SECONDS) == 0
        running = map(json.loads, stack.compose("ps", "--format", "json").splitlines())
        assert {one["Service"] for one in running} == {"traefik", "socket-proxy", "whoami"}
