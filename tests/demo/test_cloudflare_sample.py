"""The demo's zone shows every state that there is."""

from __future__ import annotations

from specter_tui.core.dns.model import DnsFlag, DnsState
from specter_tui.core.dns.states import DnsIndex
from specter_tui.demo.cloudflare.sample import ADDRESS, sample_cloudflare
from tests.cloudflare import source

DOMAIN = "specter.localhost"
HOSTS = ("auth", "wiki", "grafana", "git", "photos", "blog", "old", "traefik")


async def test_every_state_and_flag_is_there() -> None:
    async with sample_cloudflare(DOMAIN) as sample:
        one = source(sample.emulator, token=sample.read_token)
        read = await one.read()
        await one.close()
    index = DnsIndex(read, (ADDRESS,))
    verdicts = [index.of(f"{name}.{DOMAIN}") for name in HOSTS] + [index.of("db.legacy.localhost")]
    assert {one.state for one in verdicts} == set(DnsState)
    assert {flag for one in verdicts for flag in one.flags} == set(DnsFlag)
