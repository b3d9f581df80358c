"""Carries a deployment of the verify service out, step by step, and takes it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from specter_tui.core.actions.ports import Tell
from specter_tui.core.deploying.facts import Record
from specter_tui.core.deploying.ports import BuildFolder, Images, Secrets, StackCompose, WheelFetcher
from specter_tui.core.deploying.wheels import check_wheels
from specter_tui.core.deploying.work import DeployWork, State
from specter_tui.core.errors import FailedError, SourceError
from specter_tui.core.text import visible

_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class DeploySteps:
    """Each step is done once, whoever repeats it: a process that is killed leaves the rest to another one."""

    compose: StackCompose
    images: Images
    folder: BuildFolder
    secrets: Secrets
    fetcher: WheelFetcher

    async def apply(self, work: DeployWork, tell: Tell) -> None:
        """Does it, or goes on with it. Raises RefusedError, SourceError and FailedError."""
        if work.image_id:
            await self._keep(work, tell)
            await self._go_back(work, State(work.image_id, work.document), tell)
            return
        if work.secret is not None:
            self.secrets.make(work.secret)
            tell(f"{visible(work.secret.path, _SHOWN)} is there, for user {work.secret.user} alone")
        await self._lay_out(work, tell)
        await self._keep(work, tell)
        try:
            await self.compose.deploy(work.service, tell)
        except SourceError as error:
            words = await self.compose.last_words(work.service)
            said = f"{error.message}. Its log ends: {visible(words, _SHOWN)}" if words else error.message
            raise FailedError(said, error.remedy) from error
        tell("docker compose says that it is built, replaced and healthy")

    async def note(self, work: DeployWork) -> None:
        """Writes down what is deployed now, so that the next deployment can come back to it."""
        running = await self.images.containers(work.project, work.service)
        if running:
            first = running[0]
            self.folder.write_record(Record(first.image_id, first.config_hash, work.document))

    async def rollback(self, work: DeployWork, tell: Tell) -> None:
        """Puts the image, the containers, the context and the note of before back, from wherever `apply` ended."""
        if not work.image_id:
            self.folder.restore(work.token)
            tell("the build context is as before")
        if work.before is None:
            await self._take_away(work, tell)
        elif await self._are_as_before(work):
            await self._name(work.image_before, work.image)
            tell("the containers are still those of before")
        else:
            await self._go_back(work, work.before, tell)
        record = msgspec.json.decode(work.record_before, type=Record) if work.record_before else None
        if record is not None and work.before is not None:
            running = await self.images.containers(work.project, work.service)
            record = msgspec.structs.replace(record, config_hash=running[0].config_hash) if running else record
        self.folder.write_record(record)
        if not work.image_id:
            self.folder.restore(work.token)  # now that the note is gone the folder may be empty

    async def _lay_out(self, work: DeployWork, tell: Tell) -> None:
        if self.folder.is_of(work.token):
            tell("the build context is laid out already")
            return
        place = self.folder.begin(work)
        if not work.wheels and not work.reuse_wheels:
            await self.fetcher.fetch(work.base_image, place, tell)
        wheels = self.folder.wheels(f"{place}/wheels")
        check_wheels(f"{place}/wheels", wheels, self.folder.package().lock)
        self.folder.swap()
        tell(f"laid the build context out, with {len(wheels)} wheels, each with a hash of the lock file")

    async def _keep(self, work: DeployWork, tell: Tell) -> None:
        """Before anything is replaced: what is gone back to has a name and a note."""
        if work.before is None:
            return
        await self.images.tag(work.before.image_id, work.kept)
        tell(f"the image of before is kept as {visible(work.kept, _SHOWN)}")
        if work.before.document:
            self._write_down(work.before)
            tell("its settings are kept in verify/deployed.json")

    async def _go_back(self, work: DeployWork, wanted: State, tell: Tell) -> None:
        await self._name(wanted.image_id, work.image)
        tell(f"{visible(work.image, _SHOWN)} is the image of before again")
        document = wanted.document or work.document  # the plan said that its settings are not known
        path = self._write_down(State(wanted.image_id, document))
        await self.compose.bring_back(work.project, work.service, path)
        tell("docker compose made the containers from the image and the settings of before")

    async def _take_away(self, work: DeployWork, tell: Tell) -> None:
        """There was none before: its containers go, and what was made for it."""
        if await self.images.containers(work.project, work.service):
            await self.compose.remove(work.service)
            tell("its containers are removed: it did not run before")
        await self._name(work.image_before, work.image)
        if work.secret is not None:
            self.secrets.remove(work.secret.path)
            tell(f"{visible(work.secret.path, _SHOWN)} is removed: it was not there before")

    async def _name(self, image_id: str, name: str) -> None:
        """Gives a name the meaning of before."""
        if image_id:
            await self.images.tag(image_id, name)
        else:
            await self.images.untag(name)

    async def _are_as_before(self, work: DeployWork) -> bool:
        running = await self.images.containers(work.project, work.service)
        same = {one.id for one in running} == set(work.containers)
        return same and all(one.state == "running" for one in running)

    def _write_down(self, state: State) -> str:
        return self.folder.write_record(Record(state.image_id, "", state.document))
