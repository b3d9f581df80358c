"""The sample's zone: a record of every state that the dashboard tells apart."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator
from typing import Final

from specter_tui.demo.cloudflare.account import EVERYTHING, ORDER, READ, Account
from specter_tui.demo.cloudflare.names import NameServer
from specter_tui.demo.cloudflare.server import CloudflareEmulator

ADDRESS: Final = "203.0.113.10"  # of the documentation's networks (RFC 5737), as all of them
_OTHER: Final = "198.51.100.7"
_RECORDS: Final[tuple[tuple[str, str, str, bool], ...]] = (
    ("@", "A", ADDRESS, True),
    ("*", "A", ADDRESS, True),  # all that answers for `traefik`
    ("auth", "A", ADDRESS, True),
    ("wiki", "A", ADDRESS, True),
    ("wiki", "AAAA", "2001:db8::66", True),  # another machine's
    ("grafana", "A", ADDRESS, False),  # tells what the others hide
    ("_acme-challenge.git", "TXT", '"left behind"', False),  # so that `git` exists, and the wildcard does not answer
    ("photos", "CNAME", "{domain}", True),
    ("paperless", "A", ADDRESS, True),
    ("blog", "A", _OTHER, False),
    ("_dmarc.retired", "TXT", '"v=DMARC1"', False),
    ("old", "CNAME", "retired.{domain}", False),  # which has no address
    ("@", "MX", "mail.example.net", False),
    ("@", "TXT", '"v=spf1 -all"', False),
)


def sample_account(domain: str, read_token: str, write_token: str, acme_token: str) -> Account:
    """The zone of `domain`; one token may read, another one write, and the last one only what an ACME client needs."""
    account = Account()
    account.tokens = {read_token: READ, write_token: EVERYTHING, acme_token: ORDER}
    zone = account.add_zone(domain)
    for name, kind, content, proxied in _RECORDS:
        fields = {"type": kind, "name": name, "content": content.format(domain=domain), "proxied": proxied, "ttl": 1}
        account.write(zone, fields)
    return account


class SampleCloudflare:
    """The running sample: where it is, and its tokens."""

    def __init__(self, domain: str) -> None:
        self.read_token = secrets.token_urlsafe(30)
        self.write_token = secrets.token_urlsafe(30)
        self.acme_token = secrets.token_urlsafe(30)
        account = sample_account(domain, self.read_token, self.write_token, self.acme_token)
        self.emulator = CloudflareEmulator(account=account)
        self.names = NameServer(account)


@contextlib.asynccontextmanager
async def sample_cloudflare(domain: str) -> AsyncIterator[SampleCloudflare]:
    """The sample, started, on loopback ports of its own."""
    sample = SampleCloudflare(domain)
    async with sample.emulator, sample.names:
        yield sample
