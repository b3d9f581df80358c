"""What goes in and comes out: the compose files of a project, and one label's change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ComposeText:
    """A compose file of a project: its path and its text with line ends and byte order mark as they are."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """One label of one file, before and after, as written there; the values are None where it is not there."""

    path: str
    before: str  # the whole text
    after: str
    label: str
    value_before: str | None
    value_after: str | None
