"""GET /auth/callback and POST /auth/session: a sign-in that Descope has finished becomes a session of this site.

Both need the transaction that this browser began, so that nobody can be signed in by somebody else's link.
"""

from __future__ import annotations

import hashlib
import json
from typing import Final

from aiohttp import web

from verify_service.descope.identity import Grant
from verify_service.descope.tokens import read_header
from verify_service.errors import IdentityError, RejectedError, SealError, UnavailableError
from verify_service.sign_in.portal import START_OVER, Failure, Portal, failure_of, with_cookies
from verify_service.sign_in.transactions import Transaction

_LONGEST_CODE: Final = 4096
_NOT_OURS: Final = Failure(
    400, "invalid", "This sign-in was not begun here",
    "It was begun in another browser, has ended, or was used already.", START_OVER,
)  # fmt: skip
_REFUSED: Final = Failure(
    401, "rejected", "Signing in did not work", "The provider ended the sign-in without an account.", START_OVER
)
_FOREIGN: Final = Failure(403, "invalid", "Signing in did not work", "Another site tried to sign you in.", START_OVER)


class Arrival:
    """Makes sessions."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def add_routes(self, app: web.Application) -> None:
        """Where Descope sends people back, and where the page's script hands over."""
        app.router.add_get("/auth/callback", self._portal.guarded(self.callback), allow_head=False)
        app.router.add_post("/auth/session", self.session)

    async def callback(self, request: web.Request) -> web.StreamResponse:
        """Exchanges the code of OAuth or SSO."""
        portal = self._portal
        if failure := portal.limited(request):
            return portal.fail(failure)
        states, codes = request.query.getall("state", []), request.query.getall("code", [])
        cookies = portal.cookies(request)
        transaction = portal.transactions.take(cookies, states[0], portal.clock()) if len(states) == 1 else None
        if transaction is None or transaction.method not in {"oauth", "sso"}:
            return portal.fail(_NOT_OURS)
        if len(codes) != 1 or not 0 < len(codes[0]) <= _LONGEST_CODE or "err" in request.query:
            return with_cookies(portal.fail(_REFUSED, transaction.target), [portal.transactions.end(transaction)])
        exchange = portal.descope.exchange_oauth if transaction.method == "oauth" else portal.descope.exchange_sso
        try:
            grant = await exchange(codes[0])
            lines = self._begin(grant, transaction)
        except (RejectedError, UnavailableError, IdentityError, SealError) as error:
            return with_cookies(
                portal.fail(failure_of(error), transaction.target), [portal.transactions.end(transaction)]
            )
        return portal.redirect(transaction.target, lines)

    async def session(self, request: web.Request) -> web.StreamResponse:
        """Takes the tokens that Descope's component got; answers JSON for the page's script.

        The same tokens may come again, since the script repeats what it got no answer to.
        """
        portal = self._portal
        if not portal.same_origin(request) or request.content_type != "application/json":
            return self._told(_FOREIGN)
        if failure := portal.limited(request):
            return self._told(failure)
        name = request.headers.get("X-Transaction", "")
        transaction = portal.transactions.held(portal.cookies(request), name, portal.clock())
        if transaction is None:
            return self._told(_NOT_OURS)
        body = await request.read()
        proof = hashlib.sha256(body).digest()
        try:
            tokens = _tokens(body)
            if not portal.transactions.is_free(transaction, proof, portal.clock()):
                return self._told(_NOT_OURS)
            grant = await self._check(*tokens)
            if not portal.transactions.is_free(transaction, proof, portal.clock()):
                return self._told(_NOT_OURS)  # another request used it up while Descope was asked
            portal.transactions.use(transaction, portal.clock(), proof)
            lines = self._begin(grant, transaction)
        except (RejectedError, UnavailableError, IdentityError, SealError) as error:
            return self._told(failure_of(error))
        answer = web.json_response({"redirect": transaction.target}, headers={"Cache-Control": "no-store"})
        return with_cookies(answer, lines)

    async def _check(self, session_token: str, refresh_token: str) -> Grant:
        """Both tokens name the same user, and Descope gives a new session for the second one.

        Only that answer has the name and the e-mail; without a refresh token they are what the session token says, and
        the session ends with it: or whoever gets hold of a token of minutes would make it one of hours.
        """
        portal = self._portal
        await portal.keys.require(read_header(session_token, portal.settings.algorithms).key_id)
        verified = await portal.descope.verify(session_token)
        if not refresh_token:
            return Grant(verified.person, "", 0.0, verified.expires)
        await portal.keys.require(read_header(refresh_token, portal.settings.algorithms).key_id)
        grant = await portal.descope.refresh(refresh_token)
        if grant.person.user != verified.person.user:
            raise RejectedError("the two tokens belong to different users")
        return grant

    def _begin(self, grant: Grant, transaction: Transaction) -> list[str]:
        portal = self._portal
        session = portal.sessions.begin(grant, portal.clock())
        lines = portal.cookies_of(session, grant)
        portal.metrics.signed_in("ok")
        portal.log.info("signed in", user=session.person.user, sid=session.sid)
        return [*lines, portal.transactions.end(transaction), portal.loops.end()]

    def _told(self, failure: Failure) -> web.Response:
        portal = self._portal
        portal.metrics.signed_in(failure.result)
        portal.log.warning("sign-in failed", result=failure.result, what=failure.heading)
        headers = {"Cache-Control": "no-store"}
        if failure.retry_after:
            headers["Retry-After"] = str(failure.retry_after)
        return web.json_response({"error": f"{failure.what} {failure.remedy}"}, status=failure.status, headers=headers)


def _tokens(body: bytes) -> tuple[str, str]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RejectedError("the body is no JSON") from error
    if not isinstance(content, dict):
        raise RejectedError("the body is no object")
    session_token, refresh_token = content.get("sessionJwt"), content.get("refreshJwt") or ""
    if not isinstance(session_token, str) or not isinstance(refresh_token, str):
        raise RejectedError("the body holds no tokens")
    return session_token, refresh_token
