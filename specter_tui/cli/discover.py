"""Asks the Docker Engine which container runs Traefik, for `config init` and the dashboard's first screen."""

from __future__ import annotations

from specter_tui.core.discovery import Proposal, propose, traefik_containers
from specter_tui.core.errors import SourceError
from specter_tui.core.settings import DockerSettings
from specter_tui.core.text import visible


async def discover(settings: DockerSettings) -> Proposal:
    """What the engine's containers propose; where it cannot be asked, a proposal that says why."""
    from specter_tui.sources.docker_engine import DockerEngine

    engine = DockerEngine(settings)
    try:
        read = await engine.read()
        chosen = traefik_containers(read.containers)[:1]
        details = {one.id: await engine.inspect(one.id) for one in chosen}
    except SourceError as error:
        return Proposal("", notes=(f"Docker was not asked: {visible(error.sentence(), 500)}.",))
    finally:
        await engine.close()
    return propose(read.containers, details, remote=read.remote)
