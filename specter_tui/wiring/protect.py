"""Puts the parts of protecting together."""

from __future__ import annotations

import os
from pathlib import Path

from specter_tui.actions.by_way import ByWay
from specter_tui.actions.label_plan import LabelPlanner
from specter_tui.actions.label_steps import LabelSteps
from specter_tui.actions.overlay import VIA as OVERLAY
from specter_tui.actions.overlay import ProtectByOverlay
from specter_tui.actions.protect import VIA as LABELS
from specter_tui.actions.protect import ProtectByLabels
from specter_tui.actions.route_proof import Patience, Verifier
from specter_tui.config import LoadedConfig
from specter_tui.wiring.collector import dynamic_dir, is_remote
from specter_tui.wiring.look import ProbeOnce, looker


def build_protections(config: LoadedConfig, state: Path, who: str) -> ByWay:
    """Both ways of protecting and unprotecting, labels first."""
    return ByWay({LABELS: build_protect(config, state, who), OVERLAY: build_overlay(config, state, who)})


def build_overlay(config: LoadedConfig, state: Path, who: str, *, patience: Patience | None = None) -> ProtectByOverlay:
    """The same by the overlay."""
    from specter_tui.effects.asked_file import AskedFile
    from specter_tui.effects.overlay_file import OverlayFile
    from specter_tui.effects.trusted_file import trusted_owners

    look, probe = looker(config), ProbeOnce()
    return ProtectByOverlay(
        files=OverlayFile(trusted_owners(os.environ)),
        look=look,
        verifier=Verifier(look, probe, config.settings, patience),
        probe=probe,
        asked=AskedFile(state, config.context, who),
        settings=config.settings,
        folder=dynamic_dir(config),
        remote=is_remote(config),
    )


def build_protect(config: LoadedConfig, state: Path, who: str, *, patience: Patience | None = None) -> ProtectByLabels:
    """Protecting and unprotecting in one context; `state` is the folder of the asked protections, `who` asks."""
    from specter_tui.effects.asked_file import AskedFile
    from specter_tui.effects.compose_cli import ComposeCli
    from specter_tui.effects.trusted_file import TrustedFiles, trusted_owners
    from specter_tui.sources.docker_origin import DockerOrigins

    look = looker(config)
    settings = config.settings
    files = TrustedFiles(trusted_owners(os.environ))
    compose = ComposeCli(settings.docker.host)
    probe = ProbeOnce()
    return ProtectByLabels(
        planner=LabelPlanner(files, compose, DockerOrigins(settings.docker)),
        steps=LabelSteps(files, compose, look),
        verifier=Verifier(look, probe, settings, patience),
        probe=probe,
        asked=AskedFile(state, config.context, who),
        settings=settings,
        remote=is_remote(config),
    )
