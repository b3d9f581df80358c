"""Which columns are old: those whose source is not fresh."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from specter_tui.core.snapshot import Snapshot, SourceName, SourceStatus
from specter_tui.ui.present.resource import NO_COLUMNS, Column


def dims(
    columns: Iterable[Column[Any]], source: SourceName = SourceName.TRAEFIK, certificate: Iterable[str] = ()
) -> Callable[[Snapshot], frozenset[str]]:
    """All columns while `source` is not fresh, else those of `certificate` while acme.json is stale."""
    every, certificates = frozenset(column.id for column in columns), frozenset(certificate)

    def dimmed(snapshot: Snapshot) -> frozenset[str]:
        if snapshot.source(source).status is not SourceStatus.FRESH:
            return every
        return certificates if snapshot.source(SourceName.ACME).status is SourceStatus.STALE else NO_COLUMNS

    return dimmed
