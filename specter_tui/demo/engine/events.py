"""What happened in the engine, in order, as `docker events` tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from specter_tui.demo.engine import moments
from specter_tui.demo.engine.ring import Ring

CONTAINER: Final = "container"
NETWORK: Final = "network"
_KEPT: Final = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `action` is the full text, "health_status: healthy" for one."""

    kind: str
    action: str
    actor: str
    attributes: Mapping[str, str]
    time: int

    def document(self) -> dict[str, Any]:
        """As JSON of the API below 1.52: container events have status, id and from too."""
        legacy = {"status": self.action, "id": self.actor, "from": self.attributes.get("image", "")}
        return {
            **(legacy if self.kind == CONTAINER else {}),
            "Type": self.kind,
            "Action": self.action,
            "Actor": {"ID": self.actor, "Attributes": dict(self.attributes)},
            "scope": "local",
            "time": self.time // moments.SECOND,
            "timeNano": self.time,
        }


class EventLog(Ring[Event]):
    """The newest events."""

    def __init__(self) -> None:
        super().__init__(_KEPT)

    def tell(self, kind: str, action: str, actor: str, attributes: Mapping[str, str]) -> None:
        """Something has happened just now."""
        self.append(Event(kind, action, actor, attributes, moments.now()))
