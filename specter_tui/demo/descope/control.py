"""The switches over HTTP, for an emulator that runs as a process of its own.

`PUT /emulator/faults/<target>` sets a fault, `DELETE /emulator/faults` clears them all, `POST /emulator/keys` rotates
(`{"algorithm": "ES384", "revoke_old": true}`), `POST /emulator/mint` signs any claims, `PATCH /emulator/project`
changes settings, and `GET /emulator/asked` counts. Bodies have to be JSON by their type, which no page of another
origin can send without asking first.
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from specter_tui.demo.descope.api import PROJECT
from specter_tui.demo.descope.faults import Fault, Faults, Target, Trouble
from specter_tui.demo.descope.keys import Algorithm
from specter_tui.demo.descope.sessions import Lifetimes

FAULTS: Final = web.AppKey("faults", Faults)


def add_routes(app: web.Application) -> None:
    """Everything below /emulator."""
    app.add_routes(
        [
            web.put("/emulator/faults/{target}", _set),
            web.delete("/emulator/faults", _clear),
            web.post("/emulator/keys", _rotate),
            web.post("/emulator/mint", _mint),
            web.patch("/emulator/project", _change),
            web.get("/emulator/asked", _asked),
        ]
    )


async def _set(request: web.Request) -> web.Response:
    body = await _json(request)
    try:
        target, trouble = Target(request.match_info["target"]), Trouble(body.pop("trouble", ""))
        fault = Fault(trouble, **body)
    except (TypeError, ValueError) as error:
        raise web.HTTPBadRequest(text=f"{error}\n") from None
    request.app[FAULTS].set(target, fault)
    return web.Response(status=204)


async def _clear(request: web.Request) -> web.Response:
    request.app[FAULTS].clear()
    return web.Response(status=204)


async def _rotate(request: web.Request) -> web.Response:
    body, keys = await _json(request), request.app[PROJECT].keys
    try:
        algorithm = Algorithm(body["algorithm"]) if "algorithm" in body else None
    except ValueError as error:
        raise web.HTTPBadRequest(text=f"{error}\n") from None
    key = keys.rotate(algorithm)
    if body.get("revoke_old"):
        keys.revoke_old()
    return web.json_response({"kid": key.kid})


async def _mint(request: web.Request) -> web.Response:
    body = await _json(request)
    return web.json_response({"token": request.app[PROJECT].keys.issue(body.get("claims", {}), body.get("header"))})


async def _change(request: web.Request) -> web.Response:
    """Settings: session_seconds, refresh_seconds, rotate_refresh, tokens_in_cookies, limit_per_minute."""
    body, project = await _json(request), request.app[PROJECT]
    project.lifetimes = Lifetimes(
        int(body.pop("session_seconds", project.lifetimes.session)),
        int(body.pop("refresh_seconds", project.lifetimes.refresh)),
    )
    project.rotate_refresh = bool(body.pop("rotate_refresh", project.rotate_refresh))
    project.tokens_in_cookies = bool(body.pop("tokens_in_cookies", project.tokens_in_cookies))
    request.app[FAULTS].limit_per_minute = int(body.pop("limit_per_minute", request.app[FAULTS].limit_per_minute))
    if body:
        raise web.HTTPBadRequest(text=f"unknown: {', '.join(body)}\n")
    return web.Response(status=204)


async def _asked(request: web.Request) -> web.Response:
    return web.json_response({target.value: request.app[FAULTS].asked[target] for target in Target})


async def _json(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="send application/json\n")
    try:
        body = await request.json()
    except ValueError:
        raise web.HTTPBadRequest(text="that is no JSON\n") from None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="send a JSON object\n")
    return body
