"""What a value must look like beyond its type; each check says what is wrong, or nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import SplitResult, urlsplit

from specter_tui.config.schema import Key, Value
from specter_tui.core.engine import OFF
from specter_tui.core.text import visible

_DAY: Final = 86_400
_CENTURY_HOURS: Final = 876_600
_PORTS: Final = range(1, 65_536)
_HOST: Final = re.compile(r"(?=.{1,253}\Z)(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", re.IGNORECASE)
_QUALIFIED: Final = re.compile(r"[^@\s]+@[a-z0-9_-]+", re.IGNORECASE)
_ENGINE_SCHEMES: Final = frozenset({"unix", "tcp", "ssh", "http", "https", "npipe"})


def problem(key: Key, value: Value) -> str:
    """Why a value of the right type is refused; empty when it is fine."""
    texts = _texts(value)
    if any(visible(text) != text for text in texts):
        return "holds control characters"
    check = _CHECKS.get(key.path)
    return check(value) if check else ""


def _texts(value: Value) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Mapping):
        return (*value.keys(), *value.values())
    return value if isinstance(value, tuple) else ()


def _seconds(value: Value) -> str:
    good = isinstance(value, float) and math.isfinite(value) and 0 < value <= _DAY
    return "" if good else f"must be more than 0 and at most {_DAY} seconds"


def _hours(value: Value) -> str:
    good = isinstance(value, int) and 0 <= value <= _CENTURY_HOURS
    return "" if good else f"must be between 0 and {_CENTURY_HOURS} hours"


def _url(value: Value) -> str:
    parts = _split(str(value))
    if not value:
        return ""
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        return 'must be a URL such as "http://127.0.0.1:8080"'
    if "@" in parts.netloc:
        return "must not hold a user name or password"
    return "must end before ? or #" if parts.query or parts.fragment else ""


def _required_url(value: Value) -> str:
    return _url(value) if value else "must not be empty"


def _engine(value: Value) -> str:
    parts = _split(str(value))
    if value in {"", OFF}:
        return ""
    if parts is None or parts.scheme not in _ENGINE_SCHEMES or not (parts.netloc or parts.path):
        return 'must be an engine address such as "unix:///var/run/docker.sock" or "ssh://user@host", or "off"'
    return "must not hold a password" if parts.password else ""


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        good = parts.port is None or parts.port in _PORTS
    except ValueError:  # an unbalanced bracket, or a port that is no number
        return None
    return parts if good else None


def _path(value: Value) -> str:
    good = not value or str(value).startswith(("/", "~/"))
    return "" if good else 'must be a whole path: it starts with "/" or "~/"'


def _paths(value: Value) -> str:
    good = isinstance(value, tuple) and all(text and not _path(text) for text in value)
    return "" if good else 'must be whole paths: each starts with "/" or "~/"'


def _required_path(value: Value) -> str:
    return _path(value) if value else "must not be empty"


def _filled(value: Value) -> str:
    return "" if value and not str(value).isspace() else "must not be empty"


def _qualified(value: Value) -> str:
    return (
        "" if _QUALIFIED.fullmatch(str(value)) else 'must be a name with its provider, such as "descope-verify@docker"'
    )


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len("65535") and int(text) in _PORTS


def _host(value: Value) -> str:
    name, colon, port = str(value).partition(":")
    if not value or (_HOST.fullmatch(name) and (not colon or _is_port(port))):
        return ""
    return 'must be a host name such as "auth.example.org", with a port where it is not 443'


def _hosts(value: Value) -> str:
    good = isinstance(value, tuple) and all(_HOST.fullmatch(text) for text in value)
    return "" if good else 'must be domain names such as "example.org"'


def _addresses(value: Value) -> str:
    good = isinstance(value, tuple) and all(_is_ip(text) for text in value)
    return "" if good else 'must be IP addresses such as "203.0.113.10"'


def _is_ip(text: str) -> bool:
    from ipaddress import ip_address

    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _edge(value: Value) -> str:
    text = str(value)
    good = not text or _is_ip(text) or _HOST.fullmatch(text) or _is_host_port(text)
    return "" if good else 'must be an address such as "203.0.113.10" or "203.0.113.10:443"'


def _is_host_port(text: str) -> bool:
    host, colon, port = text.rpartition(":")
    if not colon or not _is_port(port):
        return False
    if host.startswith("[") and host.endswith("]"):
        return ":" in host and _is_ip(host[1:-1])
    return _HOST.fullmatch(host) is not None


def _entry_points(value: Value) -> str:
    if isinstance(value, Mapping):
        for name, address in value.items():
            if not _is_host_port(address):
                return f'must give "host:port" for {name or "each entry point"}, such as "127.0.0.1:443"'
    return ""


_CHECKS: Final[Mapping[str, Callable[[Value], str]]] = {
    "refresh.traefik": _seconds,
    "refresh.docker": _seconds,
    "refresh.acme": _seconds,
    "refresh.cloudflare": _seconds,
    "refresh.probe": _seconds,
    "traefik.api_url": _url,
    "traefik.password_file": _path,
    "traefik.ca_file": _path,
    "traefik.dynamic_dir": _path,
    "traefik.acme_files": _paths,
    "traefik.log_file": _path,
    "traefik.certificates_duration": _hours,
    "docker.host": _engine,
    "docker.network": _filled,
    "cloudflare.token_file": _path,
    "cloudflare.write_token_file": _path,
    "cloudflare.zones": _hosts,
    "cloudflare.base_url": _url,
    "cloudflare.expected_ips": _addresses,
    "protection.verify_url": _required_url,
    "protection.middleware": _qualified,
    "protection.auth_host": _host,
    "probe.edge_address": _edge,
    "probe.addresses": _entry_points,
    "compose.dir": _required_path,
}
