"""Puts the parts of renewing a certificate together."""

from __future__ import annotations

import os
from pathlib import Path

from specter_tui.actions.renew import Renew
from specter_tui.actions.renew_proof import RenewProof
from specter_tui.actions.renew_steps import Patience, RenewSteps
from specter_tui.collect.collector import DOCKER_DEADLINE, TRAEFIK_DEADLINE
from specter_tui.config import LoadedConfig
from specter_tui.core.actions.ports import Clock, ContainerControl
from specter_tui.wiring.collector import is_remote


def build_renew(
    config: LoadedConfig, state: Path, control: ContainerControl, clock: Clock, *, patience: Patience | None = None
) -> Renew:
    """Renewing in one context; `state` is the folder of the journal and the copies."""
    from specter_tui.effects.acme_storage import AcmeStorage
    from specter_tui.effects.journal import FileJournal
    from specter_tui.effects.trusted_file import trusted_owners
    from specter_tui.sources.docker_mounts import DockerMounts
    from specter_tui.sources.handshake import Handshakes
    from specter_tui.sources.order_log import OrderLogs
    from specter_tui.sources.traefik import TraefikApi

    settings = config.settings
    storage = AcmeStorage(trusted_owners(os.environ), state)
    traefik = TraefikApi(settings.traefik, TRAEFIK_DEADLINE)
    steps = RenewSteps(control, storage, traefik, clock, patience or Patience())
    logs = OrderLogs(settings.traefik.log_file, settings.docker)
    return Renew(
        looking=DockerMounts(settings.docker, control, DOCKER_DEADLINE),
        logs=logs,
        history=FileJournal(state).entries,
        steps=steps,
        proof=RenewProof(steps, logs, Handshakes()),
        settings=settings,
        clock=clock,
        remote=is_remote(config),
    )
