"""The one registry of commands: bindings, key bar, help screen, palette and the person's own keys all come from here.

A command `sort.host` is done by the method `action_sort_host` of the nearest node that has it. Scopes say where a
command works; those of `Scope.APP` work everywhere, so their keys may not be used again anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from textual.binding import Binding, BindingType

from specter_tui.core.errors import ConfigError


class Scope(StrEnum):
    """Where a command works."""

    APP = "everywhere"
    TABLE = "in a table"
    PAGE = "on a page"


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person can do; `bar` is its word in the key bar of `bar_in`, empty where it has none."""

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    scopes: tuple[Scope, ...]
    bar: str = ""
    palette: bool = True
    bar_in: tuple[Scope, ...] = tuple(Scope)

    @property
    def action(self) -> str:
        """The name of the Textual action."""
        return self.id.replace(".", "_").replace("-", "_")


_APP: Final = (Scope.APP,)
_TABLE: Final = (Scope.TABLE,)
_HERE: Final = (Scope.TABLE, Scope.PAGE)

COMMANDS: Final[tuple[Command, ...]] = (
    Command("filter", ("/",), "Filter", "words, /regex/, !not, host:wiki, prot:open", _TABLE, "filter"),
    Command("open", ("enter",), "Go deeper", "the detail of the row at the cursor", _TABLE, "detail"),
    Command("describe", ("d",), "Describe", "everything known of the row, as a page", _TABLE, "describe"),
    Command("raw", ("y",), "Raw", "the row as JSON", _HERE, "raw"),
    Command(
        "back",
        ("escape",),
        "Back",
        "clears the filter, else leaves the page",
        _HERE,
        "back",
        palette=False,
        bar_in=(Scope.PAGE,),
    ),
    Command("down", ("j", "down"), "Down", "one row or line", _HERE, palette=False),
    Command("up", ("k", "up"), "Up", "one row or line", _HERE, palette=False),
    Command("page-down", ("pagedown", "ctrl+d"), "Page down", "one screen", _HERE, palette=False),
    Command("page-up", ("pageup", "ctrl+u"), "Page up", "one screen", _HERE, palette=False),
    Command("top", ("g", "home"), "Top", "the first row or line", _HERE),
    Command("bottom", ("G", "end"), "Bottom", "the last row or line", _HERE),
    Command("sort.state", ("S",), "Sort by state", "the broken first; again turns it round", _TABLE),
    Command("sort.host", ("H",), "Sort by host", "by name; again turns it round", _TABLE),
    Command("sort.protection", ("T",), "Sort by protection", "the open first", _TABLE),
    Command("sort.certificate", ("C",), "Sort by certificate", "the soonest expiry first", _TABLE),
    Command("sort.next", ("o",), "Sort by next column", "left to right; a click on a heading too", _TABLE),
    Command("refresh", ("ctrl+r",), "Refresh now", "reads every source, also while paused", _APP),
    Command("pause", ("P",), "Pause", "stops reading; again goes on", _APP, "pause"),
    Command("palette", (":", "ctrl+p"), "Commands", "every command by its name", _APP, "commands", palette=False),
    Command("theme", (), "Dark or light", "changes between the two themes", _APP),
    Command("help", ("?",), "Help", "every key that works", _APP, "help"),
    Command("quit", ("q", "ctrl+c"), "Quit", "ends the dashboard, changes nothing", _APP, "quit"),
)

_SHOWN: Final[Mapping[str, str]] = {"escape": "esc", "pagedown": "pgdn", "pageup": "pgup"}


class Keymap:
    """The commands with the keys that this person uses.

    Raises ConfigError for an unknown command, an empty key, or a key that another command of the same place has.
    """

    def __init__(self, own: Mapping[str, str] | None = None) -> None:
        self.own = dict(own or {})
        known = {command.id: command for command in COMMANDS}
        for name in self.own:
            if name not in known:
                near = get_close_matches(name, known, 1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise ConfigError(f"[keys]: there is no command {name!r}{hint}")
        self._keys = {one.id: _parsed(one.id, self.own[one.id]) if one.id in self.own else one.keys for one in COMMANDS}
        self._refuse_clashes()

    def _refuse_clashes(self) -> None:
        for one, other, key in clashes(self._keys):
            mine, theirs = (one, other) if one in self.own else (other, one)
            raise ConfigError(
                f"[keys]: {mine} = {key!r} is the key of {theirs}", "choose another key or move that one too"
            )

    def keys(self, command: Command) -> tuple[str, ...]:
        """The keys of a command."""
        return self._keys[command.id]

    def shown(self, command: Command) -> str:
        """The keys as a person reads them: `j down`."""
        return " ".join(_SHOWN.get(key, key) for key in self.keys(command))

    def bar(self, scope: Scope) -> Iterator[tuple[str, Command]]:
        """The first key and the command of everything that the key bar of a scope shows."""
        for command in COMMANDS:
            if (
                command.bar
                and scope in command.bar_in
                and {scope, Scope.APP} & set(command.scopes)
                and self.keys(command)
            ):
                key = self.keys(command)[0]
                yield _SHOWN.get(key, key), command

    def overrides(self) -> dict[str, str]:
        """What `App.set_keymap` takes."""
        return {name: ",".join(self._keys[name]) for name in self.own}


def clashes(keys: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str, str]]:
    """Each pair of commands that share a key in one place, with the key."""
    for index, one in enumerate(COMMANDS):
        for other in COMMANDS[index + 1 :]:
            if Scope.APP in {*one.scopes, *other.scopes} or set(one.scopes) & set(other.scopes):
                for key in sorted(set(keys[one.id]) & set(keys[other.id])):
                    yield one.id, other.id, key


MOVES: Final = frozenset({"down", "up", "page-down", "page-up", "top", "bottom"})


def bindings(
    scope: Scope, *, only: AbstractSet[str] = frozenset(), but: AbstractSet[str] = frozenset()
) -> list[BindingType]:
    """The bindings of a scope with their default keys; the id lets `App.set_keymap` replace them.

    `only` and `but` are command ids: a node binds what it does itself.
    """
    return [
        Binding(",".join(_bound(command.keys)), command.action, command.label, show=False, id=command.id)
        for command in COMMANDS
        if command.keys and scope in command.scopes and command.id not in but and (not only or command.id in only)
    ]


def _bound(keys: Iterable[str]) -> Iterator[str]:
    return (key if key != "," else "comma" for key in keys)


def _parsed(name: str, text: str) -> tuple[str, ...]:
    keys = tuple(part.strip() for part in text.split(","))
    if not all(keys):
        raise ConfigError(f"[keys]: {name} = {text!r} names no key", 'write a key such as "f5", "ctrl+o" or "x"')
    return keys
