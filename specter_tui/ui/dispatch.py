"""Runs a command where the person is: on the nearest node, from the focus outwards, that can do it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from textual.app import App
from textual.dom import DOMNode
from textual.screen import Screen

from specter_tui.ui.commands import COMMANDS, Command


def doer(screen: Screen[object], command: Command) -> DOMNode | None:
    """The node that does a command on this screen, None when the command does not work there."""
    for node in (screen.focused or screen).ancestors_with_self:
        if hasattr(node, f"action_{command.verb}") and node.check_action(command.verb, command.argument):
            return node
    return None


def available(screen: Screen[object]) -> Iterator[Command]:
    """The commands of the palette that work on this screen."""
    return (command for command in COMMANDS if command.palette and doer(screen, command) is not None)


async def run_command(app: App[Any], command: Command) -> None:
    """Does a command on the screen that is on top."""
    node = doer(app.screen, command)
    if node is not None:
        await app.run_action(command.action, default_namespace=node)
