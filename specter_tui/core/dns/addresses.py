"""Our own public addresses, and how they are known: never guessed without saying so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from specter_tui.core.dns.names import normal_address
from specter_tui.core.dns.zones import Ending, ZoneIndex


class Origin(StrEnum):
    """Where the addresses come from."""

    CONFIGURED = "configured"  # cloudflare.expected_ips
    INTERFACES = "interfaces"  # this machine's network interfaces
    APEX = "apex"  # the zone's own record: assumed
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class OwnAddresses:
    """The addresses that a record of one zone should have, in their canonical spelling."""

    v4: tuple[str, ...] = ()
    v6: tuple[str, ...] = ()
    origin: Origin = Origin.NOWHERE

    @property
    def assumed(self) -> bool:
        """Whether they are a conclusion from the zone's own record, which may itself be wrong."""
        return self.origin is Origin.APEX

    def has(self, content: str) -> bool:
        """Whether a record's content is one of them."""
        address = normal_address(content)
        return address in self.v4 or address in self.v6

    def __bool__(self) -> bool:
        return bool(self.v4 or self.v6)


def own_addresses(
    configured: Sequence[str], interfaces: Sequence[str], index: ZoneIndex, zone_name: str
) -> OwnAddresses:
    """Ours for one zone: configured, else the machine's interfaces, else what the zone's apex leads to.

    A machine behind NAT may have a public IPv6 address and no public IPv4 one. Then IPv4 comes from the apex, and all
    of it counts as assumed.
    """
    if configured:
        return _split(configured, Origin.CONFIGURED)
    machine = _split(interfaces, Origin.INTERFACES)
    if machine.v4:
        return machine
    answer = index.look_up(zone_name)
    if answer.ending is not Ending.ADDRESSES:
        return machine
    apex = _split([record.content for record in answer.addresses], Origin.APEX)
    return OwnAddresses(apex.v4, machine.v6 or apex.v6, Origin.APEX) if apex else machine


def _split(texts: Sequence[str], origin: Origin) -> OwnAddresses:
    known = tuple(dict.fromkeys(address for text in texts if (address := normal_address(text))))
    return OwnAddresses(
        tuple(one for one in known if ":" not in one),
        tuple(one for one in known if ":" in one),
        origin if known else Origin.NOWHERE,
    )
