"""The settings, as plain data with their defaults: one class a table of config.toml.

`config.py` fills them from file, environment and flags; nothing here reads anything. Intervals are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from specter_tui.core.secrets import Secret


@dataclass(frozen=True, slots=True)
class RefreshSettings:
    """How often each source is read; a failing one backs off to 60 seconds."""

    traefik: float = 2.0
    docker: float = 10.0
    acme: float = 60.0
    cloudflare: float = 300.0
    probe: float = 60.0


@dataclass(frozen=True, slots=True)
class TraefikSettings:
    """Where Traefik's API and files are."""

    api_url: str = "http://127.0.0.1:8080"
    username: str = ""
    password_file: str = ""
    ca_file: str = ""
    dynamic_dir: str = "/opt/traefik/dynamic"
    acme_files: tuple[str, ...] = ("/opt/traefik/acme/acme.json",)
    log_file: str = ""
    certificates_duration: int = 0  # hours; 0: from the support dump, else 2160


@dataclass(frozen=True, slots=True)
class DockerSettings:
    """Which engine, and the network that Traefik shares with the services."""

    host: str = ""
    network: str = "traefik-proxy"


@dataclass(frozen=True, slots=True)
class CloudflareSettings:
    """Where Cloudflare's API is and what it may be used for."""

    token_file: str = ""
    write_token_file: str = ""
    zones: tuple[str, ...] = ()
    base_url: str = ""
    expected_ips: tuple[str, ...] = ()
    token: Secret = field(default_factory=lambda: Secret(""))  # of the environment; for reading only


@dataclass(frozen=True, slots=True)
class ProtectionSettings:
    """What makes a forwardAuth ours, and where it sends anonymous visitors."""

    verify_url: str = "http://descope-auth:3000/verify"
    middleware: str = "descope-verify@docker"
    auth_host: str = ""


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    """Where anonymous requests are sent."""

    enabled: bool = True
    edge: bool = False  # whether proxied hosts are asked for their certificate at their public address too
    edge_address: str = ""
    addresses: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # entry point -> host:port


@dataclass(frozen=True, slots=True)
class ComposeSettings:
    """Where the stack's compose files are."""

    dir: str = "/opt/specter"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set for one context."""

    read_only: bool = False
    locked: bool = False
    refresh: RefreshSettings = RefreshSettings()
    traefik: TraefikSettings = TraefikSettings()
    docker: DockerSettings = DockerSettings()
    cloudflare: CloudflareSettings = CloudflareSettings()
    protection: ProtectionSettings = ProtectionSettings()
    probe: ProbeSettings = ProbeSettings()
    compose: ComposeSettings = ComposeSettings()
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # command id -> key
