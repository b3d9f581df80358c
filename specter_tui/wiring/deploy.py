"""Puts the parts of deploying the verify service together."""

from __future__ import annotations

import os
from pathlib import Path

import specter_tui
from specter_tui.actions.deploy_kept import KeptImages
from specter_tui.actions.deploy_look import DeployLook
from specter_tui.actions.deploy_proof import DeployProof, Patience
from specter_tui.actions.deploy_steps import DeploySteps
from specter_tui.actions.deploy_verify import DeployVerify
from specter_tui.collect.collector import DOCKER_DEADLINE
from specter_tui.config import LoadedConfig
from specter_tui.core.actions.ports import Clock
from specter_tui.sources.docker_client import EngineClient
from specter_tui.wiring.collector import is_remote
from specter_tui.wiring.look import ProbeOnce, looker


def build_deploy(config: LoadedConfig, clock: Clock, *, patience: Patience | None = None) -> DeployVerify:
    """Deploying in one context."""
    from specter_tui.effects.build_folder import BuildContext
    from specter_tui.effects.compose_stack import ComposeStack
    from specter_tui.effects.docker_images import DockerImages
    from specter_tui.effects.journal import FileJournal
    from specter_tui.effects.secret_file import SecretFile
    from specter_tui.effects.state_folder import state_path
    from specter_tui.effects.trusted_file import trusted_owners
    from specter_tui.effects.wheel_fetcher import WheelContainer

    settings = config.settings
    host = settings.docker.host
    compose = ComposeStack(settings.compose.dir, host)
    images = DockerImages(EngineClient(settings.docker, DOCKER_DEADLINE))
    folder = BuildContext(settings.compose.dir.rstrip("/"), image_sources(), trusted_owners(os.environ))
    secrets = SecretFile()
    return DeployVerify(
        looking=DeployLook(compose, images, folder, secrets, settings, os.geteuid()),
        steps=DeploySteps(compose, images, folder, secrets, WheelContainer(host)),
        proof=DeployProof(looker(config), images, ProbeOnce(), settings, clock, patience or Patience()),
        kept=KeptImages(images, FileJournal(state_path(os.environ, root=os.geteuid() == 0))),
        settings=settings,
        remote=is_remote(config),
    )


def image_sources() -> tuple[Path, Path]:
    """The service's folder and its lock file: from the wheel, else from the checkout that this package stands in."""
    package = Path(specter_tui.__file__).parent
    lock = package / "_stack" / "requirements-verify.lock"
    return package.parent / "verify_service", lock if lock.is_file() else package.parent / lock.name
