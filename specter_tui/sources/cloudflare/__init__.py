"""The Cloudflare source: zones, records and SSL modes by the official SDK.

| file | what it holds |
|---|---|
| client | the SDK's client without its traps, one call at a time, every failure as one sentence |
| decode | answers in, zones and records out |
| source | one read of everything |
| interfaces | this machine's own public addresses |
"""

from specter_tui.sources.cloudflare.client import CloudflareClient, read_token
from specter_tui.sources.cloudflare.source import CloudflareDns

__all__ = ["CloudflareClient", "CloudflareDns", "read_token"]
