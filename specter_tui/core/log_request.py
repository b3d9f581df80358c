"""Whose log is Traefik's."""

from __future__ import annotations

from specter_tui.core.exposure import running_traefiks
from specter_tui.core.model import DockerRead, TraefikRead
from specter_tui.core.traefik_log import LogRequest, parse_time


def log_request(docker: DockerRead | None, traefik: TraefikRead | None) -> LogRequest:
    """Which container's log is Traefik's: that of the only container which runs it."""
    started = parse_time(traefik.started_at) if traefik else None
    found = running_traefiks(docker.containers) if docker else ()
    if len(found) == 1:
        return LogRequest(found[0].id, found[0].name, started)
    if docker is None:
        missing = "Docker is not read"
    else:
        missing = "several containers run Traefik" if found else "no container runs Traefik"
    return LogRequest(started=started, missing=f"{missing}; set log_file in [traefik] to the file that it logs to")
