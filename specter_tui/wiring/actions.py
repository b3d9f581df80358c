"""The composition root of actions: the desk of the faces, and the runner of the process that carries them out."""

from __future__ import annotations

import asyncio
import os
import pwd
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from specter_tui.actions.base import Action
from specter_tui.actions.containers import ContainerAction
from specter_tui.actions.desk import ActionDesk
from specter_tui.actions.dns_sync import DNS
from specter_tui.actions.protect import PROTECT, UNPROTECT
from specter_tui.actions.runner import Actor, Runner
from specter_tui.collect.collector import DOCKER_DEADLINE, TRAEFIK_DEADLINE
from specter_tui.config import LoadedConfig
from specter_tui.core.actions.containers import Verb
from specter_tui.core.deploying.plan import DEPLOY
from specter_tui.core.renewing.orders import RENEW
from specter_tui.effects.docker_control import DockerControl
from specter_tui.effects.journal import FileJournal
from specter_tui.effects.launcher import ProcessLauncher
from specter_tui.effects.locks import FileLocks
from specter_tui.effects.state_folder import state_path
from specter_tui.sources.docker_client import EngineClient
from specter_tui.wiring.cloudflare import dns_sync
from specter_tui.wiring.deploy import build_deploy
from specter_tui.wiring.protect import build_protections
from specter_tui.wiring.renew import build_renew

_LONG_CALL: Final = 330.0  # seconds: a container may be given minutes to end by itself


class SystemClock:
    """`core.actions.ports.Clock`."""

    def now(self) -> datetime:
        """The time of day, in UTC."""
        return datetime.now(UTC)  # noqa: TID251  the composition root hands the clock out

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)


def build_actions(config: LoadedConfig) -> Mapping[str, Action]:
    """All actions by name; a new one is one line here."""
    from specter_tui.sources.traefik import TraefikApi

    settings = config.settings
    traefik = TraefikApi(settings.traefik, TRAEFIK_DEADLINE) if settings.traefik.api_url else None
    control = DockerControl(EngineClient(settings.docker, DOCKER_DEADLINE), EngineClient(settings.docker, _LONG_CALL))
    containers = ContainerAction(control, traefik, settings, SystemClock())
    protect = build_protections(config, state_path(os.environ, root=os.geteuid() == 0), user_name(os.environ))
    dns = dns_sync(settings.cloudflare)
    deploy = build_deploy(config, SystemClock())
    renew = build_renew(config, state_path(os.environ, root=os.geteuid() == 0), control, SystemClock())
    verbs = {verb.value: containers for verb in Verb}
    return {**verbs, PROTECT: protect, UNPROTECT: protect, DNS: dns, DEPLOY: deploy, RENEW: renew}


def build_desk(config: LoadedConfig) -> ActionDesk:
    """What the faces use; read-only as the settings say."""
    options = ["--context", config.context] if config.context in config.contexts else []
    options += ["--config", os.path.abspath(config.path)] if config.path else []  # noqa: PTH100  a text, links kept
    return ActionDesk(build_actions(config), _journal(), ProcessLauncher(options), read_only=config.settings.read_only)


def build_runner(config: LoadedConfig) -> Runner:
    """What changes things; only for the process that is made for it."""
    who = user_name(os.environ)
    actor = Actor(who, config.context, config.settings.read_only)
    return Runner(build_actions(config), _journal(), FileLocks(who), SystemClock(), actor)


def _journal() -> FileJournal:
    return FileJournal(state_path(os.environ, root=os.geteuid() == 0))


def user_name(environment: Mapping[str, str]) -> str:
    """Who does it: under sudo the one who called it."""
    sudo = environment.get("SUDO_USER", "")
    if os.geteuid() == 0 and sudo:
        return sudo
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a user id without a name, as in a container
        return str(os.geteuid())
