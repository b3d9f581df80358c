"""The engine's networks: names with a piece of the loopback range each, since processes have no others."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, Final

from specter_tui.demo.engine import moments

HOST: Final = "host"
NONE: Final = "none"
PREFIX_LENGTH: Final = 24


@dataclass(frozen=True, slots=True)
class Network:
    """One network; `host` and `none` give no addresses, as in the real engine."""

    name: str
    id: str = field(default_factory=lambda: secrets.token_hex(32))
    created: int = field(default_factory=moments.now)

    @property
    def driver(self) -> str:
        """bridge, host or null."""
        return {HOST: "host", NONE: "null"}.get(self.name, "bridge")

    def endpoint(self, container: str, address: str, gateway: str) -> dict[str, Any]:
        """As in NetworkSettings.Networks; all but the network's id is empty without an address."""
        there = bool(address) and self.driver == "bridge"
        return {
            "IPAMConfig": None,
            "Links": None,
            "Aliases": None,
            "NetworkID": self.id,
            "EndpointID": f"{container[:32]}{self.id[:32]}" if address else "",
            "Gateway": gateway if there else "",
            "IPAddress": address if there else "",
            "IPPrefixLen": PREFIX_LENGTH if there else 0,
            "IPv6Gateway": "",
            "GlobalIPv6Address": "",
            "GlobalIPv6PrefixLen": 0,
            "MacAddress": mac(address) if there else "",
            "DriverOpts": None,
        }


class Addresses:
    """Gives every container a loopback address; two engines on one machine hardly ever meet, as each draws a /24."""

    def __init__(self) -> None:
        self._prefix = f"127.{1 + secrets.randbelow(254)}.{secrets.randbelow(256)}"
        self._last = 1

    @property
    def subnet(self) -> str:
        """In CIDR notation."""
        return f"{self._prefix}.0/{PREFIX_LENGTH}"

    @property
    def gateway(self) -> str:
        """The subnet's first address, which nobody gets."""
        return f"{self._prefix}.1"

    def take(self) -> str:
        """The next address; ValueError when all are taken."""
        self._last += 1
        if self._last > 254:  # noqa: PLR2004  the last address of a /24
            raise ValueError("an engine has at most 253 containers")
        return f"{self._prefix}.{self._last}"


def mac(address: str) -> str:
    """The MAC address that Docker derives from an IPv4 one."""
    return "02:42:" + ":".join(f"{int(part):02x}" for part in address.split("."))
