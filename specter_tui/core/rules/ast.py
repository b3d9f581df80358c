"""A parsed rule without recursion: its leaves and operators in postfix order, every negation pushed into the leaves."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

import msgspec

from specter_tui.core.rules.request import Test


class Op(Enum):
    """The two operators that are left once De Morgan has pushed `!` down."""

    AND = "&&"
    OR = "||"


class Matcher(msgspec.Struct, frozen=True, eq=False):
    """One matcher with its literal arguments, in its canonical spelling (`Host`, `PathPrefix`, ...).

    Equal is what is written alike: the test follows from it.
    """

    name: str
    args: tuple[str, ...]
    negated: bool
    test: Test  # without the negation

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Matcher) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f"Matcher{self._key()!r}"

    def _key(self) -> tuple[str, tuple[str, ...], bool]:
        return self.name, self.args, self.negated

    def written(self) -> str:
        """The matcher as a person writes it, without its negation."""
        return f"{self.name}({','.join(f'`{arg}`' for arg in self.args)})"


Program = tuple[Matcher | Op, ...]


def leaves(program: Program) -> Iterator[Matcher]:
    """The matchers of a program, in the order they are written."""
    for step in program:
        if isinstance(step, Matcher):
            yield step
