"""The TCP matchers, read from Traefik's pkg/muxer/tcp (matcher.go, matcher_v2.go) at 3.7.9; see `matchers`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from specter_tui.core.rules.dialect import Dialect
from specter_tui.core.rules.matchers import Args, Spec, any_of, ascii_only, client_ip, domain_matches
from specter_tui.core.rules.patterns import found, go_pattern, template
from specter_tui.core.rules.request import Request, Test, canonical_host
from specter_tui.core.text import visible

_HOST_OR_IP: Final = re.compile(r"[\w.:-]+", re.ASCII)
_WILDCARD: Final = "*."
_ACME_TLS: Final = "acme-tls/1"  # Traefik keeps it for its own challenge
_SHOWN: Final = 60


def _host_sni(args: Args, dialect: Dialect) -> Test:
    names = tuple(_server_name(arg, dialect).removesuffix(".").lower() for arg in args if arg != "*")
    if args[0] == "*":
        return lambda _: True  # a connection without a server name too
    any_name = "*" in args

    def test(request: Request) -> bool:
        host = canonical_host(request.host)
        return bool(host) and (any_name or any(domain_matches(host, name, dialect) for name in names))

    return test


def _server_name(text: str, dialect: Dialect) -> str:
    checked = text.removeprefix(_WILDCARD) if dialect.wildcard_hosts else text
    if _HOST_OR_IP.fullmatch(checked) is None:
        raise ValueError(f"invalid value for HostSNI matcher, {visible(text, _SHOWN)} is not a valid hostname")
    return text


def _host_sni_regexp_v3(args: Args, _: Dialect) -> Test:
    pattern = go_pattern(ascii_only(args[0], "HostSNIRegexp"))
    return lambda request: found(pattern, canonical_host(request.host))


def _host_sni_regexp_v2(args: Args, _: Dialect) -> Test:
    patterns = tuple(template(arg, "[^.]+", fold=True, check_parts=False) for arg in args)
    return lambda request: any_of(patterns, canonical_host(request.host))


def _alpn(args: Args, _: Dialect) -> Test:
    if _ACME_TLS in args:
        raise ValueError(f"invalid protocol value for ALPN matcher, {_ACME_TLS} is not allowed")
    wanted = frozenset(args)
    return lambda request: None if request.alpn is None else not wanted.isdisjoint(request.alpn)


TCP_V3: Final[Mapping[str, Spec]] = {
    "ALPN": Spec(_alpn, (1,)),
    "ClientIP": Spec(client_ip, (1,)),
    "HostSNI": Spec(_host_sni, (1,)),
    "HostSNIRegexp": Spec(_host_sni_regexp_v3, (1,)),
}
TCP_V2: Final[Mapping[str, Spec]] = {
    "ALPN": Spec(_alpn),
    "ClientIP": Spec(client_ip),
    "HostSNI": Spec(_host_sni),
    "HostSNIRegexp": Spec(_host_sni_regexp_v2),
}
