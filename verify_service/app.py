"""Puts the parts together: one application for Traefik and browsers, one for metrics."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Final

from aiohttp import web

from verify_service.config import Settings
from verify_service.descope.identity import Descope
from verify_service.descope.keys import Keys
from verify_service.forward_auth.bearer import Bearer
from verify_service.forward_auth.verify import Verify, trust
from verify_service.metrics import Metrics
from verify_service.operations import Operations
from verify_service.request.cookies import Jar, Names
from verify_service.runner import Runner, Unreadable
from verify_service.session.sessions import Sessions
from verify_service.sign_in import static_files
from verify_service.sign_in.arrival import Arrival
from verify_service.sign_in.login import Login
from verify_service.sign_in.logout import Logout
from verify_service.sign_in.loops import Loops
from verify_service.sign_in.pages import Pages
from verify_service.sign_in.portal import Portal
from verify_service.sign_in.rate import Limiter
from verify_service.sign_in.refresher import Refresher
from verify_service.sign_in.transactions import Transactions
from verify_service.telemetry import Logger

OPERATIONS: Final = web.AppKey("operations", Operations)
_UNREADABLE: Final = web.AppKey[Unreadable]("unreadable")
_FORGET_SECONDS: Final = 60


def build(settings: Settings, log: Logger, clock: Callable[[], float] = time.time) -> web.Application:
    """The application; `runner_of` serves it. `clock` gives seconds since the epoch."""
    app = web.Application(client_max_size=65536)
    metrics = Metrics()
    descope = Descope(settings, metrics)
    keys = Keys(descope.fetch_keys, settings.jwks_refresh, time.monotonic)
    sessions = Sessions(settings)
    trusted = trust(settings.trusted_proxies)
    jar = Jar(Names.choose(insecure=settings.site.insecure), settings.site.cookie_domain, settings.site.insecure)
    portal = Portal(
        settings=settings,
        descope=descope,
        keys=keys,
        sessions=sessions,
        jar=jar,
        transactions=Transactions(settings, jar),
        loops=Loops(settings, jar),
        refresher=Refresher(descope, time.monotonic),
        limiter=Limiter(settings.login_rate),
        pages=Pages(descope.base_url, settings.base_uri, settings.site),
        metrics=metrics,
        log=log,
        trusted=trusted,
        clock=clock,
    )
    bearer = Bearer(settings, descope, keys) if settings.bearer else None
    verify = Verify(settings, sessions, bearer, trusted=trusted, metrics=metrics, log=log, clock=clock)
    operations = Operations(keys, metrics, settings.policy_chosen)
    app.router.add_route("*", "/verify", verify.handle)
    for part in (Login(portal), Arrival(portal), Logout(portal), operations):
        part.add_routes(app)
    static_files.add_routes(app)
    app[OPERATIONS] = operations
    app[_UNREADABLE] = _unreadable(metrics, log)
    app.cleanup_ctx.append(_descope(descope, keys, sessions, clock))
    return app


def runner_of(app: web.Application, grace: float) -> web.AppRunner:
    """What serves the application; it stops within `grace` seconds.

    Traefik passes on headers of up to 1 MiB, and a browser's cookies of many applications exceed aiohttp's 8 KiB. No
    browser compresses what it sends here, and what a stranger calls compressed would be unpacked before it is judged.
    """
    return Runner(
        app,
        app[_UNREADABLE],
        access_log=None,
        shutdown_timeout=grace,
        max_line_size=16384,
        max_field_size=65536,
        auto_decompress=False,
    )


def build_metrics(operations: Operations) -> web.Application:
    """The application that answers scrapes."""
    app = web.Application()
    app.router.add_get("/metrics", operations.scrape)
    return app


def _unreadable(metrics: Metrics, log: Logger) -> Unreadable:
    def unreadable(why: str, where: str | None) -> None:
        metrics.unreadable()
        log.warning("unreadable request", why=why, where=where)

    return unreadable


def _descope(
    descope: Descope, keys: Keys, sessions: Sessions, clock: Callable[[], float]
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def running(_app: web.Application) -> AsyncIterator[None]:
        """Fetches the keys in the background, so that a start without Descope works."""
        tasks = [asyncio.create_task(keys.keep_fresh()), asyncio.create_task(_forget(sessions, clock))]
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await descope.close()

    return running


async def _forget(sessions: Sessions, clock: Callable[[], float]) -> None:
    while True:
        await asyncio.sleep(_FORGET_SECONDS)
        sessions.ended.forget(clock())
