"""The parts that the sources hand to the core: frozen, without SDK objects and without secrets.

Words are Traefik's and Docker's own. All times are aware datetimes in UTC. Strings come from outside and
are hostile until shown through `core.text.visible`.

What there is one of for each router, here, in the snapshot and in its rules and findings, is a `msgspec.Struct`: it is
made in a tenth of the time of a frozen dataclass, and 5,000 routes are 50,000 of them. All else is a dataclass. Frozen
parts of frozen parts are in no cycle, so Python's cyclic collector, which stops every thread, need not look at them
(`gc=False`): after a join of 5,000 routes it stood still for 20 to 50 ms, and now for less than 3 (measured).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from specter_tui.core.secrets import Secret
from specter_tui.core.verify_policy import DefaultPolicy


class Protocol(StrEnum):
    """The three kinds of routing Traefik has."""

    HTTP = "http"
    TCP = "tcp"
    UDP = "udp"


_HTTP: Final = Protocol.HTTP  # asked for thousands of times a refresh, and Python looks long for an enum's member


class ConfigStatus(StrEnum):
    """Traefik's status of a configuration element: about its configuration, never about its health."""

    ENABLED = "enabled"
    WARNING = "warning"
    DISABLED = "disabled"  # a disabled router is not mounted


class ServerHealth(StrEnum):
    """A server's health; `UNCHECKED` where no active health check runs, since Traefik says UP for those too."""

    UP = "up"
    DOWN = "down"
    UNCHECKED = "unchecked"


class ContainerHealth(StrEnum):
    """Docker's health of a container; `NONE` when its image defines no check."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    STARTING = "starting"
    NONE = "none"


class TlsDomain(msgspec.Struct, frozen=True, gc=False):
    """One entry of `tls.domains`."""

    main: str
    sans: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """A port Traefik listens on, from its static configuration."""

    name: str
    address: str  # ":443", "127.0.0.1:8080", ":53/udp"
    middlewares: tuple[str, ...] = ()  # already prepended to the routers' lists in the API
    tls: bool = False  # routers without a tls section of their own get one
    cert_resolver: str = ""
    tls_domains: tuple[TlsDomain, ...] = ()
    redirect_to: str = ""  # entry point or ":443"
    redirect_scheme: str = ""
    trusted_ips: tuple[str, ...] = ()  # forwardedHeaders.trustedIPs
    insecure_forwarded: bool = False  # forwardedHeaders.insecure

    @property
    def host_address(self) -> str:
        """The listening host without port: empty for all interfaces."""
        return self.address.partition("/")[0].rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The listening port, 0 when the address does not say."""
        text = self.address.partition("/")[0].rpartition(":")[2]
        return int(text) if text.isascii() and text.isdigit() else 0


class RouterTls(msgspec.Struct, frozen=True, gc=False):
    """A router's tls section; `options` is qualified where the API qualifies it."""

    options: str = ""
    cert_resolver: str = ""
    domains: tuple[TlsDomain, ...] = ()
    passthrough: bool = False  # TCP only


class Router(msgspec.Struct, frozen=True, gc=False):
    """A router as the running Traefik has it."""

    name: str  # with provider: "app1@docker"
    protocol: Protocol
    provider: str
    rule: str  # empty for UDP; as it may be shown: secrets masked
    service: str  # with provider
    entry_points: tuple[str, ...] = ()  # the effective ones ("using" in the API)
    middlewares: tuple[str, ...] = ()  # with provider, in order, the entry point's first
    priority: int = 0  # 0: Traefik's default, the length of the rule
    rule_syntax: str = ""  # "v2", "v3", "default" or empty: the instance's own
    status: ConfigStatus = ConfigStatus.ENABLED
    errors: tuple[str, ...] = ()
    tls: RouterTls | None = None
    parents: tuple[str, ...] = ()  # with provider: routers that a request must pass first (parentRefs, 3.6 and later)
    secret_rule: Secret | None = None  # the rule that Traefik has, where `rule` has secrets masked

    @property
    def true_rule(self) -> str:
        """The rule that Traefik has, for matching alone: never to be shown."""
        return self.secret_rule.reveal() if self.secret_rule is not None else self.rule

    @property
    def id(self) -> str:
        """The name that commands take: the protocol is written only when it is not HTTP."""
        return self.name if self.protocol is _HTTP else f"{self.protocol}:{self.name}"


class Middleware(msgspec.Struct, frozen=True, gc=False):
    """A middleware; `type` is Traefik's own word in lower case (`forwardauth`, `chain`, `basicauth`, ...)."""

    name: str  # with provider
    protocol: Protocol
    provider: str
    type: str
    status: ConfigStatus = ConfigStatus.ENABLED
    errors: tuple[str, ...] = ()
    chain: tuple[str, ...] = ()  # members, with provider, when type is "chain"
    address: str = ""  # when type is "forwardauth"; user information masked
    scheme: str = ""  # when type is "redirectscheme"
    options: str = "{}"  # the whole definition as JSON text, secrets masked

    @property
    def id(self) -> str:
        """The name, with the protocol when it is not HTTP."""
        return self.name if self.protocol is _HTTP else f"{self.protocol}:{self.name}"


class Server(msgspec.Struct, frozen=True, gc=False):
    """One backend of a service: a URL for HTTP, host:port for TCP and UDP."""

    url: str
    health: ServerHealth = ServerHealth.UNCHECKED


class Service(msgspec.Struct, frozen=True, gc=False):
    """A service; `type` is Traefik's own word in lower case (`loadbalancer`, `weighted`, `mirroring`, `failover`)."""

    name: str  # with provider
    protocol: Protocol
    provider: str
    type: str
    servers: tuple[Server, ...] = ()
    children: tuple[str, ...] = ()  # with provider, for weighted, mirroring and failover
    status: ConfigStatus = ConfigStatus.ENABLED
    errors: tuple[str, ...] = ()
    options: str = "{}"
    middlewares: tuple[str, ...] = ()  # with provider, in order, passed after the router's (3.7 and later)

    @property
    def id(self) -> str:
        """The name, with the protocol when it is not HTTP."""
        return self.name if self.protocol is _HTTP else f"{self.protocol}:{self.name}"


@dataclass(frozen=True, slots=True)
class ContainerNetwork:
    """A container's place on one network; `ip` is empty while it is stopped or in host networking."""

    name: str
    ip: str = ""
    ipv6: str = ""


@dataclass(frozen=True, slots=True)
class PublishedPort:
    """A container port bound on the host; `ip` is the host address it is bound to."""

    ip: str
    port: int
    private_port: int
    proto: str


@dataclass(frozen=True, slots=True)
class Container:
    """A container as the one listing call of the Docker Engine gives it."""

    id: str
    name: str
    image: str
    state: str  # Docker's own: created, running, paused, restarting, removing, exited, dead
    status: str  # Docker's sentence: "Up 3 hours (healthy)"
    health: ContainerHealth
    created: datetime
    networks: tuple[ContainerNetwork, ...] = ()
    network_mode: str = ""
    published: tuple[PublishedPort, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()  # sorted, secrets masked
    restarts: int = 0  # by its restart policy; read only of one that runs since less than a minute
    default_policy: DefaultPolicy = DefaultPolicy.NONE  # of the verify service

    def label(self, name: str) -> str:
        """A label's value, empty when it is not set."""
        for key, value in self.labels:
            if key == name:
                return value
        return ""


@dataclass(frozen=True, slots=True)
class Mount:
    """A host folder or file, or a volume, seen inside a container."""

    source: str
    destination: str
    volume: str = ""  # the volume's name; empty for what is none
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class ContainerDetail:
    """What only an inspection tells of one container; environment values are masked."""

    id: str
    restart_count: int
    exit_code: int
    oom_killed: bool
    error: str
    started_at: datetime | None
    finished_at: datetime | None
    command: tuple[str, ...]  # entry point and arguments, URL credentials masked
    mounts: tuple[Mount, ...]
    environment: tuple[tuple[str, str], ...]
    health_log: tuple[str, ...]
    document: str  # the masked inspection as JSON text


@dataclass(frozen=True, slots=True)
class Certificate:
    """A leaf certificate as acme.json, Traefik or a handshake has it; names come from itself, no key is ever read."""

    main: str  # the subject's common name, else the first of sans
    sans: tuple[str, ...]  # DNS names and IP addresses
    resolver: str  # empty: of no resolver, so Traefik does not renew it
    issuer: str
    key_type: str  # "RSA 4096", "EC P-256"
    not_before: datetime
    not_after: datetime
    fingerprint: str  # SHA-256 of the leaf, hex, the name Traefik's certificates API gives it
    source: str  # the file, else one of the words below
    chain: tuple[str, ...] = ()  # the common names of the certificates behind the leaf, as they are sent
    chain_problem: str = ""  # what is wrong with their order, as the end of a sentence; empty when nothing is
    self_signed: bool = False

    @property
    def is_default(self) -> bool:
        """Whether it is the one that Traefik makes for itself at its start (`pkg/tls/generate`, 2.11 and 3.7)."""
        return self.main == "TRAEFIK DEFAULT CERT"


OF_TRAEFIK: Final = "traefik"  # the source of a certificate that only Traefik's API lists: its file provider's
OF_A_HANDSHAKE: Final = "handshake"  # the source of one that was seen when it was served


@dataclass(frozen=True, slots=True)
class AcmeFile:
    """One acme.json as found; `mode` is the permission bits, `empty` a file without any resolver.

    `error` says why this file could not be read while another one could: its certificates are then the last good
    ones or, when it never was read, unknown. A host that needs one of them does not lack it.
    """

    path: str
    mode: int
    empty: bool = False
    error: str = ""
    changed_at: datetime | None = None  # its time of modification

    @property
    def too_open(self) -> bool:
        """Whether Traefik refuses the file: it skips the resolvers of one that others can open."""
        return self.mode & 0o077 != 0


# What one successful read of each source gives.


@dataclass(frozen=True, slots=True)
class TraefikRead:
    """Traefik's whole dynamic configuration and what the core needs of the static one."""

    version: str
    started_at: str  # as Traefik writes it; a change means it was restarted
    entry_points: tuple[EntryPoint, ...]
    routers: tuple[Router, ...]
    middlewares: tuple[Middleware, ...]
    services: tuple[Service, ...]
    providers: tuple[str, ...] = ()  # "Docker", "File", ...
    default_rule_syntax: str = ""  # core.defaultRuleSyntax, when known
    certificates_duration: int = 0  # hours; 0: not known, or not the same for all resolvers
    resolver_durations: tuple[tuple[str, int], ...] = ()  # certificatesDuration of each resolver in hours, when known
    resolvers: tuple[str, ...] = ()  # names of certificate resolvers, when known
    problems: tuple[str, ...] = ()  # what of the answer could not be understood, one sentence each


@dataclass(frozen=True, slots=True)
class DockerRead:
    """All containers of one engine."""

    version: str  # the engine's
    api_version: str  # the negotiated one
    host: str  # the engine's own name
    containers: tuple[Container, ...]
    remote: bool = False  # not on this machine
    problems: tuple[str, ...] = ()  # containers whose listing could not be understood
    lan_networks: tuple[str, ...] = ()  # macvlan and ipvlan: their containers have addresses beside the machine's


@dataclass(frozen=True, slots=True)
class AcmeRead:
    """The certificates of all configured acme.json files."""

    files: tuple[AcmeFile, ...]
    resolvers: tuple[str, ...]
    certificates: tuple[Certificate, ...]
    problems: tuple[str, ...] = ()  # entries that could not be parsed, without their content
