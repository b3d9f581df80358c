"""What views and pages ask of the app that shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, cast

from textual.dom import DOMNode

if TYPE_CHECKING:  # the ports bring the model, which the first frame does not need
    from specter_tui.core.ports import ContainerTools


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

    async def tools(self) -> ContainerTools:
        """What looks at single containers; made when it is first asked for. Raises SourceError where there is none."""
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
