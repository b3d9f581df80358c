"""Sealed sessions: made at sign-in, opened once, and kept open for the next request with the same cookie."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Final

from verify_service.config import Settings
from verify_service.descope.identity import Grant
from verify_service.errors import IdentityError, SealError
from verify_service.request.answers import head_of_allowed
from verify_service.request.cookies import CHUNK
from verify_service.request.identity_headers import identity_headers
from verify_service.request.person import Person
from verify_service.session.ended import Ended
from verify_service.session.known import Known, cache
from verify_service.session.seal import Purpose, Seal
from verify_service.session.session import Session, from_bytes

CLOCKS_DIFFER: Final = 60.0  # seconds between replicas; a session from further ahead is none


@dataclass(frozen=True, slots=True)
class Renewal:
    """What the refresh cookie holds: Descope's refresh token and the session that it belongs to."""

    token: str
    sid: str
    user: str
    started: float
    ends: float


class Sessions:
    """Seals and opens the sessions of one site."""

    def __init__(self, settings: Settings) -> None:
        domain = settings.site.cookie_domain
        self._seal = Seal(settings.secrets, Purpose.SESSION, domain)
        self._renewals = Seal(settings.secrets, Purpose.REFRESH, domain)
        self._opened = cache(settings.cache_size, str)
        self._ttl = settings.session_ttl
        self._max = settings.session_max
        self.ended = Ended()

    def find(self, sealed: str, now: float) -> Known | None:
        """Who holds this cookie; None when it was not sealed here, has expired, or was logged out."""
        known = self._opened.get(sealed)
        if known is None:
            known = self._open(sealed)
            if known is None:
                return None
            if len(sealed) <= CHUNK:  # one that needs several cookies is opened each time, so that memory has a bound
                self._opened.put(sealed, known)
        if known.since <= now < known.until and not self.ended.has(known.session):
            return known
        self._opened.drop(sealed)
        return None

    def begin(self, grant: Grant, now: float) -> Session:
        """A new session, with a new id, for somebody who just signed in."""
        ends = min(now + self._max, grant.ends)
        return Session(grant.person, secrets.token_urlsafe(12), now, now, min(now + self._ttl, ends), ends)

    def renew(self, grant: Grant, renewal: Renewal, now: float) -> Session:
        """The same session, with what Descope says now about the person."""
        return Session(
            grant.person, renewal.sid, renewal.started, now, min(now + self._ttl, renewal.ends), renewal.ends
        )

    def seal(self, session: Session) -> str:
        """The session's cookie."""
        return self._seal.seal(session.to_bytes())

    def seal_renewal(self, session: Session, token: str) -> str:
        """The refresh cookie of a session."""
        fields = [token, session.sid, session.person.user, session.started, session.ends]
        return self._renewals.seal(json.dumps(fields, separators=(",", ":")).encode())

    def open_renewal(self, sealed: str, now: float) -> Renewal | None:
        """What a refresh cookie holds; None when it is not ours, its session has ended, or was logged out."""
        try:
            renewal = Renewal(*json.loads(self._renewals.open(sealed)))
        except (SealError, ValueError, TypeError):
            return None
        session = Session(Person(renewal.user), renewal.sid, renewal.started, renewal.started, now, renewal.ends)
        return renewal if now < renewal.ends and not self.ended.has(session) else None

    def _open(self, sealed: str) -> Known | None:
        try:
            session = from_bytes(self._seal.open(sealed))
            head = head_of_allowed(identity_headers(session.person))
            return Known(
                session.person, head, session.issued - CLOCKS_DIFFER, min(session.expires, session.ends), session
            )
        except (SealError, IdentityError):
            return None
