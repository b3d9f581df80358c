"""The emulated Cloudflare and the real source over it."""

from __future__ import annotations

from specter_tui.core.secrets import Secret
from specter_tui.demo.cloudflare import CloudflareEmulator
from specter_tui.demo.cloudflare.account import TOKEN, StoredRecord, StoredZone
from specter_tui.sources.cloudflare import CloudflareClient, CloudflareDns

ZONE = "example.org"
OURS = "203.0.113.10"


def put(
    emulator: CloudflareEmulator, zone: StoredZone, name: str, content: str = OURS, **fields: object
) -> StoredRecord:
    """A record in the emulator, of type A unless `type` says otherwise."""
    return emulator.account.write(zone, {"type": "A", "name": name, "content": content, "ttl": 1} | fields)


def source(
    emulator: CloudflareEmulator, *, token: str = TOKEN, zones: tuple[str, ...] = (), deadline: float = 10.0
) -> CloudflareDns:
    """The real source, with the real SDK, on the emulator."""
    client = CloudflareClient(emulator.base_url, lambda: Secret(token))
    return CloudflareDns(client, zones, deadline)
