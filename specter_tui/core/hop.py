"""One hop of a request: where it passes, and how it fares there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class HopName(StrEnum):
    """Where a request passes, in this order."""

    DNS = "dns"
    EDGE = "edge"
    TLS = "tls"
    ENTRY_POINT = "entry_point"
    ROUTER = "router"
    MIDDLEWARE = "middleware"
    SERVICE = "service"
    CONTAINER = "container"
    PROBE = "probe"


class HopVerdict(StrEnum):
    """`UNKNOWN` when no source tells; never taken for ok."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Hop:
    """One hop of a request."""

    hop: HopName
    verdict: HopVerdict
    text: str
