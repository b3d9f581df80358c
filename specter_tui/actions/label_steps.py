"""Carries the change of labels out, step by step, and takes it back."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Mapping, Sequence
from typing import Any, Final

from specter_tui.actions.route_proof import Look, belongs
from specter_tui.core.actions.ports import Tell
from specter_tui.core.compose import CONFIG_HASH
from specter_tui.core.errors import RefusedError, SourceError
from specter_tui.core.protecting.ports import Compose, ComposeFiles
from specter_tui.core.protecting.work import LabelWork, Service
from specter_tui.core.snapshot import Snapshot
from specter_tui.core.text import visible

_SHOWN: Final = 200
_ENGINE_BACK: Final = 60.0
_PAUSE: Final = 2.0


class LabelSteps:
    """Writes the compose files and has Compose make the containers anew; each step is done once, whoever repeats it."""

    def __init__(self, files: ComposeFiles, compose: Compose, look: Look, patience: float = _ENGINE_BACK) -> None:
        self._files = files
        self._compose = compose
        self._look = look
        self._patience = patience  # seconds that an engine which died gets to come back for the rollback

    async def apply(self, work: LabelWork, tell: Tell) -> None:
        """Does it, or goes on with it. Raises RefusedError and SourceError."""
        before = {one.origin: (await self._compose.effective(one.origin)).project for one in work.services}
        for change in work.files:
            self._write(change.path, change.before, change.after, tell)
        for service in work.services:
            await self._compose.check(service.origin)
            after = (await self._compose.effective(service.origin)).project
            _demand_only_labels(
                before[service.origin], after, [one for one in work.services if _same_project(one, service)]
            )
        tell("docker compose takes the files, and reads nothing but the label differently")
        for service in work.services:
            await self._up(service, tell)

    async def rollback(self, work: LabelWork, tell: Tell) -> None:
        """Puts the files back, byte for byte, and has the containers made from them again.

        Works from wherever `apply` ended. Raises RefusedError when a file holds neither text: it is nobody's to undo.
        """
        for change in work.files:
            self._write(change.path, change.after, change.before, tell)
        snapshot = await self._look()
        for service in work.services:
            if _are_as_before(snapshot, service):
                tell(f"the containers of {visible(service.origin.service, _SHOWN)} are still those of before")
            else:
                await self._up_again(service, tell)

    async def _up_again(self, service: Service, tell: Tell) -> None:
        """As `_up`, again and again while its time is not over: the engine may just be coming back."""
        deadline = asyncio.get_running_loop().time() + self._patience
        while True:
            try:
                return await self._up(service, tell)
            except SourceError:
                if asyncio.get_running_loop().time() >= deadline:
                    raise
            await asyncio.sleep(_PAUSE)

    def _write(self, path: str, expected: str, wanted: str, tell: Tell) -> None:
        shown = visible(path, _SHOWN)
        now = self._files.read(path)
        if now == wanted.encode():
            tell(f"{shown} is as it has to be")
        elif now == expected.encode():
            self._files.replace(path, now, wanted.encode())
            tell(f"wrote {shown}")
        else:
            raise RefusedError(
                f"{shown} was changed by somebody else meanwhile and is left as it is",
                "look at its labels, then: docker compose up -d",
            )

    async def _up(self, service: Service, tell: Tell) -> None:
        await self._compose.up(service.origin, service.replicas)
        tell(f"docker compose made the containers of {visible(service.origin.service, _SHOWN)} anew")


def _are_as_before(snapshot: Snapshot, service: Service) -> bool:
    """Whether all containers run that the work began with: then a deployment would only add what waits in the files."""
    found = [one for one in snapshot.containers if belongs(one, service)]
    same = [one for one in found if one.label(CONFIG_HASH) == service.origin.config_hash and one.state == "running"]
    return len(same) == len(found) == service.replicas


def _same_project(one: Service, other: Service) -> bool:
    return one.origin.project == other.origin.project


def _demand_only_labels(before: Mapping[str, object], after: Mapping[str, object], services: Sequence[Service]) -> None:
    """Raises SourceError when Compose reads more of a project differently than the labels that were changed."""
    if _without(before, services) != _without(after, services):
        raise SourceError("docker compose reads more differently than the one label", "nothing was deployed")


def _without(project: Mapping[str, object], services: Sequence[Service]) -> Mapping[str, object]:
    """The project as Compose tells it, without these labels, and without what they leave empty."""
    left: dict[str, Any] = copy.deepcopy(dict(project))
    for service in services:
        section = left["services"].get(service.origin.service, {})
        names = {one.replace("$", "$$") for one in service.labels}
        labels = section.pop("labels", None) or {}
        kept = {key: value for key, value in labels.items() if key not in names}
        if kept:
            section["labels"] = kept
    return left
