"""What all views have in common: the workspace gives the visible one each snapshot, and moves between them."""

from __future__ import annotations

from typing import ClassVar, Final, NamedTuple

from textual.widget import Widget

from specter_tui.core.changes import Change
from specter_tui.core.snapshot import Snapshot
from specter_tui.ui.acting.acted_on import ActedOn
from specter_tui.ui.commands import Scope
from specter_tui.ui.history import Place

WIDE: Final = 120  # columns from which the detail stands beside the list


class News(NamedTuple):
    """What there is to show; `proposal` are lines of configuration that would make Traefik readable."""

    snapshot: Snapshot | None = None
    proposal: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()  # the newest first


class View(ActedOn, Widget):
    """A view of the snapshot; it never fetches, and hears of nothing while it is hidden."""

    scope: ClassVar[Scope]

    def __init__(self, kind: str) -> None:
        super().__init__(id=kind)
        self.kind = kind

    def on_hide(self) -> None:
        """Lets its painted lines go: Textual keeps up to 1 MiB of them a view, to show it again a little sooner."""
        for widget in self.walk_children(Widget, with_self=True):
            widget.refresh()

    def take(self, news: News) -> None:
        """Shows what is new."""
        raise NotImplementedError

    @property
    def place(self) -> Place:
        """Where the person is in it."""
        return Place(self.kind)

    def restore(self, place: Place) -> None:
        """Goes back to where the person was in it."""

    def go_to(self, key: str) -> bool:  # noqa: ARG002  a view without rows has none of that key
        """Puts the cursor on the row of that key, whatever the filter; False when there is none."""
        return False

    def stirred(self) -> None:
        """A key came, which has not done anything yet."""

    def take_focus(self) -> None:
        """Takes the keyboard at once: a key that comes in the same burst is for this view."""
        raise NotImplementedError

    def has_keys(self, *widgets: Widget) -> bool:
        """Whether one of these gets the next key; `has_focus` only follows with a later message."""
        return self.screen.focused in widgets
