"""The sample applications of a home server, one of every state that the dashboard tells apart: names, labels, conduct.

Both demos are made from this: as processes of the local engine, and as services of Compose.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

DOMAIN: Final = "specter.localhost"  # browsers resolve *.localhost to loopback by themselves (RFC 6761)
NETWORK: Final = "traefik-proxy"
VERIFY: Final = "descope-verify@docker"
VERIFY_SERVICE: Final = "descope-auth"  # the container, as in a real stack
VERIFY_PORT: Final = 3000
AUTH_HOST: Final = f"auth.{DOMAIN}"
_SIGN_IN: Final = f"Host(`{AUTH_HOST}`) && !PathPrefix(`/verify`) && !Path(`/healthz`) && !Path(`/readyz`)"
OPENED: Final = ("wiki", "grafana", "git", "photos", "blog", "traefik")  # hosts worth a look in a browser

Labels = Mapping[str, str]


class Conduct(StrEnum):
    """What a sample container does; also the first word on the command line of its program."""

    SERVE = "serve"  # a page
    VERIFY = "verify"  # the verify service; with --docker, the one of the stack
    ECHO = "echo"  # gives back what it gets, over TCP
    WORK = "work"  # writes a log and listens nowhere
    CRASH = "crash"  # ends soon after its start


@dataclass(frozen=True, slots=True)
class App:
    """One sample application: `copies` containers, of which the last `sick` fail their health check."""

    name: str
    conduct: Conduct = Conduct.SERVE
    port: int = 0
    labels: Labels = field(default_factory=dict)
    copies: int = 1
    sick: int = 0

    @property
    def is_checked(self) -> bool:
        """Whether it has a health check."""
        return self.conduct in {Conduct.SERVE, Conduct.VERIFY}


def router(name: str, *middlewares: str, rule: str = "") -> dict[str, str]:
    """The labels of an HTTP router on websecure; the rule is the host of its name unless another is given."""
    base = f"traefik.http.routers.{name}"
    labels = {f"{base}.rule": rule or f"Host(`{name}.{DOMAIN}`)", f"{base}.entrypoints": "websecure"}
    return labels | ({f"{base}.middlewares": ",".join(middlewares)} if middlewares else {})


def traefik_labels(verify_url: str) -> dict[str, str]:
    """The labels of Traefik's own container: the middleware that protects stands there, as in the real stack."""
    middleware = "traefik.http.middlewares.descope-verify.forwardauth"
    return {
        "traefik.enable": "true",
        f"{middleware}.address": verify_url,
        f"{middleware}.trustForwardHeader": "false",
        f"{middleware}.authResponseHeaders": "X-Auth-User,X-Auth-Email,Cookie",
        **router("dashboard", VERIFY, rule=f"Host(`traefik.{DOMAIN}`)"),
        "traefik.http.routers.dashboard.service": "api@internal",
    }


def sample_apps(password: str, *, regexp: bool) -> tuple[App, ...]:
    """All of them; `password` opens the blog, which has basic authentication.

    `regexp`: with a router whose hosts a regular expression tells, as Traefik 3 writes it; 2.11 takes another syntax.
    """
    return (
        App(VERIFY_SERVICE, Conduct.VERIFY, VERIFY_PORT, _served(router("auth", rule=_SIGN_IN))),
        App("wiki", port=3000, labels=_served(router("wiki", VERIFY), _legacy() if regexp else {})),
        App("grafana", port=3000, labels=_served(router("grafana"), _asked_by_traefik("grafana"))),
        App("git", port=3000, labels=_served(router("git", VERIFY), _way_past("git", "/explore"))),
        App("photos", port=2283, labels=_served(router("photos", VERIFY)), copies=3, sick=1),
        App("paperless", port=8000, labels=_served(router("paperless", VERIFY)), sick=1),
        App("blog", port=8080, labels=_served(router("blog", "family"), _basic_auth("family", password))),
        App("old", port=8080, labels=_served(router("old", "retired-auth@file"))),
        App("postgres", Conduct.ECHO, 5432, _served(_database())),
        App("worker", Conduct.WORK),
        App("importer", Conduct.CRASH),
    )


def _served(*labels: Labels) -> dict[str, str]:
    return {"traefik.enable": "true"} | {key: value for one in labels for key, value in one.items()}


def _way_past(name: str, path: str) -> dict[str, str]:
    """A second router of the host that forgot the middleware."""
    return router(f"{name}-public", rule=f"Host(`{name}.{DOMAIN}`) && PathPrefix(`{path}`)")


def _asked_by_traefik(name: str) -> dict[str, str]:
    """A health check of Traefik's own, beside that of the container."""
    base = f"traefik.http.services.{name}.loadbalancer.healthcheck"
    return {f"{base}.path": "/", f"{base}.interval": "10s"}


def _legacy() -> dict[str, str]:
    """A router whose hosts only a regular expression knows."""
    return router("legacy", VERIFY, rule=r"HostRegexp(`^[a-z]+\.legacy\.localhost$`)")


def _basic_auth(name: str, password: str) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()  # noqa: S324  a format of htpasswd
    return {f"traefik.http.middlewares.{name}.basicauth.users": f"{name}:{{SHA}}{digest}"}


def _database() -> dict[str, str]:
    base = "traefik.tcp.routers.postgres"
    return {
        f"{base}.rule": "HostSNI(`*`)",
        f"{base}.entrypoints": "database",
        "traefik.tcp.services.postgres.loadbalancer.server.port": "5432",
    }
