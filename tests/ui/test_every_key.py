"""Every key of every command in every place leads to it: those of the registry, and the person's own instead."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import pytest
from textual.keys import _character_to_key

from specter_tui.ui.app import SpecterApp
from specter_tui.ui.commands import COMMANDS, Command, Scope, command
from specter_tui.ui.keymap import MOVES
from specter_tui.ui.screens.item_pages import ItemPage, RawPage
from specter_tui.ui.screens.log_choice import LogChoice
from specter_tui.ui.theme import LIGHT
from tests.ui import driver, logs_driver
from tests.ui.desk import FakeDesk
from tests.ui.worlds import world

Keys = dict[str, str]
Place = Callable[[Keys], AbstractAsyncContextManager[SpecterApp]]
OWN: Final[Keys] = {one.id: f"ctrl+f{number}" for number, one in enumerate(COMMANDS)}


@asynccontextmanager
async def home(keys: Keys) -> AsyncIterator[SpecterApp]:
    async with driver.running(world(), view="home", keys=keys) as one:
        yield one.app


@asynccontextmanager
async def table(keys: Keys) -> AsyncIterator[SpecterApp]:
    async with driver.running(world(), view="routes", keys=keys) as one:
        yield one.app


@asynccontextmanager
async def page(keys: Keys) -> AsyncIterator[SpecterApp]:
    async with driver.running(world(), view="routes", keys=keys) as one:
        await one.press(keys.get("describe", "d"))
        assert isinstance(one.app.screen, ItemPage)
        yield one.app


@asynccontextmanager
async def logs(keys: Keys) -> AsyncIterator[SpecterApp]:
    async with logs_driver.running("wiki", keys=keys) as one:
        yield one.app


@asynccontextmanager
async def choice(keys: Keys) -> AsyncIterator[SpecterApp]:
    async with logs_driver.running("wiki", keys=keys) as one:
        await one.press(keys.get("choose", "a"))
        assert isinstance(one.app.screen, LogChoice)
        yield one.app


def of(*scopes: Scope, but: frozenset[str] = frozenset()) -> list[Command]:
    wanted = {*scopes, Scope.APP}
    return [one for one in COMMANDS if wanted & set(one.scopes) and one.id not in but]


PLACES: Final[Mapping[str, tuple[Place, list[Command]]]] = {
    "home": (home, of(Scope.HOME, Scope.BROWSE)),
    "table": (table, of(Scope.TABLE, Scope.BROWSE)),
    "page": (page, of(Scope.PAGE, Scope.BROWSE)),
    "logs": (logs, of(Scope.LOGS, but=frozenset({"mark-row"}))),
    "choice": (choice, [command(name) for name in ("open", "back", "mark-row", *sorted(MOVES))]),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("keys", [{}, OWN], ids=["the registry's keys", "own keys"])
async def test_every_key_leads_to_its_command(place: str, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    enter, commands = PLACES[place]
    async with enter(keys) as app:
        done = _recorded(app, monkeypatch)
        for one in commands:
            for key in app.person_keys.keys(one):
                assert await _done_by(app, key, done) == [one.action], key
        replaced = {key for one in COMMANDS for key in one.keys} if keys else set()
        for key in replaced:
            found = await _done_by(app, key, done)
            assert not {one.action for one in COMMANDS} & set(found), f"{key} was given away"
        monkeypatch.undo()


def _recorded(app: SpecterApp, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The actions that keys lead to from now on; none is carried out."""
    done: list[str] = []

    async def record(action: object, *_: object, **__: object) -> bool:
        if action == "screen.copy_text":
            return False  # Textual's, which steps aside while no text is selected
        done.append(str(action))
        return True

    monkeypatch.setattr(app, "run_action", record)
    return done


async def _done_by(app: SpecterApp, key: str, done: list[str]) -> list[str]:
    done.clear()
    await app._does("+".join((*key.split("+")[:-1], _character_to_key(key.rpartition("+")[2]))))
    return list(done)


async def test_keys_that_textual_has_a_use_for_are_the_persons_too() -> None:
    own = {"describe": "right", "theme": "ctrl+q", "palette": "f1", "raw": "ctrl+p"}
    async with driver.running(world(), keys=own) as one:
        await one.press("ctrl+q")
        assert (one.app.theme, one.app.return_code) == (LIGHT, None)
        await one.press("right")
        assert isinstance(one.app.screen, ItemPage)
        await one.press("escape", "ctrl+p")
        assert isinstance(one.app.screen, RawPage)


@pytest.mark.parametrize("kind", [one.argument[0] for one in COMMANDS if one.verb == "view"])
async def test_describing_never_changes_anything(kind: str) -> None:
    desk = FakeDesk()
    async with driver.running(world(), view="", make_desk=lambda: desk) as one:
        await one.app.visit(kind)
        for _ in range(3):
            await one.press(*command("describe").keys, "j", "k", "pagedown", "ctrl+d", "G", "g")
        assert (desk.wishes, desk.done) == ([], [])
