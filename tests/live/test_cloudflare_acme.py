"""A certificate ordered for real: Traefik's Cloudflare provider and Pebble, over the emulator and its name server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.live.acme_site import PEBBLE, ZONE, acme_site, acme_traefiks, traefik_of

pytestmark = pytest.mark.live


@pytest.mark.skipif(PEBBLE is None, reason="needs pebble")
@pytest.mark.parametrize("version", acme_traefiks())
async def test_traefik_orders_a_wildcard_over_the_emulator(tmp_path: Path, version: str) -> None:
    async with acme_site(tmp_path, run_traefik=traefik_of(version)) as site, asyncio.timeout(30):
        while f'"main": "{ZONE}"' not in (site.storage.read_text() if site.storage.exists() else ""):  # noqa: ASYNC110  Traefik tells nobody
            await asyncio.sleep(0.2)
        (zone,) = site.account.zones.values()
        while zone.records:  # noqa: ASYNC110  cleaned up after the order, which tells nobody either
            await asyncio.sleep(0.2)
        asked = [method for method, path in site.cloudflare.faults.asked if "dns_records" in path]
    assert asked.count("POST") == asked.count("DELETE") == 2
