"""Both themes are readable: WCAG's contrast of 4.5 for every role on every background it stands on."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from specter_tui.ui.present.base import Role
from specter_tui.ui.theme import THEMES


def luminance(color: Color) -> float:
    parts = [part / 255 for part in (color.r, color.g, color.b)]
    red, green, blue = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_role_is_readable(theme: Theme, role: Role) -> None:
    colour = theme.variables[f"role-{role}"]
    for background in (theme.background, theme.surface, theme.panel, theme.variables["cursor-row"]):
        assert background is not None
        assert contrast(colour, background) >= 4.5, background


def test_no_colour_stands_outside_the_theme() -> None:
    from pathlib import Path

    import specter_tui.ui

    root = Path(specter_tui.ui.__file__).parent
    for path in (*root.rglob("*.py"), *root.rglob("*.tcss")):
        if path.name != "theme.py":
            assert not [line for line in path.read_text().splitlines() if _names_a_colour(line)], path


def _names_a_colour(line: str) -> bool:
    import re

    return re.search(r"#[0-9a-f]{6}\b|#[0-9a-f]{3};", line, re.IGNORECASE) is not None
