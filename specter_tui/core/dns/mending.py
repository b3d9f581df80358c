"""What the DNS plan says of each routed host, before anybody asks for it; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from specter_tui.core.dns.addresses import Origin
from specter_tui.core.dns.model import DnsFlag, DnsState
from specter_tui.core.dns.names import canonical
from specter_tui.core.dns.plan import RecordChange, plan_records
from specter_tui.core.errors import NotFoundError
from specter_tui.core.model import ConfigStatus
from specter_tui.core.snapshot import Host, Route, Snapshot
from specter_tui.core.text import visible

_SHOWN: Final = 253
_WRONG: Final = frozenset({DnsState.MISSING, DnsState.WRONG_TARGET})
_UNSERVED: Final = "Traefik has disabled its router"


@dataclass(frozen=True, slots=True)
class Mending:
    """Everything that could be written, unmarked records included, and why the rest is left alone; by host."""

    changes: Mapping[str, RecordChange] = field(default_factory=dict)
    left: Mapping[str, str] = field(default_factory=dict)

    def change(self, host: str) -> RecordChange | None:
        """What would become of a host's record; None where nothing would."""
        return self.changes.get(canonical(host))

    def why_left(self, host: str) -> str:
        """Why nothing is done for a host that needs something; empty where it needs nothing."""
        return self.left.get(canonical(host), "")


def mending(snapshot: Snapshot) -> Mending:
    """The plan for all routed hosts."""
    if snapshot.cloudflare is None:
        return Mending()
    known = snapshot.own_addresses.values()
    expected = next(((*ours.v4, *ours.v6) for ours in known if ours.origin is Origin.CONFIGURED), ())
    routed = routed_hosts(snapshot.routes)
    plan = plan_records(snapshot.cloudflare, routed, expected, adopt=True)
    unserved = {canonical(host.name): _UNSERVED for host in snapshot.hosts if host.name not in routed and needs(host)}
    left = {one.host: one.reason for one in plan.skipped}
    return Mending({one.host: one for one in plan.changes}, left | unserved)


def needs(host: Host) -> bool:
    """Whether a host's records do not bring all visitors here."""
    dns = host.dns
    return dns is not None and (dns.state in _WRONG or DnsFlag.WRONG_AAAA in dns.flags)


def routed_hosts(routes: Iterable[Route]) -> frozenset[str]:
    """The hosts of all routers that Traefik serves."""
    return frozenset(
        host for route in routes if route.router.status is not ConfigStatus.DISABLED for host in route.hosts
    )


def meant(hosts: frozenset[str], target: str) -> frozenset[str]:
    """The hosts that a wish is about: all where it names none. Raises NotFoundError."""
    if not target:
        return hosts
    found = frozenset(host for host in hosts if canonical(host) == canonical(target))
    if not found:
        raise NotFoundError(f"no router that Traefik serves names {visible(target, _SHOWN)}", "see specter-tui dns")
    return found
