"""The dynamic configuration out of `/api/rawdata`: routers, middlewares and services of all three protocols.

Shapes observed on 3.0.4 and 3.7.15 (2.11 has the same but for keys that it leaves out):
maps keyed `name@provider`; no name, provider or type inside an element; the type is the one key that holds an object;
`using` are the effective entry points; a router's service and a disabled router's middlewares may lack the provider.
"""

from __future__ import annotations

import hashlib
import json
import marshal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

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
from specter_tui.core.secrets import mask_json, mask_text, mask_urls
from specter_tui.sources.traefik.fields import Element, Problems, qualified

# Keys of an element that hold an object and still are no type.
_NOT_A_TYPE: Final = frozenset({"serverStatus", "usedBy", "error", "status", "middlewares", "observability"})
_STATUS: Final[Mapping[str, ConfigStatus]] = {one.value: one for one in ConfigStatus}
_HEALTH: Final = {"UP": ServerHealth.UP, "DOWN": ServerHealth.DOWN}
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": ")).encode
_DIGEST: Final = hashlib.blake2b
_Part = TypeVar("_Part")
# By section and name, the digest of a definition and what it was decoded to. Definitions hold secrets, digests do not.
Kept = dict[str, dict[str, tuple[bytes, Any]]]


@dataclass(frozen=True, slots=True)
class Routing:
    """What one `/api/rawdata` says."""

    routers: tuple[Router, ...]
    middlewares: tuple[Middleware, ...]
    services: tuple[Service, ...]
    problems: tuple[str, ...]


class _Answer(NamedTuple):
    """What is decoded, what is wrong with it, and what is kept of the one before."""

    document: Mapping[str, object]
    problems: Problems
    kept: Kept


class _Shared:
    """Equal tls sections and equal definitions, of which there are many, are decoded and masked once a read.

    Known by their marshalled form (version 2, which has no references): the quickest to make of a JSON value.
    """

    def __init__(self) -> None:
        self._options: dict[bytes, str] = {}
        self._tls: dict[tuple[Protocol, bytes], RouterTls] = {}

    def options(self, sections: dict[str, object]) -> str:
        """The sections as one JSON object, secrets masked."""
        key = marshal.dumps(sections, 2)
        known = self._options.get(key)
        if known is None:
            known = self._options[key] = _ENCODE(mask_json(sections))
        return known

    def tls(self, router: Element, protocol: Protocol) -> RouterTls | None:
        """The tls section of a router; one that can't be read throughout is noted for each router that has it."""
        raw = router.child("tls")
        if raw is None:
            return None
        key = protocol, raw.fingerprint()
        known = self._tls.get(key)
        if known is None:
            noted = raw.noted
            known = _tls(raw, protocol)
            if raw.noted == noted:
                self._tls[key] = known
        return known


def decode_routing(document: Mapping[str, object], kept: Kept | None = None) -> Routing:
    """All parts of the document, sorted by protocol and name; what can't be read is noted, nothing is left out.

    Parts whose definition is the one in `kept` stay the same objects; `kept` then holds those of this document.
    """
    answer = _Answer(document, Problems(), {} if kept is None else kept)
    shared = _Shared()
    routers: list[Router] = []
    middlewares: list[Middleware] = []
    services: list[Service] = []
    for protocol, prefix in ((Protocol.HTTP, ""), (Protocol.TCP, "tcp"), (Protocol.UDP, "udp")):
        routers += _parts(answer, _key(prefix, "routers"), protocol, partial(_router, shared))
        middlewares += _parts(answer, _key(prefix, "middlewares"), protocol, partial(_middleware, shared))
        services += _parts(answer, _key(prefix, "services"), protocol, partial(_service, shared))
    return Routing(tuple(routers), tuple(middlewares), tuple(services), answer.problems.sentences())


def _key(prefix: str, kind: str) -> str:
    return f"{prefix}{kind.capitalize()}" if prefix else kind


def _parts(
    answer: _Answer, key: str, protocol: Protocol, decode: Callable[[str, Protocol, Element], _Part]
) -> list[_Part]:
    document, problems, kept = answer
    last: Mapping[str, tuple[bytes, _Part]] = kept.pop(key, {})
    found = document.get(key)
    if found is None:
        return []
    if not isinstance(found, dict):
        problems.add(f"{key} is not an object in Traefik's answer")
        return []
    label = key.removesuffix("s")
    now: dict[str, tuple[bytes, _Part]] = {}
    for name, raw in sorted(found.items()):
        digest = _DIGEST(marshal.dumps(raw, 2), digest_size=16).digest()
        known = last.get(name)
        if known is None or known[0] != digest:
            noted = problems.count
            part = decode(name, protocol, Element(f"{label} {name}", raw, problems))
            # What something was wrong with is decoded anew each time, so that it is noted each time.
            known = digest if problems.count == noted else b"", part
        now[name] = known
    kept[key] = now
    return [part for _, part in now.values()]


def provider_of(name: str) -> str:
    """The provider in `name@provider`."""
    return name.rpartition("@")[2] if "@" in name else ""


def _router(shared: _Shared, name: str, protocol: Protocol, raw: Element) -> Router:
    provider = provider_of(name)
    # A status nobody can read is no reason to call a router off: it may well be answering.
    status = _status(raw, ConfigStatus.WARNING)
    entry_points = raw.texts("using")
    if not entry_points and status is not ConfigStatus.DISABLED:
        entry_points = raw.texts("entryPoints")
    return Router(
        name=name,
        protocol=protocol,
        provider=provider,
        rule=raw.text("rule"),
        service=qualified(raw.text("service"), provider),
        entry_points=entry_points,
        middlewares=_names(raw, "middlewares", provider),
        priority=raw.number("priority"),
        rule_syntax=raw.text("ruleSyntax"),
        status=status,
        errors=_errors(raw),
        tls=shared.tls(raw, protocol),
        parents=_names(raw, "parentRefs", provider),
    )


def _tls(raw: Element, protocol: Protocol) -> RouterTls:
    # Only the list endpoint of HTTP routers writes the default out (observed on 3.0.4 and 3.7.15).
    default = "default" if protocol is Protocol.HTTP else ""
    return RouterTls(
        options=raw.text("options") or default,
        cert_resolver=raw.text("certResolver"),
        domains=tls_domains(raw),
        passthrough=raw.flag("passthrough"),
    )


def tls_domains(raw: Element) -> tuple[TlsDomain, ...]:
    """The `domains` of a tls section."""
    return tuple([TlsDomain(one.text("main"), one.texts("sans")) for one in raw.children("domains")])


def _middleware(shared: _Shared, name: str, protocol: Protocol, raw: Element) -> Middleware:
    provider = provider_of(name)
    sections = raw.sections(_NOT_A_TYPE)
    kind = _middleware_type(sections)
    options = next((raw.child(key) for key in sections), None)
    return Middleware(
        name=name,
        protocol=protocol,
        provider=provider,
        type=kind,
        # What can't be read does not guard.
        status=_status(raw, ConfigStatus.DISABLED),
        errors=_errors(raw),
        chain=_names(options, "middlewares", provider) if options and kind == "chain" else (),
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
    return "+".join(sorted(sections)).lower()


def _service(shared: _Shared, name: str, protocol: Protocol, raw: Element) -> Service:
    provider = provider_of(name)
    sections = raw.sections(_NOT_A_TYPE)
    balancer = raw.child("loadBalancer")
    return Service(
        name=name,
        protocol=protocol,
        provider=provider,
        type="+".join(sorted(sections)).lower(),
        servers=_servers(raw, balancer) if balancer else (),
        children=_children(raw, provider) if len(sections) > 1 or not balancer else (),
        status=_status(raw, ConfigStatus.WARNING),
        errors=_errors(raw),
        options=shared.options(_without_plain_servers(sections)),
        middlewares=_names(raw, "middlewares", provider),
    )


def _servers(raw: Element, balancer: Element) -> tuple[Server, ...]:
    servers = balancer.children("servers")
    # Without an active check Traefik says UP for every server.
    states = raw.child("serverStatus") if servers and balancer.has("healthCheck") else None
    return tuple([_server(one, states) for one in servers])


def _server(raw: Element, states: Element | None) -> Server:
    url = raw.text("url") or raw.text("address")  # HTTP; TCP and UDP
    health = _HEALTH.get(states.text(url), ServerHealth.UNCHECKED) if states else ServerHealth.UNCHECKED
    return Server(mask_urls(url), health)


def _children(raw: Element, provider: str) -> tuple[str, ...]:
    names: list[str] = []
    for key in ("weighted", "highestRandomWeight"):
        if balanced := raw.child(key):
            names += [one.text("name") for one in balanced.children("services")]
    if mirroring := raw.child("mirroring"):
        names += [mirroring.text("service"), *(one.text("name") for one in mirroring.children("mirrors"))]
    if failover := raw.child("failover"):
        names += [failover.text("service"), failover.text("fallback")]
    return tuple(dict.fromkeys(qualified(one, provider) for one in names if one))


def _names(raw: Element, key: str, provider: str) -> tuple[str, ...]:
    names = raw.texts(key)
    return tuple([qualified(one, provider) for one in names]) if names else ()


def _errors(raw: Element) -> tuple[str, ...]:
    errors = raw.texts("error")
    return tuple([mask_text(one) for one in errors]) if errors else ()


def _status(raw: Element, otherwise: ConfigStatus) -> ConfigStatus:
    text = raw.text("status")
    status = _STATUS.get(text)
    if status is None:
        raw.note("its status is none of enabled, warning and disabled")
        return otherwise
    return status


def _without_plain_servers(sections: dict[str, object]) -> dict[str, object]:
    """The definition without a list of servers that says no more than `Service.servers` does."""
    balancer = sections.get("loadBalancer")
    servers = balancer.get("servers") if isinstance(balancer, dict) else None
    if not isinstance(balancer, dict) or not isinstance(servers, list):
        return sections
    for one in servers:
        if not isinstance(one, dict) or len(one) > 1:
            return sections
    return {**sections, "loadBalancer": {key: value for key, value in balancer.items() if key != "servers"}}
