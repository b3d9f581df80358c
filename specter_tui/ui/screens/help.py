"""The help page: every command of the registry with the keys that this person uses."""

from __future__ import annotations

from collections.abc import Iterator

from specter_tui.ui.commands import COMMANDS, Command, Scope
from specter_tui.ui.keymap import Keymap
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role
from specter_tui.ui.screens.page import Page

_BLANK: Line = (Piece(" "),)
_KEYS = 13  # cells
_LABEL = 20
_ORDER = (Scope.TABLE, Scope.HOME, Scope.PAGE, Scope.BROWSE, Scope.APP, Scope.LOGS)


class HelpPage(Page):
    """Keys, then what the glyphs mean."""

    def __init__(self, options: UiOptions) -> None:
        super().__init__("help", options)

    def lines(self) -> tuple[Line, ...]:
        """The whole registry, by where a command works."""
        return (*_commands(self.options.keymap), *_legend(self.options.glyphs))


def _commands(keymap: Keymap) -> Iterator[Line]:
    """Each command once, with those that work in the same places."""
    groups: dict[tuple[Scope, ...], list[Command]] = {}
    for command in COMMANDS:
        groups.setdefault(command.scopes, []).append(command)
    for scopes in sorted(groups, key=lambda one: [_ORDER.index(scope) for scope in one]):
        yield (Piece(", ".join(scope.value for scope in scopes), Role.MUTED),)
        for command in groups[scopes]:
            yield (
                Piece(f"  {keymap.shown(command) or ':':<{_KEYS}} ", Role.STRONG),
                Piece(f"{command.label:<{_LABEL}} "),
                Piece(command.help, Role.MUTED),
            )
        yield _BLANK


def _legend(glyphs: Glyphs) -> Iterator[Line]:
    yield (Piece("signs", Role.MUTED),)
    yield (
        Piece(f"  {glyphs.ok} healthy  ", Role.OK),
        Piece(f"{glyphs.warn} degraded  ", Role.WARN),
        Piece(f"{glyphs.bad} down  ", Role.BAD),
        Piece(f"{glyphs.unknown} unknown  {glyphs.off} off", Role.OFF),
    )
    yield (
        Piece(f"  {glyphs.protected} protected  ", Role.OK),
        Piece(f"{glyphs.open} open  ", Role.BAD),
        Piece(f"{glyphs.bypassed} bypassed: protected here, open by another way in", Role.BAD),
    )
    yield (Piece("  T Traefik  D Docker  A acme.json  C Cloudflare  P probe: an age beside one says how old it is"),)
