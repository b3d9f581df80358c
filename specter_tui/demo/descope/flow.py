"""What the web component asks for: the project's configuration, its screens, and the steps of the sign-in flow.

Paths and fields were read in the source of `@descope/web-component` 4.x.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler

from specter_tui.demo.descope.api import PROJECT, is_local, tokens_body, with_query
from specter_tui.demo.descope.faults import error
from specter_tui.demo.descope.screens import PLAIN_LIBRARY, plain_screens, screens_of_library
from specter_tui.demo.descope.sessions import LINK_SECONDS

FLOW_ID: Final = "sign-in"
CODE: Final = "123456"  # what the demo's authenticator app shows
UI: Final = "@descope/web-components-ui@3.14.1"  # the library that real projects' screens are made of
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class _Step:
    """Where a run of the flow waits for its person."""

    name: str
    email: str = ""


_STEPS: Final = web.AppKey("flow_steps", dict[str, _Step])  # by execution id
_RETURNS: Final = web.AppKey("flow_returns", dict[str, str])  # where each run comes back to
_LIBRARY: Final = web.AppKey("ui_library", Path)


def add_routes(app: web.Application, library: Path | None) -> None:
    """The static face below /pages and the calls below /v1/flow; `library` is the real UI library's dist/umd."""
    app[_STEPS] = {}
    app[_RETURNS] = {}
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
    """The UI library; where it is not there, as much of it as the plain screens need."""
    name, folder = request.match_info["file"], request.app.get(_LIBRARY)
    if request.match_info["package"] != UI:
        raise web.HTTPNotFound
    if folder is not None:
        return web.FileResponse(folder / name)
    if name != "index.js":
        raise web.HTTPNotFound
    return web.Response(text=PLAIN_LIBRARY, content_type="text/javascript")


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
    return _first_step(request, f"{FLOW_ID}|#|{secrets.token_hex(16)}", body)


async def _next(request: web.Request) -> web.Response:
    """The person goes on: by a button, or back from a provider or a mail with a code or a token."""
    body, steps = await _body(request), request.app[_STEPS]
    run, step = str(body.get("executionId", "")), str(body.get("stepId", ""))
    if step == "welcome":
        return _first_step(request, run, body)
    if (known := steps.get(run)) is None or known.name != step:
        return error(400, "E103205", "Flow execution not found or timed out")
    project, given = request.app[PROJECT], _input(body)
    if step == "code":
        person = project.find(known.email)
        if person is None or given.get("code") != CODE:
            return _shown("code", run, "That is not the code. Look at it again.")
        tokens = project.sign_in(person, ("totp", "mfa"))
    else:
        redeemed = project.redeem(str(given.get("exchangeCode") or given.get("token") or ""))
        if redeemed is None:
            return _shown("welcome", run, "That did not work. Try again, or another way.")
        tokens = redeemed
    del steps[run]
    return web.json_response(
        {"executionId": run, "stepId": "end", "stepName": "End", "status": "completed", "action": "none"}
        | {"screen": {}, "authInfo": tokens_body(project, tokens), "lastAuth": {}}
    )


def _first_step(request: web.Request, run: str, body: Mapping[str, Any]) -> web.Response:
    project, steps = request.app[PROJECT], request.app[_STEPS]
    options, button, email = body.get("options"), body.get("interactionId"), str(_input(body).get("email", ""))
    if isinstance(options, dict):  # `next` does not repeat them
        request.app[_RETURNS][run] = str(options.get("redirectUrl", ""))
    back = request.app[_RETURNS].get(run, "")
    if button in {"google", "link"} and not is_local(back):
        return error(400, "E011003", "The redirect URL is not in the list of approved domains")
    if button == "google":
        steps[run] = _Step("provider")
        page = f"{request.scheme}://{request.host}/sign-in"
        return _sent_on(run, with_query(page, provider="google", redirect=_return(back, run, "provider")))
    person = project.find(email)
    if person is None:
        return _shown("welcome", run, "Nobody of this project has that address.", {"email": email})
    if button == "link":
        steps[run] = _Step("sent")
        ticket = project.ticket(person, ("email",), seconds=LINK_SECONDS)
        project.outbox.append((person.email, with_query(_return(back, run, "sent"), t=ticket)))
        return _shown("sent", run)
    steps[run] = _Step("code", email)
    return _shown("code", run)


def _return(address: str, run: str, step: str) -> str:
    """Where the component finds out which step it comes back to."""
    return with_query(address, **{"descope-login-flow": f"{run}_{step}"})


def _sent_on(run: str, url: str) -> web.Response:
    return web.json_response(
        {"executionId": run, "stepId": "provider", "stepName": "Provider", "status": "waiting", "action": "redirect"}
        | {"screen": {"id": "welcome", "state": {}}, "redirect": {"url": url}}
    )


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
