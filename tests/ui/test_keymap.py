"""The registry: complete, without conflicts, and the person's own keys over it."""

from __future__ import annotations

import inspect

import pytest

from specter_tui.core.errors import ConfigError
from specter_tui.ui.acting.acting import ACTING
from specter_tui.ui.app import SpecterApp
from specter_tui.ui.commands import COMMANDS, Scope, command
from specter_tui.ui.keymap import MOVES, Keymap, bindings, clashes
from specter_tui.ui.screens.item_pages import ItemPage
from specter_tui.ui.screens.log_choice import LogChoice
from specter_tui.ui.views.catalog import VIEWS
from specter_tui.ui.views.logs_view import LogsView
from specter_tui.ui.views.table_view import TableView
from specter_tui.ui.widgets.log_pane import LogPane
from specter_tui.ui.widgets.snapshot_table import SnapshotTable
from specter_tui.ui.widgets.text_pane import TextPane

FORBIDDEN = {"ctrl+a", "ctrl+b", "ctrl+z", "ctrl+h", "ctrl+j", "ctrl+k", "ctrl+l", "ctrl+space"}  # tmux, IME, suspend


def test_no_two_commands_share_a_key_in_one_place() -> None:
    assert list(clashes({command.id: command.keys for command in COMMANDS})) == []


def test_ids_are_unique_and_every_command_says_what_it_does() -> None:
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)
    assert all(command.label and command.help for command in COMMANDS)


def test_the_keys_that_people_know_from_elsewhere() -> None:
    """k9s's, lazygit's and less's; those that differ, differ on purpose."""
    known = {
        "describe": "d",
        "raw": "y",
        "logs": "l",
        "restart": "r",
        "protect": "p",
        "pause": "P",
        "actions": "x",
        "undo": "z",
        "journal": "@",
        "arm": "!",
        "filter": "/",
        "help": "?",
        "open": "enter",
        "back": "escape",
        "refresh": "ctrl+r",
        "copy": "c",
        "quit": "q",
    }
    assert {name: command(name).keys[0] for name in known} == known
    assert command("palette").keys == (":", "ctrl+p")
    assert [set(command(name).keys) >= {key} for name, key in (("down", "j"), ("up", "k"), ("top", "g"))] == [True] * 3
    assert "G" in command("bottom").keys


def test_the_digits_are_views_in_the_order_of_the_tabs_and_services_has_none() -> None:
    digits = {one.keys[0]: one.argument[0] for one in COMMANDS if one.verb == "view" and one.keys}
    assert digits == {str(place): spec.kind for place, spec in enumerate((spec for spec in VIEWS if spec.tab), 1)}
    assert len(digits) == 9
    assert command("view.services").keys == ()


def test_what_changes_something_has_no_key_that_destroys_elsewhere_or_only_looks() -> None:
    keys = {key for name in ACTING for key in command(name).keys}
    assert not keys & {"d", "k", "s", "D", "delete", "ctrl+d", "ctrl+k", "space", "enter"}


def test_no_key_that_a_multiplexer_or_terminal_takes() -> None:
    assert not FORBIDDEN & {key for command in COMMANDS for key in command.keys}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.id)
def test_every_command_is_done_by_a_node_of_its_place(command: object) -> None:
    places: dict[Scope, tuple[type, ...]] = {
        Scope.APP: (SpecterApp,),
        Scope.BROWSE: (SpecterApp,),
        Scope.TABLE: (TableView, SnapshotTable),
        Scope.PAGE: (ItemPage, TextPane),
        Scope.LOGS: (LogsView, LogPane, LogChoice),
    }
    one = next(it for it in COMMANDS if it is command)
    if one.id in ACTING:  # done by the app wherever there is something to do it with
        places = dict.fromkeys(places, (SpecterApp,))
    for scope in set(one.scopes) & set(places):
        assert any(inspect.isfunction(getattr(place, f"action_{one.verb}", None)) for place in places[scope])


def test_a_key_of_ones_own_replaces_the_default() -> None:
    keymap = Keymap({"filter": "f5,ctrl+f"})
    command = next(one for one in COMMANDS if one.id == "filter")
    assert keymap.keys(command) == ("f5", "ctrl+f")
    assert keymap.overrides() == {"filter": "f5,ctrl+f"}
    assert ("f5", command) in list(keymap.bar(Scope.TABLE))


def test_two_commands_may_swap_their_keys() -> None:
    keymap = Keymap({"describe": "y", "raw": "d"})
    assert keymap.overrides() == {"describe": "y", "raw": "d"}


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        ({"filtre": "f"}, "did you mean filter?"),
        ({"filter": ""}, "names no key"),
        ({"filter": "x,"}, "names no key"),
        ({"filter": "f5,tab"}, "tab moves between fields"),
        ({"filter": "q"}, "is the key of quit"),
        ({"quit": "/"}, "is the key of filter"),
        ({"filter": "x", "describe": "x"}, "is the key of"),
    ],
)
def test_keys_that_can_not_be_are_refused(own: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Keymap(own)
    assert sentence in caught.value.sentence()
    assert "[keys]" in caught.value.sentence()


def test_bindings_carry_the_ids_that_a_keymap_needs() -> None:
    ids = {getattr(one, "id", None) for one in bindings(Scope.TABLE, only=MOVES)}
    assert ids == set(MOVES)
