"""A stand-in for Cloudflare's API on loopback, and a name server over its records.

Its SDK, and the DNS-01 provider in Traefik, work against it; contract tests hold it to that.
"""

from specter_tui.demo.cloudflare.account import Account, StoredRecord, StoredZone
from specter_tui.demo.cloudflare.names import NameServer
from specter_tui.demo.cloudflare.server import CloudflareEmulator

__all__ = ["Account", "CloudflareEmulator", "NameServer", "StoredRecord", "StoredZone"]
