"""What a view or a page tells of itself to the commands that change something."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # loaded with the first change
    from specter_tui.core.actions.model import Entry


class ActedOn:
    """A view or page with nothing on it that can be changed; each says what it has."""

    @property
    def chosen(self) -> tuple[str, str] | None:
        """The kind and the key of the thing at the cursor, None where there is none."""
        return None

    @property
    def undoable(self) -> str:
        """The journal id of the change that is shown and can be taken back; empty where none is."""
        return ""

    @property
    def interrupted(self) -> Entry | None:
        """The change that is shown and was interrupted: nobody works on it, and it has not ended."""
        return None
