"""What the demo's files say, decided before anything is started: ports and addresses in, texts out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from specter_tui.demo.certificates import AGED_RESOLVER, RESOLVER
from specter_tui.demo.sample import DOMAIN, NETWORK, OPENED

NOWHERE: Final = "https://127.0.0.1:1/directory"  # no authority: nothing is ordered from anybody


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: its folder with `config.toml` in it, and what can be opened, one line each.

    `note` says where its certificates come from.
    """

    folder: Path
    addresses: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ports:
    """Loopback ports of Traefik's entry points."""

    web: int
    websecure: int
    api: int
    database: int


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the dashboard has to be told about a demo; `probe` are addresses by entry point."""

    api_url: str
    acme_file: str
    dynamic_dir: str
    docker_host: str
    network: str
    verify_url: str
    middleware: str
    auth_host: str
    compose_dir: str = ""
    probe: Mapping[str, str] = field(default_factory=dict)
    cloudflare: Mapping[str, str | list[str]] = field(default_factory=dict)


def static_config(folder: Path, ports: Ports, docker_host: str, order: Mapping[str, Any] | None = None) -> str:
    """Traefik's static configuration for the local engine, as JSON, which is YAML.

    `order` is what makes a resolver order certificates; without it none is ordered from anybody.
    """
    nowhere = {"caServer": NOWHERE, "tlsChallenge": {}}
    acme = {"email": f"ops@{DOMAIN}", "storage": str(folder / "acme.json")}
    return _dump(
        {
            "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
            "log": {"level": "INFO", "noColor": True},
            "api": {"dashboard": True, "insecure": True},  # on the entry point "traefik" alone
            "ping": {},
            "entryPoints": {
                "web": {
                    **_entry_point(ports.web),
                    "http": {"redirections": {"entryPoint": {"to": f":{ports.websecure}", "scheme": "https"}}},
                },
                "websecure": {
                    **_entry_point(ports.websecure),
                    "http": {
                        "middlewares": ["security-headers@file"],
                        "tls": {"certResolver": RESOLVER, "domains": [{"main": DOMAIN, "sans": [f"*.{DOMAIN}"]}]},
                    },
                },
                "database": _entry_point(ports.database),
                "traefik": _entry_point(ports.api),
            },
            "providers": {
                "providersThrottleDuration": "200ms",
                "docker": {"endpoint": docker_host, "exposedByDefault": False, "network": NETWORK},
                "file": {"directory": str(folder / "dynamic"), "watch": True},
            },
            "certificatesResolvers": {
                RESOLVER: {"acme": acme | dict(order or nowhere)},
                AGED_RESOLVER: {"acme": acme | nowhere},
            },
        }
    )


def _entry_point(port: int) -> dict[str, Any]:
    """On loopback, and not waiting for visitors when Traefik ends: its own default is 10 seconds."""
    return {"address": f"127.0.0.1:{port}", "transport": {"lifeCycle": {"graceTimeOut": "500ms"}}}


def dynamic_config() -> str:
    """What the file provider adds to the containers' labels."""
    headers = {"frameDeny": True, "contentTypeNosniff": True, "referrerPolicy": "same-origin"}
    return _dump({"http": {"middlewares": {"security-headers": {"headers": headers}}}})


def addresses(websecure: int, api: int, ca_file: Path) -> tuple[str, ...]:
    """What a person can open: the sample hosts, Traefik's own dashboard, and a request for the command line."""
    hosts = (f"https://{name}.{DOMAIN}:{websecure}/" for name in OPENED)
    host = f"grafana.{DOMAIN}:{websecure}"
    curl = f"curl --cacert {ca_file} --resolve {host}:127.0.0.1 https://{host}/"
    return (*hosts, f"http://127.0.0.1:{api}/dashboard/", curl)


def config_toml(one: Configuration) -> str:
    """The dashboard's configuration."""
    tables: dict[str, dict[str, Any]] = {
        "traefik": {"api_url": one.api_url, "acme_files": [one.acme_file], "dynamic_dir": one.dynamic_dir},
        "docker": {"host": one.docker_host, "network": one.network},
        "protection": {"verify_url": one.verify_url, "middleware": one.middleware, "auth_host": one.auth_host},
        "cloudflare": dict(one.cloudflare),
        "probe.addresses": dict(one.probe),
        "compose": {"dir": one.compose_dir} if one.compose_dir else {},
    }
    lines = ["# written by `specter-tui demo`; it goes when the demo ends"]
    for name, values in tables.items():
        if values:
            lines += ["", f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    return "\n".join(lines) + "\n"


def _dump(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"
