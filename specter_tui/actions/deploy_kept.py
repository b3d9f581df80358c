"""Removes the names of earlier images once no undo is likely to need them: each holds some hundred megabytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Final

import msgspec

from specter_tui.core.actions.ports import Journal, Tell
from specter_tui.core.deploying.kept import is_kept_name
from specter_tui.core.deploying.plan import DEPLOY
from specter_tui.core.deploying.ports import Images
from specter_tui.core.deploying.work import DeployWork
from specter_tui.core.errors import RefusedError, SourceError
from specter_tui.core.text import visible

LAST: Final = 5  # deployments of the journal, this one beside them, whose image of before stays
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class KeptImages:
    """Over the engine's images and the journal, which holds what the last deployments would go back to."""

    images: Images
    journal: Journal

    async def prune(self, work: DeployWork, tell: Tell) -> None:
        """Removes what is too old; that it can't is told, and is no failure of a deployment that is done."""
        try:
            wanted = self._wanted(work)
            for name, image_id in (await self.images.names(work.image)).items():
                if is_kept_name(name, work.image, image_id) and image_id not in wanted:
                    await self._remove(name, tell)
        except (RefusedError, SourceError) as error:
            tell(f"the images of earlier deployments stay: {error.message}")

    async def _remove(self, name: str, tell: Tell) -> None:
        shown = visible(name, _SHOWN)
        try:
            await self.images.untag(name)
        except SourceError as error:  # a container runs it
            tell(f"{shown} stays: {error.message}")
        else:
            tell(f"{shown} is removed: it was before the last {LAST} deployments")

    def _wanted(self, work: DeployWork) -> set[str]:
        own = [work, *islice(self._works(work.image), LAST)]
        return {one.before.image_id for one in own if one.before is not None} | {one.image_id for one in own}

    def _works(self, image: str) -> Iterator[DeployWork]:
        """Of the deployments of this image whose whole plan is there still, the latest first."""
        for entry in self.journal.entries():
            if entry.plan.action == DEPLOY:
                with suppress(RefusedError, msgspec.MsgspecError):
                    done = msgspec.json.decode(self.journal.backup(entry.id).plan.work, type=DeployWork)
                    if done.image == image:
                        yield done
