"""Plans protecting and unprotecting by labels: reads everything, changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec

from specter_tui.core import labels
from specter_tui.core.actions.undo import reversed_text
from specter_tui.core.compose import NotByComposeError, Origin, origin_of, pending
from specter_tui.core.compose_references import references
from specter_tui.core.errors import RefusedError
from specter_tui.core.labels import ComposeText, Edit
from specter_tui.core.pending import PendingError, differences
from specter_tui.core.protecting import OverlayNeeded, Target
from specter_tui.core.protecting.ports import Compose, ComposeFiles, Effective, Origins
from specter_tui.core.protecting.work import FileChange, LabelWork, RouterChange, Service
from specter_tui.core.text import visible

_SHOWN: Final = 200
_DOT_ENV: Final = ".env"


class Planned(NamedTuple):
    """The work, and what else the containers will get with it, one sentence each."""

    work: LabelWork
    pending: tuple[str, ...]


class LabelPlanner:
    """Finds the compose files of routers' containers and decides their edits."""

    def __init__(self, files: ComposeFiles, compose: Compose, origins: Origins) -> None:
        self._files = files
        self._compose = compose
        self._origins = origins

    async def plan(
        self, targets: Sequence[Target], middleware: str, *, protects: bool, include_pending: bool
    ) -> Planned:
        """What is to be done. Raises RefusedError, with the reason, OverlayNeeded among them, and SourceError.

        Changes that wait in the files to be deployed are refused unless `include_pending`: they would come with it.
        """
        origins = await self._origins_of(targets, protects=protects)
        version = await self._compose.version()
        project = _Project(labels.protect if protects else labels.unprotect, middleware)
        waiting: list[str] = []
        for target, origin in zip(targets, origins, strict=True):
            if origin not in project.services:
                effective = await self._compose.effective(origin)
                why = pending(origin, await self._compose.config_hash(origin), version)
                if why:
                    waiting += await self._waiting(target, origin, effective, why)
                project.add(origin, effective, len(target.containers), self._texts(origin))
            project.edit(target, origin)
        if waiting and not include_pending:
            raise PendingError(tuple(waiting))
        return Planned(project.work(targets, protects=protects), tuple(waiting))

    async def reversed(self, done: LabelWork, targets: Sequence[Target]) -> LabelWork:
        """The work that takes a finished one back: its own lines out of the files as they are now.

        Raises RefusedError where those lines were changed since, and SourceError.
        """
        version = await self._compose.version()
        origins = {await self._origin(one): len(one.containers) for one in targets}
        for origin in origins:
            why = pending(origin, await self._compose.config_hash(origin), version)
            if why:
                raise RefusedError(f"other changes would be deployed too: {why}", "deploy them first")
        files: list[FileChange] = []
        for one in done.files:
            now = self._text(one.path)
            files.append(FileChange(one.path, now, reversed_text(one.path, one.before, one.after, now)))
        names = {(one.origin.project, one.origin.service): one.labels for one in done.services}
        return LabelWork(
            protects=not done.protects,
            middleware=done.middleware,
            files=tuple(files),
            services=tuple(
                Service(origin, replicas, names.get((origin.project, origin.service), ()))
                for origin, replicas in origins.items()
            ),
            routers=_routers(targets),
        )

    def fingerprint(self, work: LabelWork) -> str:
        """A digest of the work and of every file that decides what Compose would run. Raises RefusedError."""
        digest = hashlib.sha256(msgspec.json.encode(work))
        for service in work.services:
            for path in self._read_by_compose(service.origin):
                digest.update(hashlib.sha256(self._files.read(path)).digest())
        return digest.hexdigest()

    async def _waiting(self, target: Target, origin: Origin, effective: Effective, why: str) -> list[str]:
        """Why other changes wait, and which, as far as the first container tells."""
        deployed = await self._origins.inspected(target.containers[0].id)
        name = visible(origin.service, _SHOWN)
        found = differences(effective.project, origin.service, deployed)
        return [f"{name}: {why}", *(f"{name}: {one}" for one in found)]

    def _read_by_compose(self, origin: Origin) -> tuple[str, ...]:
        """Every file that decides what Compose would run for the service."""
        found = dict.fromkeys((*origin.config_files, *self._env_files(origin)))
        waiting = [(path, origin.service, origin.working_dir) for path in origin.config_files]
        seen: set[tuple[str, str]] = set()
        while waiting:
            path, service, folder = waiting.pop()
            if (path, service) in seen:
                continue
            seen.add((path, service))
            named = references(ComposeText(path, self._text(path)), service, folder)
            found |= dict.fromkeys(one for one in named.env_files if self._files.exists(one))
            for other in named.extended:
                where = other.path or path
                found[where] = None
                waiting.append((where, other.service, folder if where == path else where.rpartition("/")[0]))
        return tuple(found)

    def _env_files(self, origin: Origin) -> tuple[str, ...]:
        implied = f"{origin.working_dir.rstrip('/')}/{_DOT_ENV}"
        return origin.env_files or ((implied,) if self._files.exists(implied) else ())

    async def _origins_of(self, targets: Sequence[Target], *, protects: bool) -> list[Origin]:
        """Where each is made, found before Compose is asked for, which is of no use where it made none of them."""
        try:
            return [await self._origin(one) for one in targets]
        except NotByComposeError as error:
            if protects:
                raise OverlayNeeded(error.message) from error
            raise

    async def _origin(self, target: Target) -> Origin:
        """The one project that made all containers of a router."""
        found: dict[Origin, str] = {}
        label = f"traefik.http.routers.{target.router}.middlewares".casefold()
        for container in target.containers:
            made = await self._origins.made(container.id)
            if any(key.casefold() == label for key in made.image_labels):
                raise RefusedError(
                    f"the image of {visible(container.name, _SHOWN)} brings the router's middlewares along",
                    "write them into the compose file first",
                )
            found[origin_of(made)] = container.name
        if len(found) != 1:
            names = ", ".join(visible(one, _SHOWN) for one in found.values())
            raise RefusedError(f"the containers {names} were made from different files or settings", "deploy it first")
        return next(iter(found))

    def _texts(self, origin: Origin) -> tuple[ComposeText, ...]:
        """The trusted compose files; all others that decide what Compose runs have to be trusted too."""
        for path in self._read_by_compose(origin):
            self._files.read(path)
        return tuple(ComposeText(path, self._text(path)) for path in origin.config_files)

    def _text(self, path: str) -> str:
        try:
            return self._files.read(path).decode()
        except UnicodeDecodeError:
            raise RefusedError(f"{visible(path, _SHOWN)} is not UTF-8", "save it as UTF-8") from None


Decide = Callable[..., Edit | None]


class _Project:
    """The files as they will be; several routers may change the same one."""

    def __init__(self, decide: Decide, middleware: str) -> None:
        self._decide = decide
        self._middleware = middleware
        self._before: dict[str, str] = {}
        self._after: dict[str, str] = {}
        self._effective: dict[Origin, Effective] = {}
        self.services: dict[Origin, Service] = {}

    def add(self, origin: Origin, effective: Effective, replicas: int, texts: Sequence[ComposeText]) -> None:
        """A service with the texts of its files."""
        self._effective[origin] = effective
        self.services[origin] = Service(origin, replicas, ())
        for one in texts:
            self._before.setdefault(one.path, one.text)
            self._after.setdefault(one.path, one.text)

    def edit(self, target: Target, origin: Origin) -> None:
        """Decides the edit for one router. Raises RefusedError when there is nothing to do."""
        files = [ComposeText(path, self._after[path]) for path in origin.config_files]
        found = self._decide(files, origin.service, target.router, self._middleware, self._effective[origin].labels)
        if found is None:
            name = visible(target.route.id, _SHOWN)
            raise RefusedError(f"the labels of {name} say so already", "deploy them: docker compose up -d")
        self._after[found.path] = found.after
        known = self.services[origin]
        self.services[origin] = Service(origin, known.replicas, (*known.labels, found.label))

    def work(self, targets: Sequence[Target], *, protects: bool) -> LabelWork:
        """All of it."""
        return LabelWork(
            protects=protects,
            middleware=self._middleware,
            files=tuple(
                FileChange(path, self._before[path], text)
                for path, text in self._after.items()
                if text != self._before[path]
            ),
            services=tuple(self.services.values()),
            routers=_routers(targets),
        )


def _routers(targets: Sequence[Target]) -> tuple[RouterChange, ...]:
    return tuple(RouterChange(one.route.id, one.route.hosts, one.route.router.middlewares) for one in targets)
