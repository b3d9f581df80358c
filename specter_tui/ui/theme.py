"""The two themes: the only place of colours. Each `Role` is a theme variable, readable on every background used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from textual.theme import Theme

from specter_tui.ui.present.base import Role

DARK: Final = "specter-dark"
LIGHT: Final = "specter-light"

_DARK_ROLES: Final[Mapping[Role, str]] = {
    Role.TEXT: "#d5dbe3",
    Role.STRONG: "#f4f7fb",
    Role.MUTED: "#98a4b2",
    Role.OK: "#62d196",
    Role.WARN: "#e8c252",
    Role.BAD: "#ff7b72",
    Role.OFF: "#a3aebb",
    Role.FOCUS: "#79b8ff",
}
_LIGHT_ROLES: Final[Mapping[Role, str]] = {
    Role.TEXT: "#24292f",
    Role.STRONG: "#000000",
    Role.MUTED: "#57606a",
    Role.OK: "#116329",
    Role.WARN: "#7d4e00",
    Role.BAD: "#b31d28",
    Role.OFF: "#555e68",
    Role.FOCUS: "#0550ae",
}


def _theme(
    name: str, roles: Mapping[Role, str], *, background: str, surface: str, panel: str, cursor: str, dark: bool
) -> Theme:
    return Theme(
        name=name,
        primary=roles[Role.FOCUS],
        secondary=roles[Role.MUTED],
        accent=roles[Role.FOCUS],
        success=roles[Role.OK],
        warning=roles[Role.WARN],
        error=roles[Role.BAD],
        foreground=roles[Role.TEXT],
        background=background,
        surface=surface,
        panel=panel,
        dark=dark,
        variables={f"role-{role}": colour for role, colour in roles.items()} | {"cursor-row": cursor},
    )


THEMES: Final = (
    _theme(DARK, _DARK_ROLES, background="#0f141a", surface="#151c24", panel="#1c2530", cursor="#24384f", dark=True),
    _theme(LIGHT, _LIGHT_ROLES, background="#fcfcfa", surface="#f3f4f1", panel="#e9ecef", cursor="#d6e6fb", dark=False),
)
