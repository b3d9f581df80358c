"""The help page begins with what is of use right there, and leaves nothing out."""

from __future__ import annotations

import pytest

from specter_tui.ui.commands import COMMANDS, Scope
from specter_tui.ui.screens.help import help_groups
from tests.ui.driver import running
from tests.ui.fakes import assert_shows


@pytest.mark.parametrize("scope", [Scope.HOME, Scope.TABLE, Scope.PAGE, Scope.LOGS])
def test_every_command_stands_there_once(scope: Scope) -> None:
    groups = help_groups(scope)
    assert sorted(one.id for _, found in groups for one in found) == sorted(one.id for one in COMMANDS)
    assert [title for title, _ in groups][:2] == ["moving", scope.value]


async def test_its_first_page_is_about_moving_and_the_view() -> None:
    async with running() as one:
        await one.press("?")
        assert_shows(one.app, "Page down", "in a table", "Filter", "Describe", "Protect")
    async with running() as one:
        await one.press("d", "?")
        assert_shows(one.app, "on a page", "Raw")
