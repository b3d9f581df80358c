"""Which columns are old: those whose source is not fresh; and which are not there, as nothing is read for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from specter_tui.core.snapshot import Snapshot, SourceName, SourceStatus
from specter_tui.ui.present.resource import NO_COLUMNS, Column

_DNS: Final = frozenset({"dns"})


def dims(
    columns: Iterable[Column[Any]],
    source: SourceName = SourceName.TRAEFIK,
    certificate: Iterable[str] = (),
    dns: Iterable[str] = (),
) -> Callable[[Snapshot], frozenset[str]]:
    """All columns while `source` is not fresh, else those of `certificate` and `dns` while what they tell is stale."""
    every = frozenset(column.id for column in columns)
    parts = ((SourceName.ACME, frozenset(certificate)), (SourceName.CLOUDFLARE, frozenset(dns)))

    def dimmed(snapshot: Snapshot) -> frozenset[str]:
        if snapshot.source(source).status is not SourceStatus.FRESH:
            return every
        stale = [some for name, some in parts if some and snapshot.source(name).status is SourceStatus.STALE]
        return NO_COLUMNS.union(*stale)

    return dimmed


def without_dns(snapshot: Snapshot) -> frozenset[str]:
    """The column of DNS where Cloudflare is not configured."""
    return _DNS if snapshot.source(SourceName.CLOUDFLARE).status is SourceStatus.OFF else NO_COLUMNS
