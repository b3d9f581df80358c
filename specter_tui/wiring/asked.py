"""Puts the watch over asked protections into the join: each snapshot tells of those that do not hold."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime

from specter_tui.collect.collector import Join
from specter_tui.config import LoadedConfig
from specter_tui.core.errors import RefusedError
from specter_tui.core.findings.asked import with_asked
from specter_tui.core.findings.interrupted import with_interrupted
from specter_tui.core.join import Reads, join
from specter_tui.core.rejoin import JoinMemory
from specter_tui.core.settings import Settings
from specter_tui.core.snapshot import Snapshot, SourceName, SourceState


def watching_join(config: LoadedConfig) -> Join:
    """`core.join.join`, which also reads what the user asked to be protected, and which changes were interrupted."""
    from specter_tui.effects.asked_file import AskedFile
    from specter_tui.effects.journal import FileJournal
    from specter_tui.effects.state_folder import state_path

    state = state_path(os.environ, root=os.geteuid() == 0)
    asked, journal = AskedFile(state, config.context), FileJournal(state)
    memory = JoinMemory()

    def joined(
        reads: Reads, states: Mapping[SourceName, SourceState], settings: Settings, *, context: str, now: datetime
    ) -> Snapshot:
        snapshot = join(reads, states, settings, context=context, now=now, memory=memory)
        snapshot = with_asked(snapshot, asked.read())
        try:
            return with_interrupted(snapshot, journal.interrupted())
        except RefusedError as error:
            return with_interrupted(snapshot, (), error.sentence())

    return joined
