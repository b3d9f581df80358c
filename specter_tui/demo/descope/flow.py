"""What the web component asks for: the project's configuration, its screens, and the steps of the sign-in flow.

Paths and fields were read in the source of `@descope/web-component` 4.x.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from specter_tui.demo.descope.api import PROJECT, tokens_body
from specter_tui.demo.descope.faults import error
from specter_tui.demo.descope.screens import plain_screens, screens_of_library

FLOW_ID: Final = "sign-in"
CODE: Final = "123456"  # what the demo's authenticator app shows
UI: Final = "@descope/web-components-ui@3.14.1"  # the library that real projects' screens are made of
_VERSION: Final = 1
_RUNS: Final = web.AppKey("flow_runs", dict[str, str])  # execution id -> e-mail

_LIBRARY: Final = web.AppKey("ui_library", Path)


def add_routes(app: web.Application, library: Path | None) -> None:
    """The static face below /pages and the calls below /v1/flow; `library` is the real UI library's dist/umd."""
    app[_RUNS] = {}
    if library is not None:
        app[_LIBRARY] = library
    app.add_routes(
        [
            web.get("/pages/{project}/v2-beta/config.json", _config),
            web.get("/pages/{project}/v2-beta/theme.json", _theme),
            web.get("/pages/{project}/v2-beta/{screen}.html", _screen),
            web.get("/npm/{package:.*}/dist/umd/{file:[A-Za-z0-9_-]+[.]js}", _library),
            web.post("/v1/flow/start", _start),
            web.post("/v1/flow/next", _next),
        ]
    )


@web.middleware
async def cross_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Lets the application's page read what the component asks for: it sends credentials, so the origin is named."""
    if not request.path.startswith(("/pages/", "/v1/flow/", "/npm/")):
        return await handler(request)
    answer = web.Response(status=204) if request.method == "OPTIONS" else await handler(request)
    answer.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "*")
    answer.headers["Access-Control-Allow-Credentials"] = "true"
    answer.headers["Access-Control-Allow-Headers"] = request.headers.get("Access-Control-Request-Headers", "")
    answer.headers["Vary"] = "Origin"
    return answer


async def _config(request: web.Request) -> web.Response:
    if request.match_info["project"] != request.app[PROJECT].id:
        raise web.HTTPNotFound
    flow = {"version": _VERSION, "startScreenId": "welcome", "startScreenName": "Welcome"}
    return web.json_response({"componentsVersion": UI.rpartition("@")[2], "flows": {FLOW_ID: flow}})


async def _theme(_: web.Request) -> web.Response:
    """A theme with nothing in it: without one the component would go on to Descope's own hosts."""
    return web.json_response({name: {"globals": "", "components": {}} for name in ("light", "dark")})


async def _library(request: web.Request) -> web.StreamResponse:
    """The UI library; where it is not there, one with no component in it, since the plain screens use none."""
    name, folder = request.match_info["file"], request.app.get(_LIBRARY)
    if request.match_info["package"] != UI:
        raise web.HTTPNotFound
    if folder is not None:
        return web.FileResponse(folder / name)
    if name != "index.js":
        raise web.HTTPNotFound
    return web.Response(text="globalThis.DescopeUI = {};\n", content_type="text/javascript")


async def _screen(request: web.Request) -> web.Response:
    screens = screens_of_library(CODE) if _LIBRARY in request.app else plain_screens(CODE)
    screen = screens.get(request.match_info["screen"])
    if screen is None:
        raise web.HTTPNotFound
    return web.Response(text=screen, content_type="text/html")


async def _start(request: web.Request) -> web.Response:
    body = await _body(request)
    if body.get("flowId") != FLOW_ID:
        return error(400, "E102002", "Flow not found")
    email = str(_input(body).get("email", ""))
    if request.app[PROJECT].find(email) is None:
        return _shown("welcome", secrets.token_hex(8), "Nobody of this project has that address.", {"email": email})
    run = secrets.token_hex(16)
    request.app[_RUNS][run] = email
    return _shown("code", run)


async def _next(request: web.Request) -> web.Response:
    body = await _body(request)
    run, given = str(body.get("executionId", "")), _input(body)
    if body.get("stepId") == "welcome":
        return await _start_again(request, run, str(given.get("email", "")))
    email = request.app[_RUNS].get(run)
    if email is None:
        return error(400, "E102004", "Flow execution not found or timed out")
    person = request.app[PROJECT].find(email)
    if person is None or given.get("code") != CODE:
        return _shown("code", run, "That is not the code. Look at it again.")
    del request.app[_RUNS][run]
    project = request.app[PROJECT]
    tokens = tokens_body(project, project.sign_in(person, ("totp", "mfa")))
    return web.json_response(
        {"executionId": run, "stepId": "end", "stepName": "End", "status": "completed", "action": "none"}
        | {"screen": {}, "authInfo": tokens, "lastAuth": {"authMethod": "totp"}}
    )


async def _start_again(request: web.Request, run: str, email: str) -> web.Response:
    if request.app[PROJECT].find(email) is None:
        return _shown("welcome", run, "Nobody of this project has that address.", {"email": email})
    request.app[_RUNS][run] = email
    return _shown("code", run)


def _shown(screen: str, run: str, message: str = "", form: Mapping[str, str] | None = None) -> web.Response:
    state: dict[str, Any] = {"form": dict(form or {})}
    if message:
        state |= {"errorText": message, "errorType": "invalid"}
    return web.json_response(
        {"executionId": run, "stepId": screen, "stepName": screen.title(), "status": "waiting", "action": "screen"}
        | {"screen": {"id": screen, "state": state}}
    )


def _input(body: Mapping[str, Any]) -> Mapping[str, Any]:
    given = body.get("input")
    return given if isinstance(given, dict) else {}


async def _body(request: web.Request) -> Mapping[str, Any]:
    try:
        body = await request.json()
    except json.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}
