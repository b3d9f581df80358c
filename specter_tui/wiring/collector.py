"""The composition root: builds the collector with the adapters that the configuration asks for."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from specter_tui.collect import Collector, Sources
from specter_tui.collect.collector import DOCKER_DEADLINE, LOG_DEADLINE, TRAEFIK_DEADLINE
from specter_tui.config import LoadedConfig
from specter_tui.core.collection import keep_what_there_is
from specter_tui.core.engine import is_remote_engine
from specter_tui.core.errors import SourceError
from specter_tui.core.ports import AcmeSource, ContainerTools
from specter_tui.core.snapshot import SourceName
from specter_tui.wiring.asked import watching_join
from specter_tui.wiring.cloudflare import cloudflare_source

_KEPT = 256  # connections to entry points: as many hosts are proved without a handshake each minute
_PROBE_PAUSE = 0.01  # seconds: a third of a core at most, and keys are answered in between
_MARGIN = 0.5  # seconds: an adapter's own limit comes first, since its message knows more than the collector's


def build(config: LoadedConfig, *, probe: bool | None = None) -> Collector:
    """The collector of one context; `probe` None: as the settings say, and spread over time, for the dashboard.

    Imports httpx, so call it in a thread where that matters. Raises ConfigError for settings that name files
    or addresses which cannot be used.
    """
    from specter_tui.sources.docker_engine import DockerEngine
    from specter_tui.sources.docker_tail import DockerTail
    from specter_tui.sources.handshake import Handshakes
    from specter_tui.sources.probe import Probe
    from specter_tui.sources.traefik import TraefikApi, TraefikCertificates
    from specter_tui.sources.traefik_log import TraefikLog

    # httpx imports it at its first connection and watchfiles at its first watch, both on the event loop: 40 ms.
    with suppress(ImportError):  # a name of anyio's own: without it the first read is merely slower
        import_module("anyio._backends._asyncio")
    settings = config.settings
    acme, why = _acme(config)
    probing = settings.probe.enabled if probe is None else probe and settings.probe.enabled
    reasons = {
        SourceName.TRAEFIK: "no api_url in [traefik] of this context",
        SourceName.ACME: why,
        SourceName.CLOUDFLARE: "no token_file in [cloudflare], and no CLOUDFLARE_API_TOKEN",
        SourceName.PROBE: "not asked for with --probe" if settings.probe.enabled else "enabled = false in [probe]",
    }
    sources = Sources(
        traefik=TraefikApi(settings.traefik, TRAEFIK_DEADLINE - _MARGIN) if settings.traefik.api_url else None,
        docker=DockerEngine(settings.docker, DOCKER_DEADLINE - _MARGIN, verify_url=settings.protection.verify_url),
        acme=acme,
        cloudflare=cloudflare_source(settings.cloudflare, lambda: is_remote(config)),
        probe=(Probe(pause=_PROBE_PAUSE, keep=_KEPT) if probe is None else Probe()) if probing else None,
        traefik_log=TraefikLog(
            settings.traefik.log_file,
            dynamic_dir(config),
            DockerTail(settings.docker, LOG_DEADLINE - 2 * _MARGIN),
            LOG_DEADLINE - _MARGIN,
        ),
        held=TraefikCertificates(settings.traefik) if settings.traefik.api_url else None,
        handshakes=Handshakes() if probing else None,
        reasons=reasons,
    )
    keep_what_there_is()  # the modules now, the first snapshot when it is there
    return Collector(sources, settings, config.context, join=watching_join(config), settled=keep_what_there_is)


def build_container_tools(config: LoadedConfig) -> ContainerTools:
    """What looks at single containers of one context; it reads nothing until it is asked to."""
    from specter_tui.sources.docker_tools import DockerTools

    return DockerTools(config.settings.docker, DOCKER_DEADLINE - _MARGIN)


def _acme(config: LoadedConfig) -> tuple[AcmeSource | None, str]:
    """The reader of acme.json, or why there is none: a default path that leads nowhere is no fault."""
    from specter_tui.sources.acme_file import AcmeFiles

    settings = config.settings
    files = settings.traefik.acme_files
    if not files:
        return None, "no acme_files in [traefik]"
    if not config.given("traefik.acme_files"):
        if is_remote(config):
            return None, "Docker is on another machine and acme_files is not set for it"
        if not any(os.path.lexists(one) for one in files) and _can_look(files):
            return None, f"{files[0]} does not exist; set acme_files in [traefik] where it lies elsewhere"
    return AcmeFiles(files), ""


def dynamic_dir(config: LoadedConfig) -> str:
    """The dynamic folder; empty for a default path that leads nowhere, or to another Traefik's folder."""
    folder = config.settings.traefik.dynamic_dir
    if config.given("traefik.dynamic_dir"):
        return folder
    return folder if Path(folder).is_dir() and not is_remote(config) else ""


def _can_look(files: tuple[str, ...]) -> bool:
    """Whether not seeing the files means that there are none: without permission for the folder it does not."""
    return all(os.access(_nearest(Path(one).parent), os.X_OK) for one in files)


def _nearest(folder: Path) -> Path:
    return next((one for one in (folder, *folder.parents) if os.path.lexists(one)), Path("/"))


def is_remote(config: LoadedConfig) -> bool:
    """Whether the Docker Engine is on another machine: by its address, else by the current docker context."""
    from specter_tui.sources.docker_host import locate

    host = config.settings.docker.host or os.environ.get("DOCKER_HOST", "")
    if host:
        return is_remote_engine(host)
    if not _has_contexts():  # so that the SDK is not imported for nothing
        return False
    try:
        return locate(config.settings.docker, os.environ).remote
    except SourceError:  # the Docker source says it, when it reads
        return False


def _has_contexts() -> bool:
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    return bool(os.environ.get("DOCKER_CONTEXT")) or (folder / "contexts").is_dir()
