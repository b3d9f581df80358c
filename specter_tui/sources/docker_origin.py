"""Where containers come from: the labels that Compose gave them, and which labels their image brought along."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from specter_tui.core.compose import PREFIX, Made
from specter_tui.core.errors import SourceError
from specter_tui.core.pending import Deployed
from specter_tui.core.settings import DockerSettings
from specter_tui.core.text import visible
from specter_tui.sources.docker_client import EngineClient
from specter_tui.sources.docker_host import DEFAULT_SOCKET

if TYPE_CHECKING:
    from docker import APIClient

_MIDDLEWARES: Final = ".middlewares"
_NAME_LIMIT: Final = 80


class DockerOrigins:
    """Tells of single containers, unmasked but for all labels that are not Compose's or a list of middlewares.

    Asked so rarely that no connection is kept.
    """

    def __init__(
        self,
        settings: DockerSettings,
        deadline: float = 8.0,
        *,
        environment: Mapping[str, str] | None = None,
        default_socket: Path = DEFAULT_SOCKET,
    ) -> None:
        self._connect = partial(
            EngineClient, settings, deadline, environment=environment, default_socket=default_socket
        )

    async def made(self, container_id: str) -> Made:
        """The labels of one container. Raises SourceError, also when the container or its image is gone."""
        deployed = await self.inspected(container_id)
        container, image = deployed.container, deployed.image
        return Made(_text(container, "Name").removeprefix("/"), _labels(container), _labels(image))

    async def inspected(self, container_id: str) -> Deployed:
        """One container and its image as the engine inspects them, secrets and all. Raises SourceError as `made`."""
        engine = self._connect()
        try:
            return await engine.within_deadline(lambda: engine.asked(lambda client: _deployed(client, container_id)))
        finally:
            engine.close()


def _deployed(client: APIClient, container_id: str) -> Deployed:
    from docker.errors import NotFound

    try:
        container: object = client.inspect_container(container_id)
        image: object = client.inspect_image(_text(container, "Image"))  # type: ignore[no-untyped-call]  # the stubs do not type it
    except NotFound as error:
        raise SourceError(
            f"the container {visible(container_id, _NAME_LIMIT)} or its image is gone",
            "pull or build the image again",
        ) from error
    if not isinstance(container, Mapping) or not isinstance(image, Mapping):
        raise SourceError(f"the engine's answer on {visible(container_id, _NAME_LIMIT)} has another shape")
    return Deployed(container, image)


def _text(document: object, key: str) -> str:
    found = document.get(key) if isinstance(document, Mapping) else None
    return found if isinstance(found, str) else ""


def _labels(document: object) -> dict[str, str]:
    config = document.get("Config") if isinstance(document, Mapping) else None
    labels = config.get("Labels") if isinstance(config, Mapping) else None
    return {
        key: value
        for key, value in (labels.items() if isinstance(labels, Mapping) else ())
        if isinstance(value, str) and _is_wanted(key)
    }


def _is_wanted(key: str) -> bool:
    return key.startswith(PREFIX) or (key.casefold().startswith("traefik.") and key.casefold().endswith(_MIDDLEWARES))
