"""The demo's certificates: ordered from a real ACME server where one is installed, a private authority's elsewhere."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import ssl
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from specter_tui.core.findings.orders import standing_failures
from specter_tui.core.snapshot import CertificateState, CertificateStatus, Snapshot
from specter_tui.core.versions import at_least
from specter_tui.demo.certificates import AGED_RESOLVER, CA_FILE, RESOLVER
from specter_tui.demo.layout import Demo
from specter_tui.demo.sample import DOMAIN
from specter_tui.demo.system import running
from tests.real import require

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("traefik")]
WILDCARD = f"*.{DOMAIN}"
_SECONDS = 40.0


@pytest.fixture
def traefik() -> None:
    beside = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    require("traefik", found=shutil.which("traefik", path=beside) is not None)


async def _snapshot(demo: Demo, met: Callable[[Snapshot], bool]) -> Snapshot:
    from specter_tui.config import Options, load
    from specter_tui.wiring.collector import build

    collector = build(load(Options(str(demo.folder / "config.toml"), "", read_only=False), {}), probe=True)
    try:
        deadline = time.monotonic() + _SECONDS
        while True:
            snapshot = await collector.collect_once(probe=True)
            if met(snapshot) or time.monotonic() > deadline:
                return snapshot
            await asyncio.sleep(0.3)
    finally:
        await collector.close()


def _wildcard(snapshot: Snapshot) -> CertificateStatus:
    (found,) = [one for one in snapshot.certificates if WILDCARD in one.certificate.sans]
    return found


def _is_ordered(snapshot: Snapshot) -> bool:
    return _wildcard(snapshot).certificate.issuer.startswith("Pebble")


async def test_the_wildcard_is_ordered_from_pebble_and_served(tmp_path: Path) -> None:
    require("pebble", found=shutil.which("pebble") is not None)
    async with running(tmp_path) as demo:
        first = await _snapshot(demo, bool)
        if not at_least(first.traefik_version, "3.4"):
            assert "too old" in demo.note
            return
        assert demo.note.startswith("Traefik orders the wildcard certificate from Pebble")
        snapshot = await _snapshot(demo, _is_ordered)
        document = json.loads((demo.folder / "acme.json").read_text())
        port = next(one.port for one in snapshot.entry_points if one.name == "websecure")
        served = await asyncio.to_thread(_trusted, demo.folder / CA_FILE, port)
        listens = json.loads((demo.folder / "pebble.json").read_text())["pebble"]
    found = _wildcard(snapshot)
    assert _is_ordered(snapshot)
    assert found.state is CertificateState.VALID
    assert found.certificate.fingerprint == served
    # Written by Traefik itself: only an authority that answers registers an account.
    assert document[RESOLVER]["Account"]["Registration"]["uri"]
    assert not document[AGED_RESOLVER]["Account"]["Registration"]
    assert {one.state for one in snapshot.certificates} == set(CertificateState) - {CertificateState.NOT_YET_VALID}
    assert all(listens[name].startswith("127.") for name in ("listenAddress", "managementListenAddress"))
    assert {one.resolver for one in standing_failures(snapshot)} == {AGED_RESOLVER}


def _trusted(ca_file: Path, port: int) -> str:
    """The fingerprint of what is served to one who trusts the demo's authorities: the handshake is verified."""
    host = f"wiki.{DOMAIN}"
    context = ssl.create_default_context(cafile=str(ca_file))
    with socket.create_connection(("127.0.0.1", port)) as raw, context.wrap_socket(raw, server_hostname=host) as one:
        leaf = x509.load_der_x509_certificate(one.getpeercert(binary_form=True) or b"")
    return leaf.fingerprint(hashes.SHA256()).hex()


async def _takes_it(_traefik: str) -> bool:
    return True


@pytest.mark.parametrize(
    ("program", "note"),
    [("", "pebble is not installed"), ("#!/bin/sh\nexit 1\n", "pebble does not run")],
    ids=["none", "broken"],
)
async def test_without_pebble_the_certificates_are_the_private_authoritys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, note: str
) -> None:
    script = tmp_path / "pebble"
    script.write_text(program)
    script.chmod(0o755)
    monkeypatch.setattr("specter_tui.demo.system.find_pebble", lambda: str(script) if program else "")
    monkeypatch.setattr("specter_tui.demo.pebble.takes_our_cloudflare", _takes_it)  # an older one would come first
    demos = tmp_path / "demos"
    await asyncio.to_thread(demos.mkdir)
    async with running(demos) as demo:
        assert demo.note == f"the certificates are a private authority's: {note}"
        snapshot = await _snapshot(demo, lambda one: bool(one.certificates))
    assert {one.certificate.issuer for one in snapshot.certificates} == {"specter demo authority"}
    assert _wildcard(snapshot).state is CertificateState.VALID
    assert ("pebble" in {one.name for one in snapshot.containers}) is bool(program)
