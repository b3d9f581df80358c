"""GET / and GET /auth/login/{oauth,sso}: where a visitor without a session is sent, and sent on."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from verify_service.errors import IdentityError, RejectedError, UnavailableError
from verify_service.request.cookies import Split
from verify_service.request.redirects import at_sign_in, safe_target
from verify_service.session.sessions import Renewal
from verify_service.sign_in.portal import START_OVER, Failure, Portal, failure_of, too_often, with_cookies
from verify_service.sign_in.rate import Limiter
from verify_service.values import Rate

# Of one user: hardly a person, but with rotation a script could else use up the project's rate limit at Descope.
RENEWALS: Final = Rate(60, 60)
_PROVIDER: Final = re.compile(r"[a-z0-9_-]{1,40}")
_TENANT: Final = re.compile(r"[A-Za-z0-9@._+-]{1,254}")
_NO_TARGET: Final = Failure(
    400, "invalid", "This address can't be returned to", "The link that led here names no page of this site.",
    "Open the page that you want again.",
)  # fmt: skip
_LOOP: Final = Failure(
    400, "invalid", "The session does not reach the page", "You are signed in, but the page you came from sees nothing "
    "of it.", "Allow cookies for this site, and open the page by https. If that does not help, tell whoever runs it: "
    "COOKIE_DOMAIN or the clock of the server is wrong.",
)  # fmt: skip
_NO_TRANSACTION: Final = Failure(
    400, "invalid", "This sign-in has ended", "It took longer than ten minutes, or was begun in another browser.",
    START_OVER,
)  # fmt: skip
_NO_CHOICE: Final = Failure(
    400, "invalid", "Signing in did not work", "No provider or organisation was named.", START_OVER
)  # fmt: skip


class Login:
    """The sign-in page, and the ways that need no JavaScript."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._renewals = Limiter(RENEWALS)

    def add_routes(self, app: web.Application) -> None:
        """The page, and where its forms lead."""
        guarded = self._portal.guarded
        app.router.add_get("/", guarded(self.page), allow_head=False)
        app.router.add_get("/auth/login/oauth", guarded(self.oauth), allow_head=False)
        app.router.add_get("/auth/login/sso", guarded(self.sso), allow_head=False)

    async def page(self, request: web.Request) -> web.StreamResponse:
        """Straight back with a session, or after a silent refresh; else the sign-in page."""
        portal = self._portal
        cookies = portal.cookies(request)
        target = self._target(request, cookies)
        if target is None:
            return portal.fail(_NO_TARGET)
        known = portal.session(cookies)
        if known is not None:
            if target == portal.home:
                user = known.person.email or known.person.name or known.person.user
                return portal.pages.show("signed_in", "You are signed in", {"user": user})
            return self._back(target, cookies, [])
        renewal = portal.renewal(cookies) if portal.settings.silent_refresh else None
        if renewal is not None:
            refreshed = await self._refresh(renewal, target, cookies)
            if refreshed is not None:
                return refreshed
        return self._sign_in(request, target, cookies)

    async def oauth(self, request: web.Request) -> web.StreamResponse:
        """303 to a provider."""
        return await self._start(request, "oauth", request.query.get("provider", ""))

    async def sso(self, request: web.Request) -> web.StreamResponse:
        """303 to a tenant's own identity provider."""
        return await self._start(request, "sso", request.query.get("tenant", ""))

    def _target(self, request: web.Request, cookies: Split) -> str | None:
        """Where to return to: what was asked for, what a sign-in under way remembers, or here; None for elsewhere."""
        portal = self._portal
        asked = request.query.getall("redirect", [])
        if not asked:
            held = portal.transactions.find(cookies, request.query.get("tx", ""), portal.clock())
            return portal.home if held is None else held.target
        target = safe_target(asked[0], portal.settings.site) if len(asked) == 1 else None
        if target is not None and at_sign_in(target, portal.settings.site):
            return portal.home
        return target

    async def _refresh(self, renewal: Renewal, target: str, cookies: Split) -> web.Response | None:
        portal = self._portal
        if wait := self._renewals.wait(renewal.user, portal.clock()):
            return portal.fail(too_often(wait), target)
        try:
            grant = await portal.refresher.refresh(renewal.token)
        except UnavailableError as error:
            return portal.fail(failure_of(error), target)
        except (RejectedError, IdentityError):
            portal.metrics.signed_in("rejected")
            return None
        if grant.person.user != renewal.user or portal.renewal(cookies) is None:  # ended while Descope was asked
            portal.metrics.signed_in("invalid")
            return None
        lines = portal.cookies_of(portal.sessions.renew(grant, renewal, portal.clock()), grant)
        portal.metrics.signed_in("refreshed")
        return self._back(target, cookies, lines)

    def _back(self, target: str, cookies: Split, lines: list[str]) -> web.Response:
        portal = self._portal
        counted = portal.loops.next(cookies, target, portal.clock())
        if counted is None:
            return with_cookies(portal.fail(_LOOP), [portal.loops.end()])
        return portal.redirect(target, [*lines, counted])

    def _sign_in(self, request: web.Request, target: str, cookies: Split) -> web.Response:
        """The page, with a new transaction; what the browser still holds of an old session ends here."""
        portal, site = self._portal, self._portal.settings.site
        held = portal.transactions.find(cookies, request.query.get("tx", ""), portal.clock())
        lines: list[str] = []
        if held is None:
            held, lines = portal.transactions.begin(target, cookies, portal.clock())
        values = {
            "project_id": portal.settings.project_id,
            "flow_id": portal.settings.flow_id,
            "base_url": portal.settings.base_uri,
            "auth_origin": site.auth_origin,
            "transaction": held.id,
            "target": "" if target == portal.home else urlsplit(target).netloc,
        }
        return with_cookies(portal.pages.login(values), [*lines, *portal.jar.end_session(), *portal.jar.end_refresh()])

    async def _start(self, request: web.Request, method: str, chosen: str) -> web.Response:
        portal = self._portal
        if failure := portal.limited(request):
            return portal.fail(failure)
        now = portal.clock()
        transaction = portal.transactions.find(portal.cookies(request), request.query.get("tx", ""), now)
        if transaction is None:
            return portal.fail(_NO_TRANSACTION)
        if not (_PROVIDER if method == "oauth" else _TENANT).fullmatch(chosen):
            return portal.fail(_NO_CHOICE, transaction.target)
        transaction, line = portal.transactions.choose(transaction, method)
        start = portal.descope.start_oauth if method == "oauth" else portal.descope.start_sso
        return_url = f"{portal.settings.site.auth_origin}/auth/callback?state={transaction.state}"
        return portal.redirect(await start(chosen, return_url), [line])
