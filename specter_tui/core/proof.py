"""Proof of protection: what to ask of a router as an anonymous visitor, and what its answer proves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ProofVerdict(StrEnum):
    """`TURNED_AWAY` only when the answer is the verify service's own; `UNKNOWN` is never protection."""

    TURNED_AWAY = "turned_away"
    OPEN = "open"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ProbeTarget:
    """One anonymous request that a router's rule accepts, sent to an entry point's local address."""

    router_id: str
    entry_point: str
    address: str  # host:port to connect to
    tls: bool
    host: str  # Host header and SNI
    path: str
    method: str  # HEAD: the rule accepts both, so GET may follow an undecided answer; GET: only that
    headers: tuple[tuple[str, str], ...] = ()  # those that the rule asks for, printable ASCII


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """What came back; `status` 0 and `error` set when nothing did."""

    target: ProbeTarget
    checked_at: datetime
    status: int = 0
    location: str = ""
    login_url: str = ""  # from a JSON body
    error: str = ""
    seconds: float = 0.0
    served_fingerprint: str = ""  # SHA-256 of the leaf that was served, hex


@dataclass(frozen=True, slots=True)
class Proof:
    """What an answer proves about its router."""

    verdict: ProofVerdict
    status: int
    location: str
    checked_at: datetime
    reason: str
    entry_point: str = ""
    seconds: float = 0.0
