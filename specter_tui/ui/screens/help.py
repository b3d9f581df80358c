"""The help page: every command of the registry with the keys that this person uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from specter_tui.ui.commands import COMMANDS, Command, Scope
from specter_tui.ui.keymap import MOVES, Keymap
from specter_tui.ui.options import UiOptions
from specter_tui.ui.present.base import Glyphs, Line, Piece, Role
from specter_tui.ui.screens.page import Page

_BLANK: Line = (Piece(" "),)
_KEYS: Final = 12  # cells
_LABEL: Final = 12  # cells; a longer label takes what it needs
_GOING: Final = MOVES | {"open", "back", "history.back", "history.forward"}
_LISTED: Final = {"sort": "sorting", "since": "since when logs are read"}  # long lists, by the verb of their commands
_OTHER: Final = (Scope.HOME, Scope.TABLE, Scope.PAGE, Scope.LOGS)


class HelpPage(Page):
    """How to move, what can be done where the person is, the views, all the rest, and what the glyphs mean."""

    def __init__(self, options: UiOptions, scope: Scope) -> None:
        super().__init__("help", options)
        self._scope = scope

    def lines(self) -> tuple[Line, ...]:
        """The whole registry; what is of use right here comes first."""
        groups = help_groups(self._scope)
        told = (line for title, found in groups for line in _group(title, found, self.options.keymap))
        return (*told, *_legend(self.options.glyphs))


def help_groups(scope: Scope) -> list[tuple[str, list[Command]]]:
    """Each command once, in groups with their titles, for a person who is where `scope` says."""
    groups: dict[str, list[Command]] = {title: [] for title in ("moving", scope.value, *_LISTED.values(), "views")}
    groups |= {one.value: [] for one in (Scope.APP, *_OTHER) if one.value not in groups}
    for command in COMMANDS:
        groups[_title(command, scope)].append(command)
    return [(title, found) for title, found in groups.items() if found]


def _title(command: Command, scope: Scope) -> str:
    """The group of a command: by what it is for, else by where it works."""
    scopes = set(command.scopes)
    if command.id in _GOING and {scope, Scope.BROWSE} & scopes:
        return "moving"
    if command.verb == "view":
        return "views"
    if {Scope.APP, Scope.BROWSE} & scopes:
        return Scope.APP.value
    if scope not in scopes:
        return next(one.value for one in _OTHER if one in scopes)
    return _LISTED.get(command.verb, scope.value)


def _group(title: str, commands: list[Command], keymap: Keymap) -> Iterator[Line]:
    label = max(_LABEL, *(len(one.label) for one in commands)) + 1
    yield (Piece(title, Role.MUTED),)
    for command in commands:
        yield (
            Piece(f"  {keymap.shown(command) or ':':<{_KEYS}} ", Role.STRONG),
            Piece(f"{command.label:<{label}} "),
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
    yield (Piece("  T Traefik  D Docker  A acme.json  C Cloudflare (DNS)  P probe, where their names have no room"),)
    yield (Piece("  an age beside one says how old is what it told"),)
