"""A parsed rule without recursion: its leaves and operators in postfix order, every negation pushed into the leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from specter_tui.core.rules.request import Test


class Op(Enum):
    """The two operators that are left once De Morgan has pushed `!` down."""

    AND = "&&"
    OR = "||"


@dataclass(frozen=True, slots=True)
class Matcher:
    """One matcher with its literal arguments, in its canonical spelling (`Host`, `PathPrefix`, ...)."""

    name: str
    args: tuple[str, ...]
    negated: bool
    test: Test = field(compare=False, repr=False)  # without the negation

    def written(self) -> str:
        """The matcher as a person writes it, without its negation."""
        return f"{self.name}({','.join(f'`{arg}`' for arg in self.args)})"


Program = tuple[Matcher | Op, ...]


def leaves(program: Program) -> Iterator[Matcher]:
    """The matchers of a program, in the order they are written."""
    for step in program:
        if isinstance(step, Matcher):
            yield step
