"""Which hosts, ports and schemes belong to the site that one verify service guards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# RFC 1123 labels, and the underscore that some Compose-made names carry.
LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
# ASCII, or [a-z] takes U+017F and U+212A too, and a browser reads those as s and k.
_AUTHORITY: Final = re.compile(rf"({LABEL}(?:\.{LABEL})*)\.?(?::([0-9]{{1,5}}))?", re.IGNORECASE | re.ASCII)
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Authority:
    """A host in lower case without a trailing dot, and the port that was named with it."""

    host: str
    port: int | None

    def __str__(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Site:
    """The cookie domain with all hosts under it, and the one host where people sign in."""

    cookie_domain: str
    auth_host: str  # with a port where PUBLIC_PORTS has another than the scheme's own
    public_ports: frozenset[int] = frozenset({443})
    insecure: bool = False

    @property
    def scheme(self) -> str:
        """The scheme of the sign-in host."""
        return "http" if self.insecure else "https"

    @property
    def auth_origin(self) -> str:
        """Where people sign in, as a browser's Origin header names it."""
        return f"{self.scheme}://{self.auth_host}"

    def covers(self, host: str) -> bool:
        """Whether a cookie of the cookie domain reaches this host."""
        return host == self.cookie_domain or host.endswith("." + self.cookie_domain)

    def allows_port(self, scheme: str, port: int | None) -> bool:
        """Whether people reach the site on this port; None is the scheme's own."""
        number = _DEFAULT_PORTS[scheme] if port is None else port
        return number in self.public_ports or (port is None and scheme == self.scheme)


def parse_authority(text: str) -> Authority | None:
    """A host with an optional port, or None where a browser and this service could read it differently."""
    match = _AUTHORITY.fullmatch(text)
    if match is None or len(match[1]) > 253:  # noqa: PLR2004  RFC 1035, 3.1
        return None
    port = None if match[2] is None else int(match[2])
    if port is not None and not 0 < port < 65536:  # noqa: PLR2004  16 bits
        return None
    return Authority(match[1].lower(), port)
