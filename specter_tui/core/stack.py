"""The stack as code: which files make it up, and how its two templates become files of one server. Text in, text out.

What lies under compose/ and traefik/ is copied as it stands to DIR; traefik.yml and .env.example are
`string.Template`s, whose placeholders only `render` fills. Every value is checked before it is put into YAML.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import Template
from typing import Final

from specter_tui.core.errors import ConfigError
from specter_tui.core.text import visible

LETS_ENCRYPT: Final = "https://acme-v02.api.letsencrypt.org/directory"
RANGES: Final = "traefik/cloudflare-ranges.txt"
EXECUTABLE: Final = 0o755
READABLE: Final = 0o644
PRIVATE: Final = 0o600


@dataclass(frozen=True, slots=True)
class StackFolder:
    """A folder of the stack: its path below DIR and its permission bits."""

    path: str
    mode: int


@dataclass(frozen=True, slots=True)
class StackFile:
    """A file of the stack: its path below DIR, its text and its permission bits.

    `keep`: one that is there already holds what the operator or Traefik put into it, and is never overwritten.
    """

    path: str
    text: str
    mode: int = READABLE
    keep: bool = False


@dataclass(frozen=True, slots=True)
class _Source:
    path: str  # in the package
    target: str = ""  # below DIR; empty: the same
    mode: int = READABLE
    keep: bool = False
    template: bool = False


_SOURCES: Final = (
    _Source("compose/stack.yml", "compose.yml"),
    _Source("compose/project.env", ".env", keep=True),
    _Source("compose/traefik.yml"),
    _Source("compose/verify.yml"),
    _Source("compose/whoami.yml"),
    _Source("compose/.env.example", "compose/.env", mode=PRIVATE, keep=True, template=True),
    _Source("compose/haproxy/socket-proxy.cfg"),
    _Source("compose/whoami/cgi-bin/index.cgi", mode=EXECUTABLE),
    _Source("compose/systemd/specter-doctor.service", "systemd/specter-doctor.service"),
    _Source("compose/systemd/specter-doctor.timer", "systemd/specter-doctor.timer"),
    _Source("traefik/traefik.yml", template=True),
    _Source("traefik/dynamic/compression.yml"),
    _Source("traefik/dynamic/identity-headers.yml"),
    _Source("traefik/dynamic/security-headers.yml"),
    _Source("traefik/dynamic/tls-options.yml"),
)
# The ranges are read here and stand in traefik.yml: a copy of their file on the server would change nothing there.
SOURCES: Final = (*(one.path for one in _SOURCES), RANGES)
FOLDERS: Final = (
    StackFolder("compose", 0o755),
    StackFolder("compose/haproxy", 0o755),
    StackFolder("systemd", 0o755),
    StackFolder("compose/whoami", 0o755),
    StackFolder("compose/whoami/cgi-bin", 0o755),
    StackFolder("traefik", 0o755),
    StackFolder("traefik/dynamic", 0o755),
    StackFolder("traefik/acme", 0o700),
    StackFolder("secrets", 0o700),
)
ACME_FILE: Final = "traefik/acme/acme.json"
DYNAMIC_DIR: Final = "traefik/dynamic"
TOKEN_FILE: Final = "secrets/cloudflare-token"  # noqa: S105  a path, no token
# Traefik refuses an acme.json that others can read; Compose refuses a secret whose file is missing.
_EMPTY: Final = tuple(StackFile(path, "", mode=PRIVATE, keep=True) for path in (ACME_FILE, TOKEN_FILE))

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_TOP_LEVEL: Final = r"(?:[a-z]{2,63}|xn--[a-z0-9-]{0,58}[a-z0-9])"
_DOMAIN: Final = re.compile(rf"(?:{_LABEL}\.)+{_TOP_LEVEL}")
_LOCAL_PART: Final = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")
_DIRECTORY_URL: Final = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]*)?")
_LONGEST_DOMAIN: Final = 253 - len("traefik.")
_LONGEST_LOCAL_PART: Final = 64
_LONGEST_SHOWN: Final = 60
_WIDEST: Final = {4: 8, 6: 16}  # shorter prefixes are no provider's network but a mistake that trusts everybody
_ITEM: Final = "\n        "


@dataclass(frozen=True, slots=True)
class StackParameters:
    """What differs from server to server, checked when it is made; raises ConfigError."""

    domain: str  # "starfleet.test": the apex; Traefik answers for it and everything below
    email: str  # where Let's Encrypt writes to
    ca_server: str = LETS_ENCRYPT  # the ACME directory: Let's Encrypt's staging server, or one's own

    def __post_init__(self) -> None:
        """Refuses what could mean more than itself in YAML, in a rule or in a shell."""
        check_domain(self.domain)
        check_email(self.email)
        if _DIRECTORY_URL.fullmatch(self.ca_server) is None:
            raise ConfigError(f"{_shown(self.ca_server)} is no https URL of an ACME directory")


def check_domain(domain: str) -> None:
    """Raises ConfigError unless it is a lower-case domain name of two labels or more, without a closing dot."""
    if len(domain) > _LONGEST_DOMAIN or _DOMAIN.fullmatch(domain) is None:
        raise ConfigError(
            f"{_shown(domain)} is no domain name", "write it in lower case, like example.com, in punycode if need be"
        )


def check_email(email: str) -> None:
    """Raises ConfigError unless it is a plain address: no quotes, comments or non-ASCII letters."""
    local, at, domain = email.rpartition("@")
    plain = at and len(local) <= _LONGEST_LOCAL_PART and _LOCAL_PART.fullmatch(local) is not None
    if not plain or len(domain) > _LONGEST_DOMAIN or _DOMAIN.fullmatch(domain.lower()) is None:
        raise ConfigError(f"{_shown(email)} is no e-mail address", "write it like ops@example.com")


def parse_ranges(text: str) -> tuple[str, ...]:
    """The networks of a ranges file, one a line, `#` starts a comment; raises ConfigError naming the line."""
    ranges: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        entry = line.partition("#")[0].strip()
        if entry:
            ranges.append(_network(entry, number))
    if not ranges:
        raise ConfigError(f"{RANGES} names no network", "put Cloudflare's published ranges into it")
    return tuple(ranges)


def render(sources: Mapping[str, str], parameters: StackParameters) -> tuple[StackFile, ...]:
    """All files of the stack.

    `sources` holds the text of each of SOURCES. Raises ConfigError for bad ranges, and KeyError or ValueError for a
    source that is missing or has a placeholder unknown here (a fault of the package, not of the operator).
    """
    values = {
        "DOMAIN": parameters.domain,
        "EMAIL": parameters.email,
        "CA_SERVER": parameters.ca_server,
        "CLOUDFLARE_RANGES": _flow_sequence(parse_ranges(sources[RANGES])),
    }
    files = (
        StackFile(
            one.target or one.path,
            Template(sources[one.path]).substitute(values) if one.template else sources[one.path],
            mode=one.mode,
            keep=one.keep,
        )
        for one in _SOURCES
    )
    return (*files, *_EMPTY)


def _network(entry: str, number: int) -> str:
    try:
        network = ipaddress.ip_network(entry)
    except ValueError as error:
        raise ConfigError(f"{RANGES}, line {number}: {_shown(entry)} is no network") from error
    if network.prefixlen < _WIDEST[network.version]:
        raise ConfigError(f"{RANGES}, line {number}: {network} is too wide to be trusted")
    return str(network)


def _flow_sequence(items: Iterable[str]) -> str:
    """A YAML sequence that can stand after any key: JSON, one item a line."""
    return "[" + ",".join(_ITEM + json.dumps(item) for item in items) + "]"


def _shown(value: str) -> str:
    return f'"{visible(value, _LONGEST_SHOWN)}"'
