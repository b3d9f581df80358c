"""The command palette, filled from the registry."""

from __future__ import annotations

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from specter_tui.ui.dispatch import available, run_command
from specter_tui.ui.keymap import Command


class RegistryCommands(Provider):
    """The commands that work on the screen below the palette."""

    def _entries(self) -> list[tuple[str, Command]]:
        return [(command.label, command) for command in available(self.screen)]

    async def discover(self) -> Hits:
        """Everything, before anything is typed."""
        for label, command in self._entries():
            yield DiscoveryHit(label, partial(run_command, self.app, command), help=command.help)

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        for label, command in self._entries():
            score = matcher.match(label)
            if score > 0:
                yield Hit(score, matcher.highlight(label), partial(run_command, self.app, command), help=command.help)
