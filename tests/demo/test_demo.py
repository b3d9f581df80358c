"""The demo with the real Traefik: every state it promises is there, and nothing is left behind, however it ends."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import ANY

import pytest

from specter_tui.core.snapshot import CertificateState, Health, ProtectionState, Snapshot, SourceName, SourceStatus
from specter_tui.demo.layout import APPS, DOMAIN, Ports, dynamic_config, specter_config, static_config
from specter_tui.demo.system import free_ports, remove_abandoned, running
from tests.real import require

PROGRAM = (sys.executable, "-m", "specter_tui")
ROOT = Path(__file__).parents[2]
_SECONDS = 30.0


@pytest.fixture
def traefik() -> None:
    beside = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    require("traefik", found=shutil.which("traefik", path=beside) is not None)


async def _snapshot(folder: Path) -> Snapshot:
    from specter_tui.config import Options, load
    from specter_tui.wiring import build

    collector = build(load(Options(str(folder / "config.toml"), "", read_only=False), {}), probe=True)
    try:
        return await collector.collect_once(probe=True)
    finally:
        await collector.close()


@pytest.mark.live
@pytest.mark.usefixtures("traefik")
async def test_the_demo_shows_one_of_every_state(tmp_path: Path) -> None:
    async with running(tmp_path) as demo:
        snapshot = await _snapshot(demo.folder)
        for _ in range(20):  # until Traefik's health checks of the demo have run, 2 s apart
            if any(route.health is Health.DEGRADED for route in snapshot.routes):
                break
            await asyncio.sleep(0.5)
            snapshot = await _snapshot(demo.folder)
    assert snapshot.source(SourceName.DOCKER).status is SourceStatus.OFF
    hosts = {host.name.removesuffix(f".{DOMAIN}"): host.protection for host in snapshot.hosts}
    assert {name: protection.state for name, protection in hosts.items()} == {
        "api": ProtectionState.BYPASSED,
        "auth": ProtectionState.NOT_APPLICABLE,
        "blog": ProtectionState.OTHER_AUTH,
        "grafana": ProtectionState.UNPROTECTED,
        "old": ProtectionState.NOT_APPLICABLE,
        "shop": ProtectionState.PROTECTED,
        "traefik": ProtectionState.PROTECTED,
        "wiki": ProtectionState.PROTECTED,
    }
    wiki = hosts["wiki"].proof
    assert wiki is not None
    assert (wiki.verdict, wiki.status) == ("turned_away", 307)
    assert {route.health for route in snapshot.routes} == set(Health)
    assert {one.state for one in snapshot.certificates} == set(CertificateState) - {CertificateState.NOT_YET_VALID}
    assert "middleware-missing" in {finding.code for finding in snapshot.findings}


@pytest.mark.live
@pytest.mark.usefixtures("traefik")
async def test_files_are_the_owners_alone_and_go_with_the_demo(tmp_path: Path) -> None:
    async with running(tmp_path) as demo:
        modes = {name: mode for name, mode in await asyncio.to_thread(_modes, demo.folder) if mode & 0o077}
    assert modes == {}
    assert await asyncio.to_thread(_modes, tmp_path) == [(tmp_path.name, ANY)]


def _modes(folder: Path) -> list[tuple[str, int]]:
    return [(path.name, path.stat().st_mode) for path in (folder, *folder.rglob("*"))]


@pytest.fixture
def headless(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [*PROGRAM, "demo", "--headless", "--dir", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield process
        if process.poll() is None:
            process.kill()


def _ready(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("export SPECTER_CONFIG="), process.stderr and process.stderr.read()
    return line.strip().partition("=")[2]


def _children(folder: Path) -> list[int]:
    """The pids of all processes that name the demo's folder on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if f"--configFile={folder}" in words:
                found.append(int(entry.name))
    return found


def _gone(folder: Path) -> bool:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        if not _children(folder):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.live
@pytest.mark.usefixtures("traefik")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_no_process_and_no_file(
    headless: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    folder = Path(_ready(headless)).parent
    assert _children(folder)
    headless.send_signal(number)
    assert headless.wait(_SECONDS) == 0
    assert _children(folder) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.live
@pytest.mark.usefixtures("traefik")
def test_after_sigkill_no_process_survives_and_the_next_start_removes_the_folder(
    headless: subprocess.Popen[str], tmp_path: Path
) -> None:
    folder = Path(_ready(headless)).parent
    headless.kill()
    headless.wait(_SECONDS)
    assert _gone(folder)
    assert folder.exists()
    remove_abandoned(tmp_path)
    assert not folder.exists()


@pytest.mark.live
@pytest.mark.usefixtures("traefik")
def test_the_printed_configuration_works_for_the_command_line(headless: subprocess.Popen[str]) -> None:
    config = _ready(headless)
    done = subprocess.run(
        [*PROGRAM, "status", "--json"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "SPECTER_CONFIG": config},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert len(json.loads(done.stdout)["routes"]) >= 12


def test_a_running_demo_is_not_abandoned(tmp_path: Path) -> None:
    import fcntl

    folder = tmp_path / "specter-demo-x"
    folder.mkdir()
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        remove_abandoned(tmp_path)
        assert folder.exists()
    remove_abandoned(tmp_path)
    assert not folder.exists()


def test_a_link_or_a_folder_without_lock_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.mkdir()
    (tmp_path / "specter-demo-link").symlink_to(target)
    (tmp_path / "specter-demo-own").mkdir()
    remove_abandoned(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"precious", "specter-demo-link", "specter-demo-own"}


def test_a_taken_port_is_replaced() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = free_ports()
    numbers = [ports.web, ports.websecure, ports.api, ports.database, *(port for _, port in ports.apps)]
    assert len(set(numbers)) == len(numbers)
    assert [name for name, _ in ports.apps] == list(APPS)


def test_everything_listens_on_loopback_only(tmp_path: Path) -> None:
    ports = Ports(1, 2, 3, 4, tuple((name, 10 + index) for index, name in enumerate(APPS)))
    texts = static_config(tmp_path, ports) + dynamic_config(tmp_path, ports) + specter_config(tmp_path, ports)
    addresses = re.findall(r'"address": "([^"]*)"', static_config(tmp_path, ports))
    assert addresses
    assert all(address.startswith("127.0.0.1:") for address in addresses)
    assert "0.0.0.0" not in texts  # noqa: S104  looked for, not bound
