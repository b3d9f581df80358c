"""The engine as an HTTP server on a unix socket that its owner alone can open."""

from __future__ import annotations

import logging
import os
import re
import socket
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from aiohttp import web

from specter_tui.demo.engine.answers import json_answer
from specter_tui.demo.engine.errors import ApiError, NotModifiedError
from specter_tui.demo.engine.routes import Routes
from specter_tui.demo.engine.spec import SpecError
from specter_tui.demo.engine.store import Store
from specter_tui.demo.engine.streams import Streams
from specter_tui.demo.engine.system import API_VERSION, MIN_API_VERSION, NAME, System

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_VERSION: Final = re.compile(r"v(\d{1,3})\.(\d{1,3})")
_BODY_BYTES: Final = 65536
_LONGEST_PATH: Final = 107  # of a unix socket on Linux
_LOG: Final = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())  # or else a broken request would be told on the terminal, over the dashboard


class Server:
    """Listens while it is started."""

    def __init__(self, store: Store, path: Path) -> None:
        self._path = path
        self._bound = False
        self._runner = web.AppRunner(
            _application(store), access_log=None, logger=_LOG, handler_cancellation=True, shutdown_timeout=0.2
        )

    async def start(self) -> None:
        """Listens on the socket: mode 0600, in a folder that must be the owner's alone. SpecError when it is not."""
        await self._runner.setup()
        listener = _listener(self._path)
        self._bound = True
        await web.SockSite(self._runner, listener).start()

    async def stop(self) -> None:
        """Ends all answers under way and removes the socket."""
        await self._runner.cleanup()
        if self._bound:
            self._path.unlink(missing_ok=True)


def _application(store: Store) -> web.Application:
    app = web.Application(middlewares=[_answer], client_max_size=_BODY_BYTES)
    for part in (System(store), Routes(store), Streams(store)):
        for route in part.table():
            app.router.add_route(route.method, route.path, route.handler)
            app.router.add_route(route.method, r"/{version:v[0-9.]+}" + route.path, route.handler)
    app.on_response_prepare.append(_announce)
    return app


def _listener(path: Path) -> socket.socket:
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise SpecError(f"the socket's path has more than {_LONGEST_PATH} characters: {path}")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = path.parent.stat()
    if folder.st_uid != os.getuid() or stat.S_IMODE(folder.st_mode) & 0o077:
        raise SpecError(f"the socket's folder must be its owner's alone: chmod 700 {path.parent}")
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(os.fspath(path))
        path.chmod(0o600)  # before it listens, so that nobody could connect yet
        listener.listen()
        listener.settimeout(0)
    except OSError:
        listener.close()
        raise
    return listener


@web.middleware
async def _answer(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Refuses versions that are not spoken, and puts every failure into Docker's words."""
    try:
        _demand_version(request.match_info.get("version"))
        return await handler(request)
    except NotModifiedError:
        return web.Response(status=304)
    except ApiError as error:
        return _failure(error.status, error.message)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        return _failure(404, "page not found")


async def _announce(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Api-Version"] = API_VERSION
    response.headers["Docker-Experimental"] = "false"
    response.headers["Ostype"] = "linux"
    response.headers["Server"] = f"{NAME} (linux)"


def _demand_version(text: str | None) -> None:
    if text is None:
        return
    found = _VERSION.fullmatch(text)
    if found is None:
        raise ApiError(400, "invalid version format")
    shown = text.removeprefix("v")
    wanted = (int(found[1]), int(found[2]))
    if wanted > _pair(API_VERSION):
        raise ApiError(400, f"client version {shown} is too new. Maximum supported API version is {API_VERSION}")
    if wanted < _pair(MIN_API_VERSION):
        needed = f"Minimum supported API version is {MIN_API_VERSION}, please upgrade your client to a newer version"
        raise ApiError(400, f"client version {shown} is too old. {needed}")


def _pair(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor)


def _failure(status: int, message: str) -> web.Response:
    return json_answer({"message": message}, status=status)
