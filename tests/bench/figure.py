"""What a bench module yields from its `figures()`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value with the limit that it is held to; ratios where the machine would decide otherwise."""

    name: str
    value: float
    limit: float
    unit: str = "times"

    @property
    def over(self) -> bool:
        """Whether the value is beyond its limit."""
        return self.value > self.limit
