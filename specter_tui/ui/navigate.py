"""What views and pages ask of the app that shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

from textual.dom import DOMNode


class Navigator(Protocol):
    """The app, as its views and pages see it."""

    async def visit(self, kind: str, key: str = "") -> None:
        """Leaves the pages and shows a view, with the cursor on the row of that key."""
        ...

    async def step_back(self) -> None:
        """Goes to the place before this one."""
        ...

    async def open_logs(self, containers: Sequence[str]) -> None:
        """Shows what these containers, given by id, write."""
        ...

    def say(self, text: str) -> None:
        """Shows a sentence for a moment; it may hold strings from outside."""
        ...

    def copy(self, text: str, what: str) -> None:
        """Puts a text into the clipboard of the person's terminal, and says so."""
        ...


def navigator(node: DOMNode) -> Navigator:
    """The app that shows a node: the only app there is."""
    return cast("Navigator", node.app)
