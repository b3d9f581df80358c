"""What the app needs of the collector, which the composition root builds: it is injected, never imported."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the model costs a tenth of the time to the first frame, which shows none of it
    from specter_tui.core.ports import ContainerTools
    from specter_tui.core.snapshot import Snapshot


class CollectorLike(Protocol):
    """Reads the sources and joins them; each source fails by itself, inside the snapshot."""

    async def collect(self) -> Snapshot:
        """Reads what is due and gives the new snapshot."""
        ...

    async def wait(self) -> None:
        """Returns when something is due, or when it was woken."""
        ...

    def wake(self) -> None:
        """Makes everything due now."""
        ...

    async def close(self) -> None:
        """Frees what it holds."""
        ...


MakeCollector = Callable[[], CollectorLike]
MakeTools = Callable[[], "ContainerTools"]
Propose = Callable[[], Awaitable[Sequence[str]]]
