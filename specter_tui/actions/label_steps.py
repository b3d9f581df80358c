"""Carries the change of labels out, step by step, and takes it back."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final

from specter_tui.core.errors import RefusedError, SourceError
from specter_tui.core.protecting.ports import Compose, ComposeFiles
from specter_tui.core.protecting.work import LabelWork, Service
from specter_tui.core.text import visible

_SHOWN: Final = 200
Tell = Callable[[str], None]


class LabelSteps:
    """Writes the compose files and has Compose make the containers anew."""

    def __init__(self, files: ComposeFiles, compose: Compose) -> None:
        self._files = files
        self._compose = compose

    async def apply(self, work: LabelWork, tell: Tell) -> None:
        """Does it. Raises RefusedError and SourceError; how far it came shows in the files alone."""
        before = {one.origin: (await self._compose.effective(one.origin)).project for one in work.services}
        for change in work.files:
            self._files.replace(change.path, change.before.encode(), change.after.encode())
            tell(f"wrote {visible(change.path, _SHOWN)}")
        for service in work.services:
            await self._compose.check(service.origin)
            after = (await self._compose.effective(service.origin)).project
            _demand_only_labels(before[service.origin], after, service)
        tell("docker compose takes the files, and reads one label differently")
        await self._up(work, tell)

    async def rollback(self, work: LabelWork, tell: Tell) -> None:
        """Puts the files back, byte for byte, and has the containers made from them again.

        Works from wherever `apply` ended. Raises RefusedError when a file holds neither text: it is nobody's to undo.
        """
        for change in work.files:
            before, after = change.before.encode(), change.after.encode()
            now = self._files.read(change.path)
            if now == after:
                self._files.replace(change.path, after, before)
                tell(f"put {visible(change.path, _SHOWN)} back")
            elif now != before:
                raise RefusedError(
                    f"{visible(change.path, _SHOWN)} was changed by somebody else meanwhile and is left as it is",
                    "take the label out by hand, then docker compose up -d",
                )
        await self._up(work, tell)

    async def _up(self, work: LabelWork, tell: Tell) -> None:
        for service in work.services:
            tell(f"docker compose up {visible(service.origin.service, _SHOWN)}")
            await self._compose.up(service.origin, service.replicas)


def _demand_only_labels(before: Mapping[str, object], after: Mapping[str, object], service: Service) -> None:
    """Raises SourceError when Compose reads more differently than the labels that were changed."""
    if _without(before, service) != _without(after, service):
        raise SourceError("docker compose reads more differently than the one label", "nothing was deployed")


def _without(project: Mapping[str, object], service: Service) -> Mapping[str, object]:
    left: Any = copy.deepcopy(project)
    section = left["services"][service.origin.service]
    names = {one.replace("$", "$$") for one in service.labels}
    kept = {key: value for key, value in (section.pop("labels", None) or {}).items() if key not in names}
    return {"project": left, "labels": kept}
