"""What the stand-ins answer: a Traefik of any size as its API shows it, and an engine's listing of containers.

Routes are made by number: nine of ten have one host, every third of these a path as well, the others two hosts; all but
every tenth are guarded by forwardAuth within a chain; a redirect and an ACME router match every host.
"""

from __future__ import annotations

from typing import Any, Final

from tests.sources.traefik_answers import STATIC, VERSION, support_dump

DOMAIN: Final = "example.org"
ENTRY_POINTS: Final = [
    {"name": "web", "address": ":80", "http": {"redirections": {"entryPoint": {"to": "websecure", "scheme": "https"}}}},
    {"name": "websecure", "address": ":443", "http": {"tls": {"certResolver": "le"}}, "forwardedHeaders": {}},
]
ENGINE: Final = {"ApiVersion": "1.47", "Version": "27.4.1", "MinAPIVersion": "1.24"}
_ENABLED: Final = {"status": "enabled"}
_NETWORK: Final = "traefik-proxy"
DUMP: Final = support_dump(STATIC)
__all__ = ["DOMAIN", "DUMP", "ENGINE", "ENTRY_POINTS", "VERSION", "containers", "raw_data"]


def raw_data(routes: int, turn: int = 0) -> dict[str, Any]:
    """`/api/rawdata` with so many routers; each turn one of them, another each time, has another rule."""
    routers = {f"app{number:04}@docker": _router(number) for number in range(routes)}
    if turn:
        changed = turn % routes
        routers[f"app{changed:04}@docker"]["rule"] = f"Host(`app{changed:04}.{DOMAIN}`) && PathPrefix(`/turn{turn}`)"
    routers["web-to-websecure@internal"] = {
        **_ENABLED,
        "entryPoints": ["web"],
        "middlewares": ["redirect-web-to-websecure@internal"],
        "service": "noop@internal",
        "rule": "HostRegexp(`^.+$`)",
        "priority": 9223372036854775806,
        "using": ["web"],
    }
    routers["acme-http@internal"] = {
        **_ENABLED,
        "entryPoints": ["websecure"],
        "service": "acme-http@internal",
        "rule": "PathPrefix(`/.well-known/acme-challenge/`)",
        "priority": 9223372036854775807,
        "using": ["websecure"],
    }
    return {"routers": routers, "middlewares": _middlewares(), "services": _services(routes)}


def _router(number: int) -> dict[str, Any]:
    return {
        **_ENABLED,
        "entryPoints": ["websecure"],
        "middlewares": ["secure-headers@file"] if number % 10 == 0 else ["guarded@file"],
        "service": f"app{number:04}",
        "rule": _rule(number),
        "priority": 23 + number % 7,
        "tls": {"certResolver": "le", "domains": [{"main": DOMAIN, "sans": [f"*.{DOMAIN}"]}]},
        "using": ["websecure"],
    }


def _rule(number: int) -> str:
    host = f"Host(`app{number:04}.{DOMAIN}`)"
    if number % 10 == 3:
        return f"{host} || Host(`www.app{number:04}.{DOMAIN}`)"
    if number % 10 == 7:
        return f"{host} && PathPrefix(`/api`) && !PathPrefix(`/api/internal`)"
    return f"{host} && PathPrefix(`/v{number % 5}`)" if number % 5 == 1 else host


def _middlewares() -> dict[str, Any]:
    verify = {"address": "http://descope-auth:3000/verify", "authResponseHeaders": ["X-Auth-User", "Cookie"]}
    return {
        "descope-verify@docker": {**_ENABLED, "forwardAuth": verify},
        "secure-headers@file": {**_ENABLED, "headers": {"stsSeconds": 31536000, "frameDeny": True}},
        "guarded@file": {**_ENABLED, "chain": {"middlewares": ["secure-headers@file", "descope-verify@docker"]}},
        "redirect-web-to-websecure@internal": {**_ENABLED, "redirectScheme": {"scheme": "https", "permanent": True}},
    }


def _services(routes: int) -> dict[str, Any]:
    made: dict[str, Any] = {"noop@internal": dict(_ENABLED), "acme-http@internal": dict(_ENABLED)}
    for number in range(routes):
        url = f"http://{_address(number)}:8000"
        made[f"app{number:04}@docker"] = {
            **_ENABLED,
            "loadBalancer": {"servers": [{"url": url}], "passHostHeader": True, "strategy": "wrr"},
            "usedBy": [f"app{number:04}@docker"],
            "serverStatus": {url: "UP"},
        }
    return made


def _address(number: int) -> str:
    return f"172.18.{number // 250}.{number % 250 + 2}"


def containers(count: int, turn: int = 0) -> list[dict[str, Any]]:
    """`/containers/json` with so many containers, which serve the first routes; each turn one has restarted."""
    return [_container(number, restarted=bool(turn) and number == turn % count) for number in range(count)]


def _container(number: int, *, restarted: bool) -> dict[str, Any]:
    name = f"app{number:04}"
    labels = {
        "traefik.enable": "true",
        f"traefik.http.routers.{name}.rule": _rule(number),
        f"traefik.http.routers.{name}.entrypoints": "websecure",
        f"traefik.http.routers.{name}.tls.certresolver": "le",
        f"traefik.http.services.{name}.loadbalancer.server.port": "8000",
        "com.docker.compose.project": name,
        "com.docker.compose.service": name,
        "com.docker.compose.project.working_dir": f"/srv/{name}",
        "org.opencontainers.image.source": f"https://git.example.org/apps/{name}",
    }
    network = {"IPAddress": _address(number), "GlobalIPv6Address": "", "NetworkID": f"{number:064x}"}
    return {
        "Id": f"{number + 1:064x}",
        "Names": [f"/{name}"],
        "Image": f"registry.example.org/apps/{name}:1.{number}",
        "ImageID": f"sha256:{number:064x}",
        "Command": "/app serve",
        "Created": 1_790_000_000 + number,
        "Ports": [{"PrivatePort": 8000, "Type": "tcp"}],
        "Labels": labels,
        "State": "running",
        "Status": "Up 3 seconds (healthy)" if restarted else "Up 3 days (healthy)",
        "HostConfig": {"NetworkMode": _NETWORK},
        "NetworkSettings": {"Networks": {_NETWORK: network}},
        "Mounts": [],
    }
