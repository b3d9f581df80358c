"""What all handlers of the sign-in host share: cookies, sessions, pages, limits, and how failures are told."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from verify_service.config import Settings
from verify_service.descope.identity import Descope, Grant
from verify_service.descope.keys import Keys
from verify_service.errors import IdentityError, RejectedError, SealError, UnavailableError
from verify_service.metrics import Metrics
from verify_service.request.client_address import client_address
from verify_service.request.cookies import Jar, Split, split
from verify_service.request.redirects import login_url
from verify_service.session.known import Known
from verify_service.session.session import Session
from verify_service.session.sessions import Renewal, Sessions
from verify_service.sign_in.loops import Loops
from verify_service.sign_in.pages import Pages
from verify_service.sign_in.rate import Limiter
from verify_service.sign_in.refresher import Refresher
from verify_service.sign_in.transactions import Transactions
from verify_service.telemetry import Logger

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong with a sign-in, in words for the person and for the log."""

    status: int
    result: str  # one of metrics.SIGN_INS
    heading: str
    what: str
    remedy: str
    retry_after: int = 0


_WAIT: Final = "Wait a moment, then try again."
START_OVER: Final = "Start again; if it happens again, tell whoever runs this service."


@dataclass(frozen=True, slots=True)
class Portal:
    """The sign-in host of one site."""

    settings: Settings
    descope: Descope
    keys: Keys
    sessions: Sessions
    jar: Jar
    transactions: Transactions
    loops: Loops
    refresher: Refresher
    limiter: Limiter
    pages: Pages
    metrics: Metrics
    log: Logger
    trusted: Callable[[str | None], bool]
    clock: Callable[[], float]

    @property
    def home(self) -> str:
        """The sign-in host's own first page."""
        return f"{self.settings.site.auth_origin}/"

    def cookies(self, request: web.Request) -> Split:
        """The request's cookies."""
        return split(request.headers.getall("Cookie", ()))

    def session(self, cookies: Split) -> Known | None:
        """Whose session this browser holds."""
        sealed = cookies.value(self.jar.names.session)
        return None if sealed is None else self.sessions.find(sealed, self.clock())

    def renewal(self, cookies: Split) -> Renewal | None:
        """The refresh token that this browser holds."""
        sealed = cookies.value(self.jar.names.refresh)
        return None if sealed is None else self.sessions.open_renewal(sealed, self.clock())

    def limited(self, request: web.Request) -> Failure | None:
        """The failure to tell a client that tries too often."""
        forwarded_for = request.headers.getall("X-Forwarded-For", ())
        wait = self.limiter.wait(client_address(request.remote, forwarded_for, self.trusted), self.clock())
        return too_often(wait) if wait else None

    def same_origin(self, request: web.Request) -> bool:
        """Whether a page of the sign-in host sent this; browsers say so on every POST."""
        return request.headers.getall("Origin", ()) == [self.settings.site.auth_origin]

    def cookies_of(self, session: Session, grant: Grant) -> list[str]:
        """The Set-Cookie lines of a session; SealError when it does not fit."""
        now = self.clock()
        lines = self.jar.session(self.sessions.seal(session), max(1, int(session.expires - now)))
        if not grant.refresh_token or not self.settings.silent_refresh:
            return lines + self.jar.end_refresh()
        ends = min(session.ends, grant.refresh_expires or session.ends)
        sealed = self.sessions.seal_renewal(session, grant.refresh_token)
        return lines + self.jar.refresh(sealed, max(1, int(ends - now)))

    def redirect(self, target: str, lines: Iterable[str] = ()) -> web.Response:
        """303, which is followed with GET."""
        response = web.Response(status=303, headers={"Location": target, "Cache-Control": "no-store"})
        return with_cookies(response, lines)

    def fail(self, failure: Failure, target: str = "") -> web.Response:
        """The page that says what happened; the log has its reference."""
        reference = secrets.token_hex(4)
        self.metrics.signed_in(failure.result)
        self.log.warning("sign-in failed", result=failure.result, what=failure.heading, reference=reference)
        values = {
            "heading": failure.heading,
            "what": failure.what,
            "remedy": failure.remedy,
            "action_url": login_url(self.settings.site, target) if target else self.home,
            "action": "Try again",
            "reference": reference,
        }
        page = self.pages.show("error", failure.heading, values, failure.status)
        if failure.retry_after:
            page.headers["Retry-After"] = str(failure.retry_after)
        return page

    def guarded(self, handler: Handler) -> Handler:
        """The handler, with Descope's failures told as pages."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                return await handler(request)
            except (RejectedError, UnavailableError, IdentityError, SealError) as error:
                return self.fail(failure_of(error))

        return guarded


def with_cookies(response: web.Response, lines: Iterable[str]) -> web.Response:
    """The response with Set-Cookie lines."""
    for line in lines:
        response.headers.add("Set-Cookie", line)
    return response


def too_often(wait: int) -> Failure:
    """The failure of who may try again in so many seconds."""
    return Failure(429, "limited", "Too many tries", "There were too many sign-ins from here.", _WAIT, wait)


def failure_of(error: RejectedError | UnavailableError | IdentityError | SealError) -> Failure:
    """What a person is told; never the error's own words, which may quote Descope."""
    if isinstance(error, UnavailableError):
        return Failure(
            503, "unavailable", "Signing in is not possible now", "Descope, which keeps the accounts, does not answer.",
            "Whoever is signed in stays signed in. Try again in a moment.", error.retry_after,
        )  # fmt: skip
    if isinstance(error, RejectedError):
        return Failure(
            401, "rejected", "Signing in did not work", "The sign-in was not accepted, or took too long.", START_OVER
        )
    if isinstance(error, SealError):
        return Failure(
            403, "invalid", "The account has too many roles", "What it may do does not fit into a cookie.",
            "Ask whoever runs this service to give it fewer roles or permissions.",
        )  # fmt: skip
    return Failure(
        403, "invalid", "The account can't be used here", "Its data hold something that no application can be told.",
        "Ask whoever runs this service to look at the account's id, name and roles.",
    )  # fmt: skip
