"""The dynamic configuration out of `/api/rawdata`: routers, middlewares and services of all three protocols.

Shapes observed on 3.0.4 and 3.7.15 (2.11 has the same but for keys that it leaves out):
maps keyed `name@provider`; no name, provider or type inside an element; the type is the one key that holds an object;
`using` are the effective entry points; a router's service and a disabled router's middlewares may lack the provider.
"""

from __future__ import annotations

import json
import marshal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from sys import intern
from typing import Final

import msgspec

from specter_tui.core.model import (
    ConfigStatus,
    Middleware,
    Protocol,
    Router,
    RouterTls,
    Server,
    ServerHealth,
    Service,
    TlsDomain,
)
from specter_tui.core.secrets import Secret, mask_json, mask_text, mask_urls
from specter_tui.core.shown_rule import shown_rule
from specter_tui.sources.traefik.fields import Problems, qualified
from specter_tui.sources.traefik.sections import Document, Kept, Section
from specter_tui.sources.traefik.shapes import (
    BalancerShape,
    RouterShape,
    ServiceShape,
    TlsShape,
    decode_shape,
    repaired,
)

# Keys of an element that hold an object and still are no type.
_NOT_A_TYPE: Final = frozenset({"serverStatus", "usedBy", "error", "status", "middlewares", "observability"})
# By Traefik's word; a look-up here is ten times as quick as one of an enum's member.
_HEALTH: Final = {"UP": ServerHealth.UP, "DOWN": ServerHealth.DOWN}
_UNCHECKED: Final = ServerHealth.UNCHECKED
_WARNING: Final = ConfigStatus.WARNING
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": ")).encode


@dataclass(frozen=True, slots=True)
class Routing:
    """What one `/api/rawdata` says."""

    routers: tuple[Router, ...]
    middlewares: tuple[Middleware, ...]
    services: tuple[Service, ...]
    problems: tuple[str, ...]


class _Shared:
    """What many definitions have alike is made, masked and held once a read."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._qualified: dict[tuple[tuple[str, ...], str], tuple[str, ...]] = {}
        self._types: dict[tuple[str, ...], str] = {}
        self._options: dict[bytes, str] = {}
        self._tls: dict[tuple[Protocol, TlsShape], RouterTls] = {}

    def names(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The same names."""
        return self._names.setdefault(names, names)

    def qualified(self, names: tuple[str, ...], provider: str) -> tuple[str, ...]:
        """The names, each with its provider."""
        if not names:
            return ()
        key = names, provider
        known = self._qualified.get(key)
        if known is None:
            known = self._qualified[key] = tuple([qualified(one, provider) for one in names])
        return known

    def types(self, sections: Iterable[str]) -> str:
        """The types that sections of these names stand for, in one word."""
        names = tuple(sections)
        return self._types.get(names) or self._types.setdefault(names, _types(names))

    def options(self, sections: dict[str, object]) -> str:
        """The sections as one JSON object, secrets masked."""
        # Version 2 has no references; to marshal is the quickest way to tell one JSON value from another.
        key = marshal.dumps(sections, 2)
        known = self._options.get(key)
        if known is None:
            known = self._options[key] = _ENCODE(mask_json(sections))
        return known

    def tls(self, shape: TlsShape | None, protocol: Protocol) -> RouterTls | None:
        """The tls section of a router."""
        if shape is None:
            return None
        key = protocol, shape
        known = self._tls.get(key)
        if known is None:
            known = self._tls[key] = _tls(shape, protocol)
        return known


def decode_routing(document: Document, kept: Kept | None = None) -> Routing:
    """All parts of the document, sorted by protocol and name; what can't be read is noted, nothing is left out.

    Parts whose definition is the one in `kept` stay the same objects; `kept` then holds those of this document.
    """
    problems, shared = Problems(), _Shared()
    kept = {} if kept is None else kept
    routers: list[Router] = []
    middlewares: list[Middleware] = []
    services: list[Service] = []
    for protocol, prefix in ((Protocol.HTTP, ""), (Protocol.TCP, "tcp"), (Protocol.UDP, "udp")):
        section = partial(Section, protocol=protocol, problems=problems)
        routers += section(_key(prefix, "routers")).parts(document, kept, partial(_router, shared))
        middlewares += section(_key(prefix, "middlewares")).parts(document, kept, partial(_middleware, shared))
        services += section(_key(prefix, "services")).parts(document, kept, partial(_service, shared))
    return Routing(tuple(routers), tuple(middlewares), tuple(services), problems.sentences())


def _key(prefix: str, kind: str) -> str:
    return f"{prefix}{kind.capitalize()}" if prefix else kind


def provider_of(name: str) -> str:
    """The provider in `name@provider`."""
    return intern(name.rpartition("@")[2]) if "@" in name else ""


def _router(shared: _Shared, section: Section, name: str, raw: msgspec.Raw) -> Router:
    shape = section.shape(RouterShape, name, raw)
    provider = provider_of(name)
    # A status nobody can read is no reason to call a router off: it may well be answering.
    status = section.status(shape.status, name, _WARNING)
    entry_points = shape.using
    if not entry_points and status is not ConfigStatus.DISABLED:
        entry_points = shape.entry_points
    shown = shown_rule(shape.rule)
    return Router(
        name=name,
        protocol=section.protocol,
        provider=provider,
        rule=shown,
        service=qualified(shape.service, provider),
        entry_points=shared.names(entry_points),
        middlewares=shared.qualified(shape.middlewares, provider),
        priority=shape.priority,
        rule_syntax=shape.rule_syntax,
        status=status,
        errors=_masked(shape.error),
        tls=shared.tls(shape.tls, section.protocol),
        parents=shared.qualified(shape.parent_refs, provider) if shape.parent_refs else (),
        secret_rule=None if shown == shape.rule else Secret(shape.rule),
    )


def _tls(shape: TlsShape, protocol: Protocol) -> RouterTls:
    # Only the list endpoint of HTTP routers writes the default out (observed on 3.0.4 and 3.7.15).
    default = "default" if protocol is Protocol.HTTP else ""
    return RouterTls(
        options=shape.options or default,
        cert_resolver=shape.cert_resolver,
        domains=tls_domains(shape),
        passthrough=shape.passthrough,
    )


def tls_domains(shape: TlsShape) -> tuple[TlsDomain, ...]:
    """The domains of a tls section."""
    return tuple([TlsDomain(one.main, one.sans) for one in shape.domains])


def _middleware(shared: _Shared, section: Section, name: str, raw: msgspec.Raw) -> Middleware:
    provider = provider_of(name)
    element = section.element(name, raw)
    sections = element.sections(_NOT_A_TYPE)
    kind = _middleware_type(sections)
    options = next((element.child(key) for key in sections), None)
    return Middleware(
        name=name,
        protocol=section.protocol,
        provider=provider,
        type=kind,
        # What can't be read does not guard.
        status=section.status(element.text("status"), name, ConfigStatus.DISABLED),
        errors=_masked(element.texts("error")),
        chain=shared.qualified(options.texts("middlewares"), provider) if options and kind == "chain" else (),
        address=mask_urls(options.text("address")) if options and kind == "forwardauth" else "",
        scheme=options.text("scheme") if options and kind == "redirectscheme" else "",
        options=shared.options(sections),
    )


def _middleware_type(sections: Mapping[str, object]) -> str:
    """Traefik's word in lower case.

    A plugin is `plugin:NAME`: its name is free, and one called forwardAuth must not pass for the real thing.
    Two types in one middleware, which Traefik refuses to mount, are joined by `+`.
    """
    plugin = sections.get("plugin")
    if isinstance(plugin, dict) and len(sections) == 1:
        return f"plugin:{'+'.join(sorted(plugin))}".lower()
    return _types(sections)


def _types(sections: Iterable[str]) -> str:
    return "+".join(sorted(sections)).lower()


def _service(shared: _Shared, section: Section, name: str, raw: msgspec.Raw) -> Service:
    provider = provider_of(name)
    element = section.element(name, raw)
    shape = decode_shape(ServiceShape, raw) or repaired(ServiceShape, element)
    sections = element.sections(_NOT_A_TYPE)
    balancer = shape.load_balancer
    return Service(
        name=name,
        protocol=section.protocol,
        provider=provider,
        type=shared.types(sections),
        servers=_servers(balancer, shape.server_status) if balancer else (),
        children=_children(shape, provider) if len(sections) > 1 or not balancer else (),
        status=section.status(shape.status, name, _WARNING),
        errors=_masked(shape.error),
        options=shared.options(_without_plain_servers(sections)),
        middlewares=shared.qualified(shape.middlewares, provider),
    )


def _servers(balancer: BalancerShape, states: Mapping[str, str]) -> tuple[Server, ...]:
    # Without an active check Traefik says UP for every server.
    health = {} if balancer.health_check is None else states
    return tuple([_server(one.url or one.address, health) for one in balancer.servers])


def _server(url: str, states: Mapping[str, str]) -> Server:
    return Server(mask_urls(url), _HEALTH.get(states.get(url, ""), _UNCHECKED))


def _children(shape: ServiceShape, provider: str) -> tuple[str, ...]:
    names: list[str] = []
    for balanced in (shape.weighted, shape.highest_random_weight):
        names += [one.name for one in balanced.services] if balanced else []
    if mirroring := shape.mirroring:
        names += [mirroring.service, *(one.name for one in mirroring.mirrors)]
    if failover := shape.failover:
        names += [failover.service, failover.fallback]
    return tuple(dict.fromkeys(qualified(one, provider) for one in names if one))


def _masked(errors: tuple[str, ...]) -> tuple[str, ...]:
    return tuple([mask_text(one) for one in errors]) if errors else ()


def _without_plain_servers(sections: dict[str, object]) -> dict[str, object]:
    """The definition less a list of servers that says no more than `Service.servers` does; `sections` is used up."""
    balancer = sections.get("loadBalancer")
    servers = balancer.get("servers") if isinstance(balancer, dict) else None
    if not isinstance(balancer, dict) or not isinstance(servers, list):
        return sections
    for one in servers:
        if not isinstance(one, dict) or len(one) > 1:
            return sections
    del balancer["servers"]
    return sections
