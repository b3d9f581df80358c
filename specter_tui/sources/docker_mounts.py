"""What the engine tells of Traefik's container before it is stopped: how it comes back, and who else has its file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from specter_tui.core.actions.ports import ContainerControl
from specter_tui.core.errors import SourceError
from specter_tui.core.renewing.work import Holder, TraefikFacts
from specter_tui.core.settings import DockerSettings
from specter_tui.core.text import visible
from specter_tui.sources.docker_client import EngineClient

if TYPE_CHECKING:
    from docker import APIClient

_SWARM: Final = "com.docker.swarm.task.id"
_SHOWN: Final = 80


class DockerMounts:
    """`core.renewing.ports.TraefikLook`; asked so rarely that no connection is kept."""

    def __init__(self, settings: DockerSettings, control: ContainerControl, deadline: float = 8.0) -> None:
        self._settings = settings
        self._control = control
        self._deadline = deadline

    async def look(self, container_id: str, path: str) -> TraefikFacts:
        """The container, and all that have `path` mounted. Raises SourceError and NotFoundError."""
        container = await self._control.look(container_id)
        engine = EngineClient(self._settings, self._deadline)
        try:
            own, listed = await engine.within_deadline(lambda: engine.asked(lambda client: _ask(client, container_id)))
        finally:
            engine.close()
        config, host = _mapping(own, "Config"), _mapping(own, "HostConfig")
        user = str(config.get("User") or "").partition(":")[0]
        return TraefikFacts(
            container=container,
            user=int(user) if user.isascii() and user.isdecimal() else 0,
            removed_when_stopped=host.get("AutoRemove") is True,
            swarm=_SWARM in _mapping(config, "Labels"),
            holders=tuple(_holders(listed, path)),
        )


def _ask(client: APIClient, container_id: str) -> tuple[Mapping[str, Any], list[Any]]:
    from docker.errors import NotFound

    try:
        own: object = client.inspect_container(container_id)
    except NotFound as error:
        raise SourceError(f"there is no container {visible(container_id, _SHOWN)} any more") from error
    listed: object = client.containers(all=True)
    if not isinstance(own, Mapping) or not isinstance(listed, list):
        raise SourceError("the engine's answer has another shape")
    return own, listed


def _holders(listed: Iterable[object], path: str) -> Iterator[Holder]:
    """Every mount that the file can be reached through; of a container with several each is one."""
    file = PurePosixPath(path)
    for one in listed:
        if not isinstance(one, Mapping):
            raise SourceError("the engine's listing has another shape")
        names = one.get("Names")
        name = str(names[0]).removeprefix("/") if isinstance(names, list) and names else ""
        mounts = one.get("Mounts")
        for mount in mounts if isinstance(mounts, list) else ():
            source = PurePosixPath(str(mount.get("Source") or "")) if isinstance(mount, Mapping) else PurePosixPath()
            if source.is_absolute() and (source == file or source in file.parents):
                yield Holder(
                    id=str(one.get("Id", "")),
                    name=name,
                    state=str(one.get("State", "")),
                    source=str(source),
                    writes=mount.get("RW") is not False,
                    direct=source in {file, file.parent},
                )


def _mapping(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = document.get(key)
    return found if isinstance(found, Mapping) else {}
