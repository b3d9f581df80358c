"""The demo with the real Traefik: every state it promises is there and true, and nothing is left behind."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import ANY

import pytest
from cryptography import x509

from specter_tui.core.findings.model import Severity
from specter_tui.core.snapshot import CertificateState, Health, ProtectionState, Snapshot, SourceName, SourceStatus
from specter_tui.demo.certificates import CA_FILE
from specter_tui.demo.folder import DemoError, remove_abandoned
from specter_tui.demo.ports import free_ports
from specter_tui.demo.sample import DOMAIN
from specter_tui.demo.system import running
from tests.demo.processes import family_of, survivors_of
from tests.real import require

PROGRAM = (sys.executable, "-m", "specter_tui")
ROOT = Path(__file__).parents[2]
_SECONDS = 30.0

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("traefik")]


@pytest.fixture
def traefik() -> None:
    beside = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    require("traefik", found=shutil.which("traefik", path=beside) is not None)


async def _snapshot(folder: Path, *, until: Callable[[Snapshot], bool]) -> Snapshot:
    """A read with proofs, taken again until it is as wanted or the patience ends."""
    from specter_tui.config import Options, load
    from specter_tui.wiring.collector import build

    collector = build(load(Options(str(folder / "config.toml"), "", read_only=False), {}), probe=True)
    try:
        deadline = time.monotonic() + _SECONDS
        while True:
            snapshot = await collector.collect_once(probe=True)
            if until(snapshot) or time.monotonic() > deadline:
                return snapshot
            await asyncio.sleep(0.2)
    finally:
        await collector.close()


def _codes(snapshot: Snapshot) -> set[tuple[Severity, str, str]]:
    return {(one.severity, one.code, one.subject.id) for one in snapshot.findings}


FINDINGS = {
    (Severity.ERROR, "acme-order-failed", f"old.{DOMAIN}"),
    (Severity.ERROR, "certificate-expired", f"old.{DOMAIN}"),
    (Severity.ERROR, "container-restarting", "importer"),
    (Severity.ERROR, "container-unhealthy", "paperless"),
    (Severity.ERROR, "container-unhealthy", "photos-3"),
    (Severity.ERROR, "host-bypassed", f"git.{DOMAIN}"),
    (Severity.ERROR, "middleware-missing", "old@docker"),
    (Severity.WARNING, "acme-order-failed", f"blog.{DOMAIN}"),
    (Severity.WARNING, "acme-order-failed", f"git.{DOMAIN}"),
    (Severity.WARNING, "certificate-overdue", f"blog.{DOMAIN}"),
    (Severity.WARNING, "dns-dangling-cname", f"old.{DOMAIN}"),
    (Severity.WARNING, "dns-grey-cloud", f"grafana.{DOMAIN}"),
    (Severity.WARNING, "dns-missing", f"git.{DOMAIN}"),
    (Severity.WARNING, "dns-wrong-aaaa", f"wiki.{DOMAIN}"),
    (Severity.WARNING, "dns-wrong-target", f"blog.{DOMAIN}"),
    (Severity.INFO, "certificate-due", f"git.{DOMAIN}"),
    (Severity.INFO, "host-unprotected", f"grafana.{DOMAIN}"),
    (Severity.INFO, "host-unprotected", "tcp:postgres@docker"),
}


async def test_the_demo_shows_one_of_every_state(tmp_path: Path) -> None:
    async with running(tmp_path) as demo:
        # Between two crashes the importer runs for a moment, and the wildcard is due until Traefik has renewed it.
        snapshot = await _snapshot(demo.folder, until=lambda one: _codes(one) == FINDINGS)
    assert _codes(snapshot) == FINDINGS
    assert all(snapshot.source(name).status is SourceStatus.FRESH for name in SourceName)
    hosts = {host.name.removesuffix(f".{DOMAIN}"): host.protection for host in snapshot.hosts}
    assert {name: protection.state for name, protection in hosts.items()} == {
        "auth": ProtectionState.NOT_APPLICABLE,
        "blog": ProtectionState.OTHER_AUTH,
        "git": ProtectionState.BYPASSED,
        "grafana": ProtectionState.UNPROTECTED,
        "old": ProtectionState.NOT_APPLICABLE,
        "photos": ProtectionState.PROTECTED,
        "traefik": ProtectionState.PROTECTED,
        "wiki": ProtectionState.PROTECTED,
    }
    for name in ("photos", "traefik", "wiki"):
        proof = hosts[name].proof
        assert proof is not None
        assert (name, proof.verdict, proof.status) == (name, "turned_away", 307)
    assert {route.health for route in snapshot.routes} == {Health.HEALTHY, Health.DEGRADED, Health.DOWN}
    assert {one.state for one in snapshot.certificates} == set(CertificateState) - {CertificateState.NOT_YET_VALID}
    assert all(one.ip == "127.0.0.1" for container in snapshot.containers for one in container.published)


def _served(ca_file: Path, port: int, host: str) -> x509.Certificate:
    """The leaf that Traefik shows for a name; it has to be the demo authority's, whatever its age."""
    authority = x509.load_pem_x509_certificate(ca_file.read_bytes())
    deadline = time.monotonic() + _SECONDS
    leaf = _shown(port, host)
    while leaf.issuer != authority.subject and time.monotonic() < deadline:  # 3.0.4 has routers before certificates
        time.sleep(0.05)
        leaf = _shown(port, host)
    leaf.verify_directly_issued_by(authority)
    return leaf


def _shown(port: int, host: str) -> x509.Certificate:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    raw = socket.create_connection(("127.0.0.1", port))
    with context.wrap_socket(raw, server_hostname=host) as wrapped:
        return x509.load_der_x509_certificate(wrapped.getpeercert(binary_form=True) or b"")


async def test_traefik_serves_the_certificates_that_the_dashboard_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("specter_tui.demo.system.find_pebble", str)  # none, or the wildcard changes meanwhile
    async with running(tmp_path) as demo:
        snapshot = await _snapshot(demo.folder, until=lambda one: bool(one.certificates))
        port = next(one.port for one in snapshot.entry_points if one.name == "websecure")
        served = {
            host.name: await asyncio.to_thread(_served, demo.folder / CA_FILE, port, host.name)
            for host in snapshot.hosts
        }
    for host in snapshot.hosts:
        assert host.certificate is not None
        assert served[host.name].not_valid_after_utc == host.certificate.certificate.not_after, host.name


async def test_files_are_the_owners_alone_and_go_with_the_demo(tmp_path: Path) -> None:
    async with running(tmp_path) as demo:
        modes = {name: mode for name, mode in await asyncio.to_thread(_modes, demo.folder) if mode & 0o077}
        socket_mode = (demo.folder / "docker.sock").stat().st_mode
    assert modes == {}
    assert (stat.S_ISSOCK(socket_mode), stat.S_IMODE(socket_mode)) == (True, 0o600)
    assert await asyncio.to_thread(_modes, tmp_path) == [(tmp_path.name, ANY)]


def _modes(folder: Path) -> list[tuple[str, int]]:
    return [(path.name, path.lstat().st_mode) for path in (folder, *folder.rglob("*"))]


async def test_a_long_path_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    parent = tmp_path / ("d" * 120)
    await asyncio.to_thread(parent.mkdir)
    async with running(parent) as demo:
        snapshot = await _snapshot(demo.folder, until=lambda one: bool(one.containers))
        (elsewhere,) = [line for line in _config(demo.folder) if line.startswith("host = ")]
        folder = Path(json.loads(elsewhere.partition("=")[2]).removeprefix("unix://")).parent
        assert (folder != demo.folder, folder.stat().st_mode & 0o777) == (True, 0o700)
    assert snapshot.containers
    assert not await asyncio.to_thread(folder.exists)


def _config(folder: Path) -> list[str]:
    return (folder / "config.toml").read_text(encoding="utf-8").splitlines()


def _start(*arguments: str, stdin: int | None = None) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*PROGRAM, "demo", *arguments], stdin=stdin, stdout=pipe, stderr=pipe, text=True, env=environment
    )


@pytest.fixture
def headless(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with _start("--headless", "--dir", str(tmp_path)) as process:
        yield process
        if process.poll() is None:
            process.kill()


def _ready(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("export SPECTER_CONFIG="), process.stderr and process.stderr.read()
    return line.strip().partition("=")[2]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_no_process_and_no_file(
    headless: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    _ready(headless)
    family = family_of(headless.pid)
    assert len(family) > 10
    headless.send_signal(number)
    headless.send_signal(number)  # impatience changes nothing
    assert headless.wait(_SECONDS) == 0
    assert survivors_of(family) == set()
    assert list(tmp_path.iterdir()) == []


def test_a_signal_before_it_is_ready_leaves_nothing_either(headless: subprocess.Popen[str], tmp_path: Path) -> None:
    deadline = time.monotonic() + _SECONDS
    while not list(tmp_path.glob("*/docker.sock")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    family = family_of(headless.pid)
    headless.terminate()
    assert headless.wait(_SECONDS) == 0
    assert survivors_of(family) == set()
    assert list(tmp_path.iterdir()) == []


def test_after_sigkill_no_process_survives_and_the_next_start_removes_the_folder(
    headless: subprocess.Popen[str], tmp_path: Path
) -> None:
    folder = Path(_ready(headless)).parent
    family = family_of(headless.pid)
    headless.kill()
    headless.wait(_SECONDS)
    assert survivors_of(family) == set()
    assert folder.exists()
    remove_abandoned(tmp_path)
    assert not folder.exists()


def test_what_the_dashboard_started_ends_with_its_pipe(tmp_path: Path) -> None:
    with _start("--headless", "--leashed", "--dir", str(tmp_path), stdin=subprocess.PIPE) as process:
        _ready(process)
        family = family_of(process.pid)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(_SECONDS) == 0
        assert survivors_of(family) == set()
    assert list(tmp_path.iterdir()) == []


def test_the_printed_configuration_and_request_work(headless: subprocess.Popen[str]) -> None:
    config = _ready(headless)
    assert headless.stdout is not None
    addresses = [headless.stdout.readline().strip() for _ in range(10)]
    done = subprocess.run(
        [*PROGRAM, "status", "--json"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "SPECTER_CONFIG": config},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    routes = {route["id"]: route for route in json.loads(done.stdout)["routes"]}
    assert [one["url"].rpartition(":")[2] for one in routes["photos@docker"]["service"]["servers"]] == ["2283"] * 2
    assert len(routes["photos@docker"]["containers"]) == 3
    assert addresses[0].startswith("# ")
    assert addresses[2].startswith(f"https://wiki.{DOMAIN}:")
    request = addresses[-1].split()
    require("curl", found=shutil.which(request[0]) is not None)
    page = subprocess.run(
        [*request, "--silent", "--show-error"], capture_output=True, text=True, timeout=30, check=True
    )
    assert "<h1>grafana</h1>" in page.stdout


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("#!/bin/sh\necho first; echo wrong option; exit 1\n", "traefik does not run; its log ends: wrong option"),
        ("#!/bin/sh\nexit 3\n", "traefik does not run; its log is empty"),
        ("#!/nowhere\n", "traefik"),
    ],
)
async def test_a_traefik_that_does_not_run_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, sentence: str
) -> None:
    program = tmp_path / "traefik"
    program.write_text(script)
    program.chmod(0o755)
    monkeypatch.setenv("SPECTER_TEST_TRAEFIK", str(program))
    demos = tmp_path / "demos"
    demos.mkdir()
    with pytest.raises(DemoError) as caught:
        async with running(demos):
            pass
    assert caught.value.sentence().startswith(sentence)
    assert list(demos.iterdir()) == []


async def test_a_port_that_somebody_took_meanwhile_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Traefik finds the port of its API taken when it starts."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        late = itertools.chain([(*free_ports(0, 0), taken.getsockname()[1], *free_ports(0))], itertools.repeat(None))
        monkeypatch.setattr("specter_tui.demo.ports.free_ports", lambda *wanted: next(late) or free_ports(*wanted))
        async with running(tmp_path) as demo:
            assert (await _snapshot(demo.folder, until=lambda one: bool(one.routes))).routes
        assert next(late) is None
