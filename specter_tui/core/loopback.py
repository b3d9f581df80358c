"""Which addresses lead back to the same machine. Apart from the model, which start-up does not wait for."""

from __future__ import annotations

import ipaddress
from typing import Final

_NAMES: Final = frozenset({"localhost", "ip6-localhost"})


def is_loopback(host: str) -> bool:
    """Whether an address can only be reached from the machine itself; a name counts only when it is localhost."""
    if host.lower() in _NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
