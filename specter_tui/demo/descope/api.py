"""The calls that the SDK makes: keys, refresh, logout, who am I, OAuth, SSO and magic links.

Paths, headers and fields are those of descope 2.16.0; the SDK authenticates every call with
`Authorization: Bearer <project>[:<refresh token>]`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from aiohttp import web

from specter_tui.demo.descope.faults import error
from specter_tui.demo.descope.sessions import LINK_SECONDS, Login, Project, Tokens

PROJECT: Final = web.AppKey("project", Project)

_LOCAL: Final = ("localhost", "127.0.0.1", "::1")


def add_routes(app: web.Application) -> None:
    """Everything below /v1/auth and /v2/keys."""
    app.add_routes(
        [
            web.get("/v2/keys/{project}", _keys),
            web.post("/v1/auth/refresh", _refresh),
            web.post("/v1/auth/logout", _logout),
            web.post("/v1/auth/logoutall", _logout),
            web.get("/v1/auth/me", _me),
            web.post("/v1/auth/{method:oauth|sso}/authorize", _authorize),
            web.post("/v1/auth/{method:oauth|sso}/exchange", _exchange),
            web.post("/v1/auth/magiclink/{kind:signin|signup-in}/email", _send_link),
            web.post("/v1/auth/magiclink/verify", _verify_link),
        ]
    )


def is_local(url: str) -> bool:
    """Whether an address may get a code or a link: the emulator sends nobody off this machine."""
    if "\\" in url or not (url.isascii() and url.isprintable()):
        return False  # browsers and urlsplit read such addresses differently
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return url.startswith(("http://", "https://")) and (host in _LOCAL or host.endswith((".localhost", ".test")))


def with_query(url: str, **added: str) -> str:
    """The address with these parameters; its own are kept."""
    parts = urlsplit(url)
    query = [*parse_qsl(parts.query, keep_blank_values=True), *added.items()]
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))


def tokens_body(project: Project, tokens: Tokens, *, first_seen: bool = False) -> dict[str, Any]:
    """What every sign-in and every refresh answers (JWTResponse)."""
    login = tokens.login
    return {
        "sessionJwt": tokens.session,
        "refreshJwt": tokens.refresh,
        "cookieDomain": "",
        "cookiePath": "/",
        "cookieMaxAge": login.expires - project.now() - 1,
        "cookieExpiration": login.expires,
        "cookieName": "DSR",
        "sessionExpiration": tokens.session_expires,
        "user": project.people.get(login.person.id, login.person).user(),
        "firstSeen": first_seen,
    }


def _project(request: web.Request) -> Project:
    return request.app[PROJECT]


async def _keys(request: web.Request) -> web.Response:
    project = _project(request)
    if request.match_info["project"] != project.id:
        return error(404, "E011005", "Project not found")
    return web.json_response(project.keys.document())


async def _refresh(request: web.Request) -> web.Response:
    project = _project(request)
    token = _bearer(request)
    tokens = project.refresh(token) if token is not None else None
    return _signed_in(request, tokens) if tokens else _no_session()


async def _logout(request: web.Request) -> web.Response:
    login = _login(request)
    if login is None:
        return _no_session()
    _project(request).end(login, everywhere=request.path.endswith("all"))
    gone = {"sessionJwt": "", "refreshJwt": "", "cookieDomain": "", "cookiePath": "/", "cookieMaxAge": 0}
    answer = web.json_response(gone | {"cookieExpiration": 0, "user": None, "firstSeen": False})
    for name in ("DS", "DSR"):
        answer.set_cookie(name, "", max_age=0, path="/", httponly=True, secure=True, samesite="Strict")
    return answer


async def _me(request: web.Request) -> web.Response:
    login = _login(request)
    if login is None:
        return _no_session()
    project = _project(request)
    return web.json_response(project.people.get(login.person.id, login.person).user())


async def _authorize(request: web.Request) -> web.Response:
    """The address of the page where a person signs in; it carries all that the page needs."""
    if _bearer(request) is None:
        return _no_project()
    back = request.query.get("redirectURL", "")
    if not is_local(back):
        return error(400, "E011003", "The redirect URL is not in the list of approved domains")
    if request.match_info["method"] == "oauth":
        chosen = {"provider": request.query.get("provider", "")}
    else:
        chosen = {"tenant": request.query.get("tenant", "")}
        if not _project(request).members(chosen["tenant"]):
            return error(400, "E011003", "The tenant has no SSO configuration")
    page = f"{request.scheme}://{request.host}/sign-in"
    return web.json_response({"url": with_query(page, redirect=back, **chosen)})


async def _exchange(request: web.Request) -> web.Response:
    return await _redeem(request, "code", "E061104")


async def _send_link(request: web.Request) -> web.Response:
    """Puts the link into the outbox, since nothing here sends mail."""
    if _bearer(request) is None:
        return _no_project()
    project, body = _project(request), await _body(request)
    email, back = str(body.get("loginId", "")), str(body.get("URI", ""))
    person = project.find(email)
    if person is None:
        return error(400, "E062108", "User not found")
    if not is_local(back):
        return error(400, "E011003", "The redirect URL is not in the list of approved domains")
    ticket = project.ticket(person, ("email",), seconds=LINK_SECONDS)
    project.outbox.append((person.email, with_query(back, t=ticket)))
    name, _, domain = person.email.partition("@")
    return web.json_response({"maskedEmail": f"{name[:1]}****@{domain}"})


async def _verify_link(request: web.Request) -> web.Response:
    return await _redeem(request, "token", "E062503")


async def _redeem(request: web.Request, field: str, code: str) -> web.Response:
    if _bearer(request) is None:
        return _no_project()
    ticket = (await _body(request)).get(field)
    if not isinstance(ticket, str) or not ticket:
        return error(400, "E011001", f"The {field} field is required")
    tokens = _project(request).redeem(ticket)
    return _signed_in(request, tokens) if tokens else error(401, code, "The code is unknown, was used or is too old")


def _signed_in(request: web.Request, tokens: Tokens) -> web.Response:
    body = tokens_body(_project(request), tokens)
    if not _project(request).tokens_in_cookies:
        return web.json_response(body)
    answer = web.json_response(body | {"sessionJwt": "", "refreshJwt": ""})
    named = {"DS": tokens.session, "DSR": tokens.refresh}
    for name, token in named.items():
        if token:
            answer.set_cookie(name, token, path="/", httponly=True, secure=True, samesite="Strict")
    return answer


def _bearer(request: web.Request) -> str | None:
    """The refresh token beside the project's id, maybe empty; None when the call is not for this project."""
    project, _, token = request.headers.get("Authorization", "").removeprefix("Bearer ").partition(":")
    return token if project == _project(request).id else None


def _login(request: web.Request) -> Login | None:
    return _project(request).login_of(_bearer(request) or "")


async def _body(request: web.Request) -> Mapping[str, Any]:
    try:
        body = await request.json()
    except json.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _no_session() -> web.Response:
    return error(401, "E064001", "Token expired by logged out")


def _no_project() -> web.Response:
    return error(401, "E011002", "Request is not authorized")
