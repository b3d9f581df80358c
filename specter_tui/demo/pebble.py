"""Pebble, Let's Encrypt's ACME server for tests, as one more container: where it is installed, Traefik orders from it.

The order is a real one: Traefik's own Cloudflare provider writes the challenge's record into the emulated account, and
Pebble asks the demo's name server for it.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp

from specter_tui.demo.certificates import CA_FILE, LIFETIME, Authority
from specter_tui.demo.engine.container import Container
from specter_tui.demo.folder import write_files

PEBBLE: Final = "pebble"
PORT: Final = 14000
_MANAGEMENT_PORT: Final = 15000
_CONFIG: Final = "pebble.json"
_CERTIFICATE: Final = "pebble.pem"
_KEY: Final = "pebble.key"
_TOKEN: Final = "traefik-cloudflare-token"  # noqa: S105  a file's name
_OLDEST: Final = (3, 4)  # lego reads CLOUDFLARE_BASE_URL since 4.23: an older Traefik would ask the real Cloudflare
_VERSION: Final = re.compile(r"^Version:\s+v?(\d+)\.(\d+)", re.MULTILINE)
_SECONDS: Final = 10.0
_PAUSE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Pebble:
    """The program, the address of loopback that it gets, and the demo's name server and Cloudflare."""

    program: str
    address: str
    names: str  # host:port
    cloudflare: str  # base URL
    token: str  # of Traefik, for that

    @property
    def directory(self) -> str:
        """What is `caServer` to Traefik."""
        return f"https://{self.address}:{PORT}/dir"

    @property
    def environment(self) -> dict[str, str]:
        """What Pebble's process gets: no waiting and no refused nonces, with which it tests its clients' patience."""
        return {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}

    def command(self, folder: Path) -> tuple[str, ...]:
        """How it is started."""
        return (self.program, "-config", str(folder / _CONFIG), "-dnsserver", self.names)

    def of_traefik(self, folder: Path) -> dict[str, str]:
        """What Traefik's process gets for its Cloudflare provider."""
        return {
            "CF_DNS_API_TOKEN_FILE": str(folder / _TOKEN),
            "CLOUDFLARE_BASE_URL": self.cloudflare,
            "CLOUDFLARE_POLLING_INTERVAL": "1",
            "LEGO_DISABLE_CNAME_SUPPORT": "true",
        }

    def resolver(self, folder: Path) -> dict[str, Any]:
        """What makes a certificate resolver of Traefik order here."""
        challenge = {"provider": "cloudflare", "resolvers": [self.names], "propagation": {"disableChecks": True}}
        return {
            "caServer": self.directory,
            "caCertificates": [str(folder / CA_FILE)],
            "keyType": "EC256",
            "dnsChallenge": challenge,
        }

    def files(self, folder: Path, authority: Authority, now: datetime) -> Mapping[str, str]:
        """Its configuration and the certificate of its own address."""
        pair = authority.issue((self.address,), now + timedelta(days=60))
        settings = {
            "listenAddress": f"{self.address}:{PORT}",
            "managementListenAddress": f"{self.address}:{_MANAGEMENT_PORT}",
            "certificate": str(folder / _CERTIFICATE),
            "privateKey": str(folder / _KEY),
            "certificateValidityPeriod": int(LIFETIME.total_seconds()),
        }
        return {
            _CONFIG: json.dumps({"pebble": settings}, indent=2) + "\n",
            _CERTIFICATE: pair.chain.decode(),
            _KEY: pair.key.decode(),
            _TOKEN: self.token,
        }


def find_pebble() -> str:
    """The program, or nothing."""
    return shutil.which(PEBBLE) or ""


async def why_not_ordered(pebble: Pebble, container: Container, traefik: str, folder: Path) -> str:
    """Waits until Pebble can be ordered from and adds its root to the demo's authorities; else says why it can't."""
    if not await takes_our_cloudflare(traefik):
        return "this Traefik is too old to be led to the demo's own Cloudflare"
    try:
        async with asyncio.timeout(_SECONDS):
            root = await _root(pebble, container, folder)
    except TimeoutError:
        return "pebble does not answer"
    if not root:
        return "pebble does not run"
    write_files(folder, {CA_FILE: root}, add=True)
    return ""


async def takes_our_cloudflare(traefik: str) -> bool:
    """Whether this program can be led to the demo's own Cloudflare."""
    try:
        process = await asyncio.create_subprocess_exec(
            traefik, "version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError:
        return False  # why it cannot be started is told when it is to run
    output, _ = await process.communicate()
    found = _VERSION.search(output.decode(errors="replace"))
    return found is not None and (int(found[1]), int(found[2])) >= _OLDEST


async def _root(pebble: Pebble, container: Container, folder: Path) -> str:
    """Pebble's root, which is another one at each start; empty once its container has ended."""
    trusted = ssl.create_default_context(cafile=str(folder / CA_FILE))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusted)) as session:
        while container.running:
            try:
                async with session.get(pebble.directory) as listed:
                    await listed.read()
                async with session.get(f"https://{pebble.address}:{_MANAGEMENT_PORT}/roots/0") as answer:
                    return await answer.text()
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(_PAUSE)
    return ""
