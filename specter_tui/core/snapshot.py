"""The Snapshot: everything known at one moment, joined, frozen. Both faces render it and nothing else.

Compared by identity (`eq=False`): each collection is a new object with its own time, and views diff by id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

import msgspec

from specter_tui.core.dns.addresses import OwnAddresses
from specter_tui.core.dns.model import CloudflareRead, HostDns
from specter_tui.core.findings.model import Finding
from specter_tui.core.model import (
    AcmeFile,
    Certificate,
    ConfigStatus,
    Container,
    EntryPoint,
    Middleware,
    Protocol,
    Router,
    Server,
    Service,
)
from specter_tui.core.proof import Proof
from specter_tui.core.traefik_log import LogRead


class SourceName(StrEnum):
    """The sources, in the order in which they are shown."""

    TRAEFIK = "traefik"
    DOCKER = "docker"
    ACME = "acme"
    CLOUDFLARE = "cloudflare"
    PROBE = "probe"


class SourceStatus(StrEnum):
    """`STALE`: an older good read is shown; `FAILED`: there never was one; `OFF`: not configured and not found."""

    FRESH = "fresh"
    STALE = "stale"
    FAILED = "failed"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class SourceState:
    """How fresh what a source told is; `error` is one sentence with its remedy, empty when the last read was good."""

    status: SourceStatus
    fetched_at: datetime | None = None  # the last good read
    error: str = ""
    version: str = ""
    next_try: datetime | None = None
    reason: str = ""  # why it is off

    @property
    def awaited(self) -> bool:
        """Whether its first answer is still under way: it has neither been read nor failed."""
        return self.status is SourceStatus.FAILED and self.fetched_at is None and self.next_try is None


class ProtectionState(StrEnum):
    """How a route or host is guarded; the order of weakness is `core.protection`'s."""

    PROTECTED = "protected"
    OTHER_AUTH = "other_auth"
    UNPROTECTED = "unprotected"
    BYPASSED = "bypassed"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Protection(msgspec.Struct, frozen=True, gc=False):
    """A protection state with its reasons."""

    state: ProtectionState
    by: tuple[str, ...] = ()  # the middlewares that guard, with provider
    reasons: tuple[str, ...] = ()  # evidence, one sentence each: the bypassing router, the published port
    proof: Proof | None = None  # the weakest one of the route's entry points


class Health(StrEnum):
    """Whether a route can answer; `UNKNOWN` when nothing checks its servers."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


class CertificateState(StrEnum):
    """A certificate against Traefik's own renewal window."""

    VALID = "valid"
    DUE = "due"  # inside the window: Traefik renews at its next check
    OVERDUE = "overdue"  # the window is open for longer than a check interval and an hour
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"


@dataclass(frozen=True, slots=True)
class CertificateStatus:
    """A certificate with what the clock and Traefik's renewal window say of it."""

    certificate: Certificate
    state: CertificateState
    days_left: int  # whole days, rounded down; negative once expired
    renews_at: datetime | None  # None: not of acme.json, so Traefik does not renew it
    used_by: tuple[str, ...] = ()  # route ids

    @property
    def key(self) -> str:
        """Unique in a snapshot: the same leaf may stand in two files or resolvers."""
        one = self.certificate
        return f"{one.fingerprint}@{one.resolver}@{one.source}"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was shown for one host at one place; without a fingerprint nothing was, and `error` says why."""

    checked_at: datetime
    address: str
    fingerprint: str = ""
    certificate: Certificate | None = None  # None: only the fingerprint is known
    error: str = ""
    refused: bool = False  # the other side ended the handshake
    probed: bool = False  # seen beside an anonymous request


@dataclass(frozen=True, slots=True)
class Served:
    """What is served for one host: by Traefik, reached from this machine, and by the edge in front of it."""

    local: Seen | None = None
    edge: Seen | None = None


class ChainLink(msgspec.Struct, frozen=True, gc=False):
    """One middleware of an unfolded chain, in the order in which requests pass it."""

    name: str  # with provider
    type: str  # Traefik's word; empty when the middleware does not exist
    provider: str
    status: ConfigStatus | None  # None: it does not exist
    via: tuple[str, ...] = ()  # the chains it was unfolded from, outermost first


class RouteService(msgspec.Struct, frozen=True, gc=False):
    """A route's service with all servers it ends at, weighted and mirrored children included."""

    name: str  # with provider
    type: str  # empty when it does not exist
    servers: tuple[Server, ...] = ()
    status: ConfigStatus | None = None  # None: it does not exist


class Route(msgspec.Struct, frozen=True, gc=False):
    """One router with everything joined to it."""

    router: Router
    hosts: tuple[str, ...]  # literal hosts the rule routes, lower case, in the rule's order
    host_patterns: tuple[str, ...]  # regular expressions and wildcards, as written
    paths: tuple[str, ...]  # literal paths and prefixes, as written
    priority: int  # the effective one
    rule_error: str  # why our grammar refuses the rule, empty when it does not
    chain: tuple[ChainLink, ...]
    service: RouteService
    containers: tuple[str, ...]  # container ids
    certificate: CertificateStatus | None
    protection: Protection
    health: Health
    health_reason: str  # one sentence, empty when healthy
    dns: tuple[HostDns, ...] = ()  # one for each of `hosts`; empty when Cloudflare was never read

    @property
    def id(self) -> str:
        """`app1@docker`, `tcp:db@docker`."""
        return self.router.id

    @property
    def protocol(self) -> Protocol:
        """The router's protocol."""
        return self.router.protocol


class Host(msgspec.Struct, frozen=True, gc=False):
    """One host name with all routes that can answer for it, the strongest priority first."""

    name: str
    routes: tuple[str, ...]  # route ids
    protection: Protection
    weakest: str  # the id of the route that decides the protection
    certificate: CertificateStatus | None
    health: Health
    dns: HostDns | None = None  # None: Cloudflare was never read


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Everything known at `taken_at`, with the findings derived from it."""

    taken_at: datetime
    context: str
    sources: Mapping[SourceName, SourceState]
    entry_points: tuple[EntryPoint, ...] = ()
    routes: tuple[Route, ...] = ()
    hosts: tuple[Host, ...] = ()
    middlewares: tuple[Middleware, ...] = ()
    services: tuple[Service, ...] = ()
    containers: tuple[Container, ...] = ()
    certificates: tuple[CertificateStatus, ...] = ()
    findings: tuple[Finding, ...] = ()
    traefik_version: str = ""
    providers: tuple[str, ...] = ()  # those of Traefik's that are switched on: "Docker", "File"
    default_rule_syntax: str = ""
    acme_files: tuple[AcmeFile, ...] = ()
    served: Mapping[str, Served] = field(default_factory=lambda: MappingProxyType({}))  # by host
    held: frozenset[str] | None = None  # fingerprints that Traefik's API lists; None: not known, as before 3.7
    traefik_log: LogRead | None = None  # None: not looked at (yet)
    cloudflare: CloudflareRead | None = None  # None: never read
    own_addresses: Mapping[str, OwnAddresses] = field(default_factory=lambda: MappingProxyType({}))  # by zone id
    problems: Mapping[SourceName, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def source(self, name: SourceName) -> SourceState:
        """The state of one source; a source nobody asked is off."""
        return self.sources.get(name, _OFF)


_OFF = SourceState(SourceStatus.OFF)
