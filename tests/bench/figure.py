"""What a benchmark yields, and how several runs become one figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value beside its budget; without a budget it is there to read the others by."""

    name: str
    value: float
    unit: str
    budget: float | None = None
    note: str = ""

    @property
    def over(self) -> bool:
        """Whether the value is beyond its budget."""
        return self.budget is not None and self.value > self.budget


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took, in seconds: on the clock, and of the processor, which other processes disturb less."""

    wall: float
    cpu: float


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each."""
    return Cost(median(one.wall for one in costs), median(one.cpu for one in costs))


def ratio(costs: Sequence[Cost], floor: Sequence[Cost]) -> Cost:
    """The medians of the ratios of runs that stood side by side, so that what else the machine did hits both."""
    pairs = list(zip(costs, floor, strict=True))
    return Cost(
        median(one.wall / other.wall for one, other in pairs), median(one.cpu / other.cpu for one, other in pairs)
    )


def spread(values: Sequence[float], unit: str) -> str:
    """The smallest and the largest of several runs, for a note."""
    return f"{min(values):.4g} to {max(values):.4g} {unit} in {len(values)} runs"
