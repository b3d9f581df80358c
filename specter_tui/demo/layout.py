"""What the demo consists of, decided before anything is started: ports in, the texts of all files out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

DOMAIN: Final = "specter.localhost"  # browsers resolve *.localhost to loopback by themselves (RFC 6761)


@dataclass(frozen=True, slots=True)
class Ports:
    """Loopback ports: Traefik's three entry points, the TCP one, and the sample applications by name."""

    web: int
    websecure: int
    api: int
    database: int
    apps: tuple[tuple[str, int], ...]

    def app(self, name: str) -> str:
        """The URL of a sample application."""
        return f"http://127.0.0.1:{dict(self.apps)[name]}"


APPS: Final = ("verify", "auth", "wiki", "grafana", "api", "shop", "blog", "gone")  # nothing listens on the last one


def static_config(folder: Path, ports: Ports) -> str:
    """Traefik's static configuration, as JSON, which is YAML."""
    return _yaml(
        {
            "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
            "log": {"level": "INFO", "filePath": str(folder / "traefik.log")},
            "api": {"dashboard": True},
            "ping": {},
            "entryPoints": {
                "web": {
                    "address": f"127.0.0.1:{ports.web}",
                    "http": {"redirections": {"entryPoint": {"to": f":{ports.websecure}", "scheme": "https"}}},
                },
                "websecure": {"address": f"127.0.0.1:{ports.websecure}", "http": {"tls": {}}},
                "database": {"address": f"127.0.0.1:{ports.database}"},
                "traefik": {"address": f"127.0.0.1:{ports.api}"},
            },
            "providers": {"file": {"directory": str(folder / "dynamic"), "watch": True}},
        }
    )


def addresses(ports: Ports) -> tuple[str, ...]:
    """What a person can open: the sample hosts and Traefik's API."""
    names = ("wiki", "grafana", "api", "shop", "blog", "traefik")
    hosts = (f"https://{name}.{DOMAIN}:{ports.websecure}/" for name in names)
    return (*hosts, f"http://127.0.0.1:{ports.api}/dashboard/")


def _route(host: str, service: str, *middlewares: str, rule: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {
        "rule": rule or f"Host(`{host}.{DOMAIN}`)",
        "entryPoints": ["websecure"],
        "service": service,
    }
    return found | ({"middlewares": list(middlewares)} if middlewares else {})


def dynamic_config(folder: Path, ports: Ports) -> str:
    """The routes: one of every state that the dashboard tells apart."""
    routers = {
        "auth": _route("auth", "auth"),
        "traefik": _route("traefik", "api@internal", "secure-headers", "verify"),
        "wiki": _route("wiki", "wiki", "secure"),
        "grafana": _route("grafana", "grafana"),
        "api": _route("api", "api", "verify"),
        "api-public": _route("api", "api", rule=f"Host(`api.{DOMAIN}`) && PathPrefix(`/public`)"),
        "shop": _route("shop", "shop", "verify"),
        "blog": _route("blog", "blog", "family"),
        "old": _route("old", "wiki", "retired-auth"),
        "legacy": _route("", "wiki", "verify", rule=r"HostRegexp(`^[a-z]+\.legacy\.localhost$`)"),
    }
    local = {
        "entryPoints": ["traefik"],
        "service": "api@internal",
        "rule": "PathPrefix(`/api`) || PathPrefix(`/dashboard`)",
    }
    middlewares = {
        "verify": {
            "forwardAuth": {
                "address": f"{ports.app('verify')}/verify",
                "trustForwardHeader": False,
                "authResponseHeaders": ["X-Auth-User", "X-Auth-Email"],
            }
        },
        "secure-headers": {"headers": {"frameDeny": True, "contentTypeNosniff": True}},
        "secure": {"chain": {"middlewares": ["secure-headers", "verify"]}},
        # the password is "demo"; it guards nothing but this demo
        "family": {"basicAuth": {"users": ["family:$apr1$specter0$9CgIQsE1Nc9XJGOPkXFvI."]}},
    }
    services = {name: _service(ports.app(name)) for name in ("auth", "wiki", "grafana", "blog")}
    services["api"] = _service(ports.app("api"), ports.app("gone"), checked=True)
    services["shop"] = _service(ports.app("gone"), checked=True)
    return _yaml(
        {
            "http": {"routers": routers | {"local-api": local}, "middlewares": middlewares, "services": services},
            "tcp": {
                "routers": {"database": {"rule": "HostSNI(`*`)", "entryPoints": ["database"], "service": "database"}},
                "services": {
                    "database": {"loadBalancer": {"servers": [{"address": f"127.0.0.1:{ports.database + 1}"}]}}
                },
            },
            "tls": {
                "stores": {
                    "default": {
                        "defaultCertificate": {
                            "certFile": str(folder / "tls" / "demo.crt"),
                            "keyFile": str(folder / "tls" / "demo.key"),
                        }
                    }
                }
            },
        }
    )


def _service(*urls: str, checked: bool = False) -> dict[str, Any]:
    balancer: dict[str, Any] = {"servers": [{"url": url} for url in urls]}
    if checked:
        balancer["healthCheck"] = {"path": "/health", "interval": "2s", "timeout": "1s"}
    return {"loadBalancer": balancer}


def specter_config(folder: Path, ports: Ports) -> str:
    """The dashboard's config.toml for the demo; Docker is off, so that the machine's own containers stay out of it."""
    acme, dynamic = (json.dumps(str(folder / name)) for name in ("acme.json", "dynamic"))
    return f"""# written by `specter-tui demo`; it goes when the demo ends
[traefik]
api_url = "http://127.0.0.1:{ports.api}"
acme_files = [{acme}]
dynamic_dir = {dynamic}
log_file = {json.dumps(str(folder / "traefik.log"))}

[docker]
host = "off"

[protection]
verify_url = "{ports.app("verify")}/verify"
middleware = "verify@file"
auth_host = "auth.{DOMAIN}:{ports.websecure}"
"""


def _yaml(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"
