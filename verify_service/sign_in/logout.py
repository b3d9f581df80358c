"""GET and POST /auth/logout, and GET /auth/me."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs

from aiohttp import web

from verify_service.errors import DescopeError
from verify_service.request.person import Person
from verify_service.request.redirects import at_sign_in, safe_target
from verify_service.session.session import Session
from verify_service.sign_in.portal import START_OVER, Failure, Portal, with_cookies

_FORM: Final = "application/x-www-form-urlencoded"
_FOREIGN: Final = Failure(403, "invalid", "Nothing was done", "Another site tried to sign you out.", START_OVER)


class Logout:
    """Ends sessions, and says whose this one is."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def add_routes(self, app: web.Application) -> None:
        """Asking and doing."""
        app.router.add_get("/auth/logout", self.ask, allow_head=False)
        app.router.add_post("/auth/logout", self._portal.guarded(self.end))
        app.router.add_get("/auth/me", self.me)

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """The page that asks; signing out by a mere link would let any site do it."""
        portal = self._portal
        cookies = portal.cookies(request)
        known, renewal = portal.session(cookies), portal.renewal(cookies)
        if known is None and renewal is None:
            return portal.pages.show("signed_out", "You are signed out", {"action_url": portal.home})
        user = renewal.user if known is None and renewal is not None else ""
        if known is not None:
            user = known.person.email or known.person.name or known.person.user
        values = {"user": user, "redirect": self._target(request.query.getall("redirect", [])) or ""}
        return portal.pages.show("logout", "Sign out?", values)

    async def end(self, request: web.Request) -> web.StreamResponse:
        """Ends the session here and at Descope, or all of the user's, and clears every cookie."""
        portal = self._portal
        if not portal.same_origin(request):
            return portal.fail(_FOREIGN)
        form = _fields(await request.read()) if request.content_type == _FORM else {}
        everywhere = "1" in (*form.get("all", ()), *request.query.getall("all", ()))
        cookies = portal.cookies(request)
        known, renewal = portal.session(cookies), portal.renewal(cookies)
        session = None if known is None else known.session
        if session is None and renewal is not None:
            now = portal.clock()
            session = Session(Person(renewal.user), renewal.sid, renewal.started, now, now, renewal.ends)
        if session is not None:
            portal.sessions.ended.end(session)
            if everywhere:
                portal.sessions.ended.end_all(session, portal.clock(), portal.settings.session_max)
        if renewal is not None:
            portal.refresher.forget(renewal.token)
            await self._tell_descope(renewal.token, everywhere=everywhere)
        portal.metrics.logged_out()
        portal.log.info("signed out", user=session.person.user if session else "", everywhere=everywhere)
        asked = form.get("redirect", []) or request.query.getall("redirect", [])
        target = self._target(asked)
        response = (
            portal.pages.show("signed_out", "You are signed out", {"action_url": portal.home})
            if target is None
            else portal.redirect(target)
        )
        names = (*cookies.names(portal.jar.names.transaction), portal.jar.names.loop)
        lines = [portal.jar.end_host_cookie(name) for name in names]
        return with_cookies(response, [*portal.jar.end_session(), *portal.jar.end_refresh(), *lines])

    async def me(self, request: web.Request) -> web.StreamResponse:
        """Whose session this is, as JSON; no token is in it."""
        portal = self._portal
        known = portal.session(portal.cookies(request))
        headers = {"Cache-Control": "no-store", "Vary": "Cookie"}
        if known is None or known.session is None:
            return web.json_response(
                {"error": "a session is needed", "login_url": portal.home}, status=401, headers=headers
            )
        one = known.person
        content = {
            "user": one.user, "email": one.email, "email_verified": one.email_verified, "name": one.name,
            "tenant": one.tenant, "roles": one.roles, "permissions": one.permissions, "amr": one.amr,
            "expires_at": int(known.session.expires), "ends_at": int(known.session.ends),
        }  # fmt: skip
        return web.json_response(content, headers=headers)

    async def _tell_descope(self, token: str, *, everywhere: bool) -> None:
        """As good as it can: the session here has ended already."""
        try:
            await self._portal.descope.logout(token, everywhere=everywhere)
        except DescopeError as error:
            self._portal.log.warning("Descope was not told of a logout", why=type(error).__name__)

    def _target(self, asked: list[str]) -> str | None:
        site = self._portal.settings.site
        target = safe_target(asked[0], site) if len(asked) == 1 else None
        return None if target is None or at_sign_in(target, site) else target


def _fields(body: bytes) -> dict[str, list[str]]:
    """A form's fields without the empty ones; `request.post()` raises at a charset that it does not know."""
    return parse_qs(body.decode("ascii", "replace"))
