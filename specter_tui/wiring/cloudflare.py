"""The composition root's part for Cloudflare: which token reads, and whose addresses are ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from specter_tui.collect.collector import CLOUDFLARE_DEADLINE
from specter_tui.core.ports import CloudflareSource
from specter_tui.core.secrets import Secret
from specter_tui.core.settings import CloudflareSettings

if TYPE_CHECKING:
    from specter_tui.actions.dns_sync import DnsSync

_MARGIN = 0.5  # seconds: the adapter's own limit comes first, since its message knows more than the collector's


def cloudflare_source(settings: CloudflareSettings, is_remote: Callable[[], bool]) -> CloudflareSource | None:
    """The reader of Cloudflare; None without a token. `is_remote`: whether Traefik runs on another machine."""
    if not settings.token and not settings.token_file:
        return None
    from specter_tui.sources.cloudflare import CloudflareClient, CloudflareDns, read_token
    from specter_tui.sources.cloudflare.interfaces import public_addresses

    def token() -> Secret:
        """The environment's, which stands over the file as for every setting."""
        return settings.token or read_token(settings.token_file)

    def addresses() -> tuple[str, ...]:
        return () if is_remote() else public_addresses()

    client = CloudflareClient(settings.base_url, token)
    return CloudflareDns(client, settings.zones, CLOUDFLARE_DEADLINE - _MARGIN, addresses)


def dns_sync(settings: CloudflareSettings) -> DnsSync:
    """What writes records, with the token of `write_token_file` and no other."""
    from specter_tui.actions.dns_sync import DnsSync

    if not settings.write_token_file:
        return DnsSync(None, settings)
    from specter_tui.effects.dns_records import DnsRecords
    from specter_tui.sources.cloudflare import CloudflareClient, read_token
    from specter_tui.sources.cloudflare.decode import decode_record

    client = CloudflareClient(settings.base_url, lambda: read_token(settings.write_token_file))
    return DnsSync(DnsRecords(client, decode_record), settings)
