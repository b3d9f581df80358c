"""The keys of the commands: the person's own over the registry's, without conflicts, and as Textual's bindings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from difflib import get_close_matches
from typing import Final

from textual.binding import Binding, BindingType

from specter_tui.core.errors import ConfigError
from specter_tui.ui.commands import COMMANDS, Command, Scope

_BETWEEN_FIELDS: Final = frozenset({"tab", "shift+tab"})
_SHOWN: Final[Mapping[str, str]] = {"escape": "esc", "pagedown": "pgdn", "pageup": "pgup"}


class Keymap:
    """The commands with the keys that this person uses.

    Raises ConfigError for an unknown command, an empty key, one that moves between fields, or a key that another
    command of the same place has.
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

    def first(self, name: str) -> str:
        """The first key of the command of that id as a person reads it, empty where it has none."""
        return next((_SHOWN.get(key, key) for key in self._keys[name]), "")

    def bar(self, scope: Scope) -> Iterator[tuple[str, Command]]:
        """The first key and the command of everything that the key bar of a scope shows."""
        for command in COMMANDS:
            here = {scope, Scope.APP, Scope.BROWSE} & set(command.scopes)
            if command.bar and scope in command.bar_in and here and self.keys(command):
                key = self.keys(command)[0]
                yield _SHOWN.get(key, key), command

    def overrides(self) -> dict[str, str]:
        """What `App.set_keymap` takes."""
        return {name: ",".join(self._keys[name]) for name in self.own}


def clashes(keys: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str, str]]:
    """Each pair of commands that share a key in one place, with the key."""
    for index, one in enumerate(COMMANDS):
        for other in COMMANDS[index + 1 :]:
            if _places(one) & _places(other):
                for key in sorted(set(keys[one.id]) & set(keys[other.id])):
                    yield one.id, other.id, key


def _places(command: Command) -> AbstractSet[Scope]:
    if Scope.APP in command.scopes:
        return frozenset(Scope)
    if Scope.BROWSE in command.scopes:
        return frozenset(Scope) - {Scope.LOGS}
    return frozenset(command.scopes)


MOVES: Final = frozenset({"down", "up", "page-down", "page-up", "top", "bottom"})


def bindings(
    *scopes: Scope, only: AbstractSet[str] = frozenset(), but: AbstractSet[str] = frozenset()
) -> list[BindingType]:
    """The bindings of scopes with their default keys; the id lets `App.set_keymap` replace them.

    `only` and `but` are command ids: a node binds what it does itself.
    """
    return [
        Binding(
            ",".join(_bound(command.keys)) or f"no-key-of-{command.id}",  # which the person's own key replaces
            command.action,
            command.label,
            show=False,
            priority=command.first,
            id=command.id,
        )
        for command in COMMANDS
        if set(scopes) & set(command.scopes) and command.id not in but and (not only or command.id in only)
    ]


def _bound(keys: Iterable[str]) -> Iterator[str]:
    return (key if key != "," else "comma" for key in keys)


def _parsed(name: str, text: str) -> tuple[str, ...]:
    keys = tuple(part.strip() for part in text.split(","))
    if not all(keys):
        raise ConfigError(f"[keys]: {name} = {text!r} names no key", 'write a key such as "f5", "ctrl+o" or "x"')
    if between := _BETWEEN_FIELDS & set(keys):
        raise ConfigError(f"[keys]: {name} = {text!r}: {min(between)} moves between fields", "choose another key")
    return keys
