"""Runs the service until SIGTERM or SIGINT, and lets open requests end."""

from __future__ import annotations

import asyncio
import signal
from typing import Final

import uvloop
from aiohttp import web

from verify_service.app import OPERATIONS, build, build_metrics, runner_of
from verify_service.config import Settings
from verify_service.operations import OPEN_TO_ALL
from verify_service.telemetry import Logger

_BACKLOG: Final = 1024  # Traefik keeps two idle connections a host and opens new ones for whatever is above that


def run(settings: Settings, log: Logger) -> None:
    """Serves until it is told to stop; OSError when a port is taken."""
    uvloop.run(serve(settings, log))


async def serve(settings: Settings, log: Logger) -> None:
    """The same, on the loop that runs."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    app = build(settings, log)
    runner = runner_of(app, settings.shutdown_grace)
    metrics = web.AppRunner(build_metrics(app[OPERATIONS]), access_log=None, shutdown_timeout=0)
    await runner.setup()
    await metrics.setup()
    try:
        await web.TCPSite(runner, settings.bind, settings.port, backlog=_BACKLOG).start()
        if settings.metrics_port:
            await web.TCPSite(metrics, settings.bind, settings.metrics_port).start()
        _say_what_runs(settings, log)
        await stop.wait()
        log.info("stopping", grace=settings.shutdown_grace)
        app[OPERATIONS].draining = True
    finally:
        await runner.cleanup()
        await metrics.cleanup()


def _say_what_runs(settings: Settings, log: Logger) -> None:
    log.info("listening", port=settings.port, auth_host=settings.site.auth_host, project=settings.project_id)
    if not settings.policy_chosen:
        log.warning(OPEN_TO_ALL)
    if settings.site.insecure:
        log.warning("COOKIE_INSECURE is set: cookies and redirects use plain http")
