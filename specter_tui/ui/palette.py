"""The command palette, filled from the registry."""

from __future__ import annotations

from functools import partial

from textual import on
from textual.command import CommandInput, CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from specter_tui.ui.commands import Command
from specter_tui.ui.dispatch import available, run_command
from specter_tui.ui.keymap import Keymap


class Palette(CommandPalette):
    """Textual's palette, in which enter means what was typed before it.

    Textual looks for matches in a worker: an enter that comes in one burst with the words, as over a slow line, would
    take what matched half of them, or nothing.
    """

    def __init__(self) -> None:
        super().__init__(id="--command-palette")  # by which Textual knows that one is open
        self._entered = False

    def on_mount(self) -> None:
        """Nothing is written while nothing changes."""
        self.query_one(CommandInput).cursor_blink = False

    @on(Input.Submitted)
    def _enter(self, event: Input.Submitted) -> None:
        self._entered = any(self._searches(one) and not one.is_finished for one in self.workers)
        if self._entered:
            event.stop()
            event.prevent_default()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """All that matches is there: takes the best of it, if that was asked for."""
        if self._entered and self._searches(event.worker) and event.state is WorkerState.SUCCESS:
            self._entered = False
            found = self.query_one(CommandList)
            if found.option_count:
                found.highlighted = found.highlighted or 0
                found.action_select()

    def _searches(self, worker: Worker[object]) -> bool:
        return worker.node is self and worker.group == self._GATHER_COMMANDS_GROUP


class RegistryCommands(Provider):
    """The commands that work on the screen below the palette."""

    @property
    def _keymap(self) -> Keymap:
        keymap = getattr(self.app, "person_keys", None)
        return keymap if isinstance(keymap, Keymap) else Keymap()

    async def discover(self) -> Hits:
        """Everything, before anything is typed."""
        for command in available(self.screen):
            yield DiscoveryHit(command.label, partial(run_command, self.app, command), help=self._help(command))

    def _help(self, command: Command) -> str:
        keys = self._keymap.shown(command)
        return f"{command.help} ({keys})" if keys else command.help

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        for command in available(self.screen):
            score = matcher.match(command.label)
            if score > 0:
                run = partial(run_command, self.app, command)
                yield Hit(score, matcher.highlight(command.label), run, help=self._help(command))
