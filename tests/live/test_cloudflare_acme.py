"""A certificate ordered for real: Traefik's Cloudflare provider and Pebble, over the emulator and its name server."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from specter_tui.demo.certificates import Authority
from specter_tui.demo.cloudflare import Account, CloudflareEmulator, NameServer
from specter_tui.demo.cloudflare.account import TOKEN
from specter_tui.demo.ports import free_ports

pytestmark = pytest.mark.live
ZONE = "starfleet.test"
_BESIDE = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
PEBBLE = shutil.which("pebble")
TRAEFIK = os.environ.get("SPECTER_TEST_TRAEFIK") or shutil.which("traefik", path=_BESIDE)


@asynccontextmanager
async def process(*command: str, environment: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    one = await asyncio.create_subprocess_exec(
        *command,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")} | environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield one
    finally:
        if one.returncode is None:
            one.kill()
        await one.wait()


def write(folder: Path, acme: int, web: int, dns: int) -> None:
    authority = Authority(datetime.now(UTC))  # noqa: TID251  the authority's certificate is for now
    leaf = authority.issue(("localhost",), datetime.now(UTC) + timedelta(days=60))  # noqa: TID251  as above
    (folder / "ca.pem").write_text(authority.pem)
    (folder / "leaf.pem").write_bytes(leaf.chain)
    (folder / "leaf.key").write_bytes(leaf.key)
    listen = {"listenAddress": f"127.0.0.1:{acme}", "managementListenAddress": f"127.0.0.1:{free_ports(0)[0]}"}
    files = {"certificate": str(folder / "leaf.pem"), "privateKey": str(folder / "leaf.key")}
    (folder / "pebble.json").write_text(json.dumps({"pebble": {**listen, **files, "httpPort": 80, "tlsPort": 443}}))
    (folder / "dynamic.yml").write_text(
        json.dumps(
            {
                "http": {
                    "routers": {"app": {"rule": f"Host(`app.{ZONE}`)", "service": "noop@internal"}},
                }
            }
        )
    )
    domains = [{"main": ZONE, "sans": [f"*.{ZONE}"]}]
    resolver = {
        "email": f"ops@{ZONE}",
        "caServer": f"https://localhost:{acme}/dir",
        "storage": str(folder / "acme.json"),
        "keyType": "EC256",
        "caCertificates": [str(folder / "ca.pem")],
        "dnsChallenge": {
            "provider": "cloudflare",
            "resolvers": [f"127.0.0.1:{dns}"],
            "propagation": {"disableChecks": True},
        },
    }
    static = {
        "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
        "entryPoints": {
            "websecure": {
                "address": f"127.0.0.1:{web}",
                "http": {"tls": {"certResolver": "le", "domains": domains}},
            }
        },
        "providers": {"file": {"filename": str(folder / "dynamic.yml")}},
        "certificatesResolvers": {"le": {"acme": resolver}},
    }
    (folder / "traefik.yml").write_text(json.dumps(static))


@pytest.mark.skipif(PEBBLE is None, reason="needs pebble")
@pytest.mark.skipif(TRAEFIK is None, reason="needs the traefik program")
async def test_traefik_orders_a_wildcard_over_the_emulator(tmp_path: Path) -> None:
    account = Account()
    zone = account.add_zone(ZONE)
    acme, web = free_ports(0, 0)
    async with CloudflareEmulator(account=account) as cloudflare, NameServer(account) as names:
        write(tmp_path, acme, web, names.port)
        pebble = (str(PEBBLE), "-config", str(tmp_path / "pebble.json"), "-dnsserver", f"127.0.0.1:{names.port}")
        traefik = (str(TRAEFIK), f"--configFile={tmp_path / 'traefik.yml'}")
        token = {
            "CF_DNS_API_TOKEN": TOKEN,
            "CLOUDFLARE_BASE_URL": cloudflare.base_url,
            "CLOUDFLARE_POLLING_INTERVAL": "1",
            "LEGO_DISABLE_CNAME_SUPPORT": "true",
        }
        quick = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
        async with process(*pebble, environment=quick), process(*traefik, environment=token), asyncio.timeout(30):
            while not _ordered(tmp_path / "acme.json"):  # noqa: ASYNC110  Traefik tells nobody
                await asyncio.sleep(0.2)
            while zone.records:  # noqa: ASYNC110  cleaned up after the order, which tells nobody either
                await asyncio.sleep(0.2)
    asked = [method for method, path in cloudflare.faults.asked if "dns_records" in path]
    assert asked.count("POST") == asked.count("DELETE") == 2


def _ordered(path: Path) -> bool:
    try:
        found = json.loads(path.read_text())["le"]["Certificates"] or []
    except (OSError, ValueError, KeyError):
        return False
    return any(one["domain"]["main"] == ZONE for one in found)
