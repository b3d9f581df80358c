"""Goes to what hangs on a thing: at once where there is one way, else after asking."""

from __future__ import annotations

from collections.abc import Sequence

from textual.dom import DOMNode

from specter_tui.ui.navigate import navigator
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.resource import Reference


async def follow(node: DOMNode, references: Sequence[Reference], options: UiOptions) -> None:
    """Visits the only reference, asks which of several, or says that there is none."""
    if not references:
        navigator(node).say("nothing else hangs on this")
    elif len(references) == 1:
        await navigator(node).visit(references[0].kind, references[0].key)
    else:
        from specter_tui.ui.screens.related import RelatedPage  # loaded when there is something to choose

        node.app.push_screen(RelatedPage(references, options))
