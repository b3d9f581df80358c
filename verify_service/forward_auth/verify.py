"""GET /verify: what Traefik asks before each request. The only path that has to be fast.

A request with a session that was seen before costs four header look-ups, a scan of the cookies and two dictionary
look-ups; it asks nobody and logs nothing.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from aiohttp import web
from multidict import istr

from verify_service.config import Settings
from verify_service.errors import PolicyError, RejectedError, UnavailableError
from verify_service.forward_auth.bearer import Bearer
from verify_service.forward_auth.forbidden import ForbiddenPage
from verify_service.metrics import Metrics
from verify_service.request import answers
from verify_service.request.cookies import Names, split
from verify_service.request.decision import Answer, Client, Lack, decide, kind_of_client
from verify_service.request.forwarded import Asked, Reader, Refusal
from verify_service.request.policy import Narrowed, parse
from verify_service.request.redirects import login_url, returnable
from verify_service.session.known import Known
from verify_service.session.sessions import Sessions
from verify_service.telemetry import Logger
from verify_service.values import Network

_COOKIE: Final = istr("Cookie")
_AUTHORIZATION: Final = istr("Authorization")
_UNREADABLE: Final = Refusal(500, "the policy of this route can't be read; the log of the verify service says why")
_RETRY_AFTER: Final = 5  # seconds
_POLICIES: Final = 256  # query strings that are kept parsed


class Verify:
    """Answers Traefik's question for one site."""

    def __init__(
        self,
        settings: Settings,
        sessions: Sessions,
        bearer: Bearer | None,
        *,
        trusted: Callable[[str | None], bool],
        metrics: Metrics,
        log: Logger,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._site = settings.site
        self._cookie = Names.choose(insecure=settings.site.insecure).session
        self._sessions = sessions
        self._bearer = bearer
        self._metrics = metrics
        self._log = log
        self._clock = clock
        self._trusted = trusted
        self._forwarded = Reader(settings.site)
        self._forbidden = ForbiddenPage(settings.site)
        self._policy = lru_cache(_POLICIES)(lambda query: Narrowed(settings.default_policy, parse(query)))

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The answer: the order is that of docs/verify.md."""
        headers = request.headers
        if not self._trusted(request.remote):
            return self._refuse(Refusal(400, "this address is not one of TRUSTED_PROXIES"), request.remote)
        asked = self._forwarded.read(headers)
        if isinstance(asked, Refusal):
            return self._refuse(asked, request.remote)
        query = request.raw_path.partition("?")[2]
        try:
            policy = self._policy(query)
        except PolicyError as error:
            return self._refuse(_UNREADABLE, asked.authority, policy=str(error))
        cookies = split(headers.getall(_COOKIE, ()))
        now = self._clock()
        sealed = cookies.value(self._cookie)
        session = None if sealed is None else self._sessions.find(sealed, now)
        known: Known | Lack | None = session
        if self._bearer is not None and _AUTHORIZATION in headers:
            known = await self._with_bearer(self._bearer, headers.getall(_AUTHORIZATION), session, now)
        if isinstance(known, Known):
            allowed = known.verdicts.get(query)
            if allowed is None:
                allowed = policy.allows(known.person)
                known.remember(query, allowed=allowed)
            if allowed:
                self._metrics.allowed += 1
                return answers.Allowed(known.head, cookies.others, now)
        return self._turn_away(known, policy, asked, request)

    async def _with_bearer(
        self, bearer: Bearer, authorization: list[str], known: Known | None, now: float
    ) -> Known | Lack | None:
        """A token that is there has to be good, and has to be the same person's as the cookie."""
        if not any(one.lower().startswith("bearer") for one in authorization):
            return known
        scheme, _, token = authorization[0].partition(" ")
        if len(authorization) != 1 or scheme.lower() != "bearer":  # an application may read these as a token
            return Lack.BAD_BEARER
        try:
            found = await bearer.find(token.strip(" "), now)
        except RejectedError:
            return Lack.BAD_BEARER
        except UnavailableError:
            return Lack.NO_KEYS
        if known is None:
            return found
        return known if known.person.user == found.person.user else Lack.BAD_BEARER

    def _turn_away(
        self, known: Known | Lack | None, policy: Narrowed, asked: Asked, request: web.Request
    ) -> web.StreamResponse:
        client = kind_of_client(asked, request.headers)
        person = known.person if isinstance(known, Known) else known or Lack.NO_CREDENTIAL
        answer = decide(person, policy, client)
        self._metrics.verified(answer.value)
        self._log.debug("turned away", status=answer.value, host=asked.authority, method=asked.method)
        front_page = asked.front_page(self._site)
        target = front_page if client is Client.FORM else returnable(asked.url(self._site), front_page)
        login = login_url(self._site, target)
        match answer:
            case Answer.TO_LOGIN | Answer.SEE_LOGIN:
                return answers.to_login(answer.value, login)
            case Answer.UNAVAILABLE:
                return answers.unavailable(_RETRY_AFTER)
            case Answer.FORBIDDEN:
                return self._forbid(known, client, asked, target)
            case _:
                return answers.unauthorized(login)

    def _forbid(self, known: Known | Lack | None, client: Client, asked: Asked, target: str) -> web.StreamResponse:
        user = known.person.user if isinstance(known, Known) else ""
        self._log.info("forbidden", user=user, host=asked.authority, method=asked.method)
        if client is Client.PROGRAM or not isinstance(known, Known):
            return answers.forbidden()
        return self._forbidden.show(known.person, asked.authority, target, asked.front_page(self._site))

    def _refuse(self, refusal: Refusal, where: str | None, **more: str) -> web.StreamResponse:
        """`more` is for the log alone: the answer reaches whoever asked."""
        self._metrics.verified(refusal.status)
        self._log.warning("refused", status=refusal.status, reason=refusal.reason, where=where, **more)
        return answers.refused(refusal.status, refusal.reason)


def trust(networks: tuple[Network, ...]) -> Callable[[str | None], bool]:
    """Tells whether an address is in one of the networks; an unknown one is not."""

    @lru_cache(1024)
    def trusted(address: str | None) -> bool:
        try:
            found = ipaddress.ip_address((address or "").partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(found, "ipv4_mapped", None)
        return any((mapped or found) in network for network in networks)

    return trusted
