"""The command palette, filled from the registry."""

from __future__ import annotations

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from specter_tui.ui.commands import Command
from specter_tui.ui.dispatch import available, run_command
from specter_tui.ui.keymap import Keymap


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
