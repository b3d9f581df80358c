"""The reader against the acme.json that a real Traefik wrote, with certificates of a real ACME server."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from specter_tui.core.model import AcmeRead
from specter_tui.sources.acme_file import AcmeFiles
from tests.certs import make_certificate
from tests.real import require
from tests.traefik_process import traefik

pytestmark = pytest.mark.live
NAMES = ("app.example.test", "www.example.test")


@pytest.fixture
def pebble(tmp_path: Path) -> Iterator[str]:
    """Pebble, which believes every challenge; the address of its directory."""
    found = shutil.which("pebble")
    require("Pebble", found=found is not None)
    own = make_certificate("localhost", "127.0.0.1", not_before=datetime.now(UTC), days=2)  # noqa: TID251  a real handshake
    (tmp_path / "pebble.pem").write_text(own.chain)
    (tmp_path / "pebble.key").write_text(own.key)
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        port, management = one.getsockname()[1], other.getsockname()[1]
    settings = {
        "listenAddress": f"127.0.0.1:{port}",
        "managementListenAddress": f"127.0.0.1:{management}",
        "certificate": "pebble.pem",
        "privateKey": "pebble.key",
        "httpPort": 5002,
        "tlsPort": 5001,
    }
    (tmp_path / "pebble.json").write_text(json.dumps({"pebble": settings}))
    environment = {
        "PATH": os.defpath,
        "PEBBLE_VA_ALWAYS_VALID": "1",
        "PEBBLE_VA_NOSLEEP": "1",
        "PEBBLE_WFE_NONCEREJECT": "0",
    }
    with (tmp_path / "pebble.log").open("wb") as log:
        process = subprocess.Popen(
            [found or "", "-config", "pebble.json"], cwd=tmp_path, stdout=log, stderr=log, env=environment
        )
        try:
            yield f"https://127.0.0.1:{port}/dir"
        finally:
            process.terminate()
            process.wait(20)


async def _written(acme: AcmeFiles) -> AcmeRead:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        read = await acme.read()
        assert read.problems == ()
        if read.certificates:
            return read
        await asyncio.sleep(0.2)
    raise TimeoutError


async def test_certificates_that_traefik_ordered(tmp_path: Path, pebble: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resolver: dict[str, Any] = {
        "email": "ops@example.test",
        "storage": "acme.json",
        "caServer": pebble,
        "keyType": "EC384",
        "tlsChallenge": {},
    }
    router = {
        "rule": f"Host(`{NAMES[0]}`) || Host(`{NAMES[1]}`)",
        "entryPoints": ["websecure"],
        "service": "api@internal",
        "tls": {"certResolver": "le"},
    }
    environment = {"LEGO_CA_CERTIFICATES": str(tmp_path / "pebble.pem")}
    with traefik(
        tmp_path / "traefik",
        {"http": {"routers": {"app": router}}},
        {"certificatesResolvers": {"le": {"acme": resolver}}},
        environment=environment,
    ) as running:
        acme = AcmeFiles([str(running.storage)])
        read = await _written(acme)
    (found,) = read.certificates
    assert sorted(found.sans) == sorted(NAMES)
    assert (found.resolver, found.key_type, read.resolvers) == ("le", "EC P-384", ("le",))
    assert found.issuer.startswith("Pebble")
    assert not read.files[0].too_open
    text = running.storage.read_text()
    for secret in _keys(json.loads(text)):
        assert secret[:60] not in repr(read) + repr([vars(acme)])


def _keys(document: Any) -> Iterator[str]:
    for resolver in document.values():
        yield resolver["Account"]["PrivateKey"]
        for one in resolver["Certificates"]:
            yield one["key"]
