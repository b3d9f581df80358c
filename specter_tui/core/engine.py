"""What the address of a Docker Engine says before anything is asked there."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from specter_tui.core.loopback import is_loopback

OFF: Final = "off"  # docker.host that says: no engine here, do not look for one
_LOCAL: Final = ("unix://", "http+unix://", "npipe://")


def is_remote_engine(address: str) -> bool:
    """Whether an engine's containers run on another machine; a loopback TCP address counts as this one."""
    if address in {"", OFF} or address.startswith(_LOCAL):
        return False
    return not is_loopback(urlsplit(address if "://" in address else f"tcp://{address}").hostname or "")
