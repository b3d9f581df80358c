"""A parsed rule without recursion: its leaves and operators in postfix order, every negation pushed into the leaves."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

import msgspec

from specter_tui.core.rules.request import Test
from specter_tui.core.secret_names import MASK, is_secret_field


class Op(Enum):
    """The two operators that are left once De Morgan has pushed `!` down."""

    AND = "&&"
    OR = "||"


class Matcher(msgspec.Struct, frozen=True, gc=False, eq=False):
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

    @property
    def shown_args(self) -> tuple[str, ...]:
        """The arguments with what a secret-looking header or query parameter must be masked."""
        if not self.name.startswith(("Header", "Query")):
            return self.args
        shown = list(self.args)
        for place, arg in enumerate(self.args):
            name, sign, _ = arg.partition("=")
            if sign and self.name == "Query" and is_secret_field(name):  # v2's Query(`key=value`)
                shown[place] = f"{name}={MASK}"
            elif place % 2 and is_secret_field(self.args[place - 1]):
                shown[place] = MASK
        return tuple(shown)

    def written(self) -> str:
        """The matcher as a person writes it, without its negation, for showing: secrets are masked."""
        return f"{self.name}({','.join(f'`{arg}`' for arg in self.shown_args)})"


Program = tuple[Matcher | Op, ...]


def leaves(program: Program) -> Iterator[Matcher]:
    """The matchers of a program, in the order they are written."""
    for step in program:
        if isinstance(step, Matcher):
            yield step
