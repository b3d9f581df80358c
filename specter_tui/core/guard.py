"""What one route's own configuration does about anonymous visitors, before any other way in is looked at."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from specter_tui.core.exposure import is_public
from specter_tui.core.model import ConfigStatus, Container, EntryPoint, Middleware, Protocol, Router
from specter_tui.core.routing import rule_of
from specter_tui.core.settings import ProtectionSettings
from specter_tui.core.snapshot import ChainLink, ProtectionState
from specter_tui.core.undermining import Undermined, undermined
from specter_tui.core.urls import DEFAULT_PORTS

# Middlewares that turn strangers away without being the verify service.
OTHER_AUTH_TYPES: Final = frozenset({"basicauth", "digestauth", "ipallowlist", "ipwhitelist"})
ADDRESS_LIST_TYPES: Final = frozenset({"ipallowlist", "ipwhitelist"})
REDIRECT_TYPES: Final = frozenset({"redirectscheme", "redirectregex"})

# Asked for of each route, and an enum's member costs a look-up each time.
_DISABLED: Final = ConfigStatus.DISABLED
_UDP: Final = Protocol.UDP
_UNPROTECTED: Final = ProtectionState.UNPROTECTED

_DEFAULT_TLS_OPTIONS: Final = frozenset({"", "default", "default@file", "default@internal"})
CONTROL_SERVICES: Final = frozenset({"api@internal", "dashboard@internal", "rest@internal"})


class Guard(NamedTuple):
    """A route's own state (never `BYPASSED`), the middlewares that guard it, and why."""

    state: ProtectionState
    by: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


def is_verify_address(address: str, verify_url: str) -> bool:
    """Whether a forwardAuth address is the verify service's: scheme, host, port and path; a query is a policy."""
    ours, theirs = _endpoint(verify_url), _endpoint(address)
    return ours is not None and ours == theirs


def _endpoint(url: str) -> tuple[str, str, int, str] | None:
    try:
        parts = urlsplit(url)
        port = _port(parts)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname or "", port, parts.path or "/") if parts.hostname else None


def _port(parts: SplitResult) -> int:
    return parts.port or DEFAULT_PORTS.get(parts.scheme, 0)


class _Powers(NamedTuple):
    """What the working middlewares of one chain do; many routers share a chain."""

    guard: Guard
    redirects: bool
    to_https: bool
    undermined: Undermined


class Guards:
    """Judges routers one by one; `middlewares` are those of each protocol by name."""

    def __init__(
        self,
        middlewares: Mapping[Protocol, Mapping[str, Middleware]],
        entry_points: Sequence[EntryPoint],
        traefiks: Sequence[Container],
        settings: ProtectionSettings,
    ) -> None:
        self._middlewares = middlewares
        self._entry_points = {one.name: one for one in entry_points}
        self._public = {one.name: is_public(one, traefiks) for one in entry_points}
        self._verify_url = settings.verify_url
        self._auth_host = _host_only(settings.auth_host)
        self._powers: dict[tuple[Protocol, tuple[str, ...]], _Powers] = {}

    def guard(self, router: Router, hosts: Sequence[str], chain: Sequence[ChainLink]) -> Guard:
        """The state of one router by itself."""
        powers = self._powers_of(router, chain)
        exempt = self._exemption(router, hosts, powers)
        if exempt:
            return Guard(ProtectionState.NOT_APPLICABLE, reasons=(exempt,))
        if powers.guard.state is not _UNPROTECTED:
            doubt = powers.undermined.reason(router.service)
            return Guard(ProtectionState.UNKNOWN, powers.guard.by, (doubt,)) if doubt else powers.guard
        if powers.to_https and router.tls is None and not any(map(self._believes_clients, router.entry_points)):
            reason = "redirects to https, but not a visitor of whom a trusted proxy (forwardedHeaders) says https"
            return Guard(ProtectionState.UNKNOWN, reasons=(reason,))
        if router.service in CONTROL_SERVICES and not any(self._public.get(one, True) for one in router.entry_points):
            return Guard(ProtectionState.NOT_APPLICABLE, reasons=("only this machine reaches its entry points",))
        if router.tls is not None and router.tls.options not in _DEFAULT_TLS_OPTIONS and not router.tls.passthrough:
            reason = f"TLS options {router.tls.options} may ask for a client certificate; Traefik's API does not tell"
            return Guard(ProtectionState.UNKNOWN, reasons=(reason,))
        return powers.guard

    def _powers_of(self, router: Router, chain: Sequence[ChainLink]) -> _Powers:
        key = (router.protocol, router.middlewares)
        known = self._powers.get(key)
        if known is None:
            known = self._powers[key] = self._weigh(router.protocol, chain)
        return known

    def _weigh(self, protocol: Protocol, chain: Sequence[ChainLink]) -> _Powers:
        known = self._middlewares[protocol]
        working = [known[link.name] for link in chain if link.status is ConfigStatus.ENABLED and link.name in known]
        redirects = [one for one in working if one.type in REDIRECT_TYPES]
        guard = self._guard_by(working, chain)
        first = next((place for place, one in enumerate(working) if one.name in guard.by), 0)
        return _Powers(
            guard=guard,
            redirects=bool(redirects),
            to_https=any(one.scheme.lower() == "https" for one in redirects),
            undermined=undermined(working[:first]),
        )

    def _guard_by(self, working: Sequence[Middleware], chain: Sequence[ChainLink]) -> Guard:
        forward = [one for one in working if one.type == "forwardauth"]
        ours = tuple(one.name for one in forward if is_verify_address(one.address, self._verify_url))
        if ours:
            return Guard(ProtectionState.PROTECTED, ours)
        others = tuple(one.name for one in working if one.type == "forwardauth" or _keeps_strangers_out(one))
        if others:
            return Guard(ProtectionState.OTHER_AUTH, others)
        plugin = next((one.name for one in working if one.type.startswith("plugin:")), "")
        if plugin:
            reason = f"the plugin {plugin} may authenticate; Traefik's API does not tell"
            return Guard(ProtectionState.UNKNOWN, reasons=(reason,))
        broken = next((link.name for link in chain if link.status is not ConfigStatus.ENABLED), "")
        why = f"its middleware {broken} does not work" if broken else "no middleware of it authenticates"
        return Guard(ProtectionState.UNPROTECTED, reasons=(why,))

    def _exemption(self, router: Router, hosts: Sequence[str], powers: _Powers) -> str:
        """Why protection is no question for this router; empty when it is one."""
        if router.status is _DISABLED:
            return "disabled: Traefik does not mount it"
        if router.protocol is _UDP:
            return "UDP carries no sign-in"
        if router.service == "acme-http@internal":
            return "answers ACME challenges"
        if self._auth_host and hosts and all(host == self._auth_host for host in hosts) and _names_all_hosts(router):
            return "the sign-in host itself"
        redirect = self._redirect(router, powers) if powers.redirects else ""
        if redirect or router.provider != "internal" or router.service in CONTROL_SERVICES:
            return redirect
        return "Traefik's own"

    def _redirect(self, router: Router, powers: _Powers) -> str:
        """The same for a router with a redirect in its chain."""
        if router.service == "noop@internal":
            return "redirects"
        # redirectScheme believes X-Forwarded-Proto (observed on 3.7.15): who may set that header is let through.
        if not powers.to_https or router.tls is not None:
            return ""
        return "" if any(self._believes_others(name) for name in router.entry_points) else "redirects to https"

    def _believes_clients(self, name: str) -> bool:
        entry_point = self._entry_points.get(name)
        return entry_point is None or entry_point.insecure_forwarded or takes_everyone(entry_point.trusted_ips)

    def _believes_others(self, name: str) -> bool:
        return self._believes_clients(name) or bool(self._entry_points[name].trusted_ips)


def _names_all_hosts(router: Router) -> bool:
    """Whether the rule answers for the hosts that it names and no others, whichever syntax it is read in."""
    rules = [rule_of(router, version, "")[0] for version in ("2.11", "")]  # the oldest and the newest
    known = [rule for rule in rules if rule is not None]
    return bool(known) and all(rule.has_host and not rule.host_patterns for rule in known)


def takes_everyone(ranges: Sequence[str]) -> bool:
    """Whether address ranges leave out nobody of IPv4, or nobody of IPv6."""
    four: list[ipaddress.IPv4Network] = []
    six: list[ipaddress.IPv6Network] = []
    for text in ranges:
        with suppress(ValueError):  # Traefik does not mount what it can't read
            network = ipaddress.ip_network(text.strip(), strict=False)
            if isinstance(network, ipaddress.IPv4Network):
                four.append(network)
            else:
                six.append(network)
    return any(one.prefixlen == 0 for one in ipaddress.collapse_addresses(four)) or any(
        one.prefixlen == 0 for one in ipaddress.collapse_addresses(six)
    )


def _keeps_strangers_out(middleware: Middleware) -> bool:
    if middleware.type not in ADDRESS_LIST_TYPES:
        return middleware.type in OTHER_AUTH_TYPES
    try:
        options = json.loads(middleware.options)
    except ValueError:
        return True
    section = next(iter(options.values()), None) if isinstance(options, dict) else None
    ranges = section.get("sourceRange") if isinstance(section, dict) else None
    return not (isinstance(ranges, list) and takes_everyone([one for one in ranges if isinstance(one, str)]))


def _host_only(host: str) -> str:
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdigit() else host.lower()
