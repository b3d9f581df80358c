"""From the text of a rule to names, arguments and operators: Go's expression grammar, as far as rules may use it.

Traefik hands a rule to Go's own parser (vulcand/predicate), so Go's lexical rules hold: raw and escaped strings,
comments, and a line that ends after a closing parenthesis ends the expression. Groups and negations live on a stack of
our own, so that no depth of input can exhaust Python's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from specter_tui.core.errors import RuleError
from specter_tui.core.rules import strings
from specter_tui.core.rules.ast import Op
from specter_tui.core.text import visible

_NEXT: Final = re.compile(
    r"""[ \t\r]*+(?:
      (?P<call>([A-Za-z_]\w*+)\(`([^`\r]*+)`\))  # by far the commonest shape, in one step
    | (?P<op>&&|\|\|)
    | (?P<not>!(?!=))
    | (?P<open>\()
    | (?P<close>\))
    | (?P<name>[^\W\d]\w*+)
    | (?P<newline>\n|//[^\n]*+)
    | (?P<block>/\*.*?\*/)
    | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_BLANK: Final = re.compile(r"(?:[ \t\r\n]++|//[^\n]*+|/\*.*?\*/)*+", re.DOTALL)
_BLANK_IN_LINE: Final = re.compile(r"(?:[ \t\r]++|/\*(?:(?!\*/)[^\n])*+\*/)*+")
_PRECEDENCE: Final = {Op.OR: 1, Op.AND: 2}
_DUAL: Final = {Op.OR: Op.AND, Op.AND: Op.OR}
_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Call:
    """A matcher as written; `position` is where its name begins."""

    name: str
    args: tuple[str, ...]
    negated: bool
    position: int


@dataclass(frozen=True, slots=True)
class _Group:
    """An open parenthesis, with what held outside of it."""

    position: int
    negated: bool


def parse_calls(text: str, names: Mapping[str, str]) -> list[Call | Op]:
    """The rule in postfix order with negations pushed down; raises `RuleError`.

    `names` maps every accepted spelling to the canonical one.
    """
    return _Parser(text, names).run()


class _Parser:
    """One pass over one text: operators wait on `stack` until their right side is complete."""

    def __init__(self, text: str, names: Mapping[str, str]) -> None:
        self.text = text
        self.names = names
        self.output: list[Call | Op] = []
        self.stack: list[Op | _Group] = []
        self.group_negated = False  # an odd number of negations stands over the current group
        self.negated = False  # a `!` waits for its operand

    def run(self) -> list[Call | Op]:
        """Reads operand and operator in turn until the text ends."""
        _refuse_illegal(self.text)
        position = 1 if self.text.startswith("\ufeff") else 0
        operand_due = True
        while True:
            token = _NEXT.match(self.text, position)
            kind = token.lastgroup if token is not None else None
            if token is None or kind is None:
                raise self._unexpected(position, operand_due=operand_due)
            position = token.end()
            if operand_due:
                position, operand_due = self._operand(token, kind, position)
            elif kind == "op":
                self._operator(Op(token["op"]))
                operand_due = True
            elif kind == "close":
                self._close(position - 1)
            elif kind in {"newline", "end"} or (kind == "block" and "\n" in token[0]):
                self._expect_end(position)
                return self._finished()
            elif kind != "block":
                raise self._unexpected(token.start(), operand_due=False)

    def _operand(self, token: re.Match[str], kind: str, position: int) -> tuple[int, bool]:
        """Takes what may stand where an operand is due: where to go on, and whether one is still due."""
        if kind == "call":
            self._call(token[2], (token[3],), token.start(2))
            return position, False
        if kind == "name":
            start = token.start("name")
            args, position = _arguments(self.text, position, token["name"])
            self._call(token["name"], args, start)
            return position, False
        if kind == "not":
            self.negated = not self.negated
        elif kind == "open":
            self.stack.append(_Group(position - 1, self.group_negated))
            self.group_negated ^= self.negated
            self.negated = False
        elif kind not in {"newline", "block"}:
            raise self._unexpected(token.start(), operand_due=True)
        return position, True

    def _call(self, name: str, args: tuple[str, ...], position: int) -> None:
        canonical = self.names.get(name)
        if canonical is None:
            raise RuleError(f"unsupported function: {visible(name, _SHOWN)}", position)
        self.output.append(Call(canonical, args, self.group_negated ^ self.negated, position))
        self.negated = False

    def _operator(self, op: Op) -> None:
        self._unwind(_PRECEDENCE[op])
        self.stack.append(op)

    def _unwind(self, precedence: int) -> None:
        """Emits the waiting operators of the current group that bind at least as tightly."""
        while self.stack:
            top = self.stack[-1]
            if isinstance(top, _Group) or _PRECEDENCE[top] < precedence:
                return
            self.stack.pop()
            self.output.append(_DUAL[top] if self.group_negated else top)

    def _close(self, position: int) -> None:
        self._unwind(0)
        if not self.stack:
            raise RuleError("closing parenthesis without an opening one", position)
        group = self.stack.pop()
        if isinstance(group, _Group):
            self.group_negated = group.negated

    def _finished(self) -> list[Call | Op]:
        self._unwind(0)
        if self.stack:
            group = self.stack[-1]
            raise RuleError("parenthesis is never closed", group.position if isinstance(group, _Group) else 0)
        return self.output

    def _expect_end(self, position: int) -> None:
        position = _after(_BLANK, self.text, position)
        if position < len(self.text):
            raise RuleError("expected the end of the rule, since a line that ends after ')' ends it", position)

    def _unexpected(self, position: int, *, operand_due: bool) -> RuleError:
        position = _after(_BLANK if operand_due else _BLANK_IN_LINE, self.text, position)
        expected = "a matcher" if operand_due else "'&&', '||' or the end"
        return RuleError(f"expected {expected}, found {_found(self.text, position)}", position)


def _refuse_illegal(text: str) -> None:
    """Go refuses these two anywhere, strings and comments included."""
    position = text.find("\0")
    if position >= 0:
        raise RuleError("illegal character NUL", position)
    position = text.find("\ufeff", 1)
    if position >= 0:
        raise RuleError("illegal byte order mark", position)


def _arguments(text: str, position: int, name: str) -> tuple[tuple[str, ...], int]:
    """The arguments after a name, and the position behind the closing parenthesis."""
    position = _after(_BLANK_IN_LINE, text, position)
    if not text.startswith("(", position):
        message = f"expected '(' after {visible(name, _SHOWN)}, found {_found(text, position)}"
        raise RuleError(message, position)
    args: list[str] = []
    position = _after(_BLANK, text, position + 1)
    while not text.startswith(")", position):
        value, position = strings.literal(text, position)
        args.append(value)
        position, last = _between(text, position)
        if last:
            break
    return tuple(args), position + 1


def _between(text: str, position: int) -> tuple[int, Literal[True, False]]:
    """Steps over what follows an argument: where to go on, and whether the list ends there."""
    position = _after(_BLANK_IN_LINE, text, position)
    last = text.startswith("...", position)  # Go's parser takes it, and nobody looks at it
    if last:
        position = _after(_BLANK, text, position + 3)
    if text.startswith(",", position):
        position = _after(_BLANK, text, position + 1)
    elif not text.startswith(")", position):
        raise RuleError(f"expected ',' or ')', found {_found(text, position)}", position)
    if last and not text.startswith(")", position):
        raise RuleError(f"expected ')', found {_found(text, position)}", position)
    return position, last


def _after(blank: re.Pattern[str], text: str, position: int) -> int:
    found = blank.match(text, position)
    return position if found is None else found.end()


def _found(text: str, position: int) -> str:
    if position >= len(text):
        return "the end"
    return "the end of the line" if text[position] == "\n" else f"'{visible(text[position])}'"
