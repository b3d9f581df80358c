"""What every part of the screen is told once: the glyphs that the terminal can show, the keys, the refresh rates."""

from __future__ import annotations

from dataclasses import dataclass, field

from specter_tui.core.settings import RefreshSettings
from specter_tui.ui.keymap import Keymap
from specter_tui.ui.present.base import UNICODE, Glyphs


@dataclass(frozen=True, slots=True)
class UiOptions:
    """Fixed for the life of the app."""

    glyphs: Glyphs = UNICODE
    keymap: Keymap = field(default_factory=Keymap)
    refresh: RefreshSettings = field(default_factory=RefreshSettings)
    read_only: bool = False
    locked: bool = False
