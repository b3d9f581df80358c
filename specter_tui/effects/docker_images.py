"""Images, networks and the containers of one service, over the docker SDK."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from specter_tui.core.compose import CONFIG_HASH, ONE_OFF, PROJECT, SERVICE, VERSION
from specter_tui.core.deploying.kept import repository_of
from specter_tui.core.deploying.work import Running
from specter_tui.effects.docker_control import Engine

if TYPE_CHECKING:
    from docker import APIClient

T = TypeVar("T")


class DockerImages:
    """`core.deploying.ports.Images` for one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def image_id(self, name: str) -> str:
        """What a name means; empty: nothing. Raises SourceError."""
        return await self._ask(lambda client: _image_id(client, name))

    async def tag(self, image_id: str, name: str) -> None:
        """Gives an image a name. Raises SourceError."""
        repository, _, tag = name.rpartition(":") if ":" in name.rpartition("/")[2] else (name, "", "latest")
        await self._ask(lambda client: client.tag(image_id, repository, tag))

    async def untag(self, name: str) -> None:
        """Takes a name away; one that is not there is none. Raises SourceError."""
        await self._ask(lambda client: _untag(client, name))

    async def names(self, image: str) -> Mapping[str, str]:
        """All names that differ from this one in their tag alone, with what each means. Raises SourceError."""
        return await self._ask(lambda client: _names(client, repository_of(image)))

    async def has_network(self, name: str) -> bool:
        """Whether there is a network of exactly this name; the engine's own filter takes parts of names."""
        return await self._ask(lambda client: any(one.get("Name") == name for one in client.networks(names=[name])))

    async def containers(self, project: str, service: str) -> tuple[Running, ...]:
        """All containers that Compose made for a service, but those of `docker compose run`."""
        return await self._ask(lambda client: _containers(client, project, service))

    async def _ask(self, ask: Callable[[APIClient], T]) -> T:
        return await self._engine.within_deadline(lambda: self._engine.asked(ask))


def _image_id(client: APIClient, name: str) -> str:
    from docker.errors import NotFound

    try:
        found: object = client.inspect_image(name)  # type: ignore[no-untyped-call]  # the stubs do not type it
    except NotFound:
        return ""
    return str(_section(found).get("Id") or "")


def _untag(client: APIClient, name: str) -> None:
    from docker.errors import NotFound

    try:
        client.remove_image(name)
    except NotFound:
        return


def _names(client: APIClient, repository: str) -> dict[str, str]:
    found = (_section(one) for one in client.images(name=repository))
    pairs = ((str(name), str(one.get("Id") or "")) for one in found for name in one.get("RepoTags") or ())
    return {name: image_id for name, image_id in pairs if repository_of(name) == repository}


def _containers(client: APIClient, project: str, service: str) -> tuple[Running, ...]:
    wanted = {"label": [f"{PROJECT}={project}", f"{SERVICE}={service}", f"{ONE_OFF}=False"]}
    listed = client.containers(all=True, filters=wanted)
    return tuple(_running(client.inspect_container(one["Id"])) for one in listed)


def _running(document: Mapping[str, Any]) -> Running:
    state, labels = _section(document.get("State")), _section(_section(document.get("Config")).get("Labels"))
    health = str(_section(state.get("Health")).get("Status") or "")
    return Running(
        id=str(document.get("Id") or ""),
        image_id=str(document.get("Image") or ""),
        state=str(state.get("Status") or ""),
        health="" if health == "none" else health,
        config_hash=str(labels.get(CONFIG_HASH) or ""),
        version=str(labels.get(VERSION) or ""),
    )


def _section(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
