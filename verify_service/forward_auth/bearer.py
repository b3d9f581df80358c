"""Bearer tokens: Descope session JWTs in the Authorization header, where BEARER_ENABLED says so."""

from __future__ import annotations

import hashlib
from typing import Final

from verify_service.config import Settings
from verify_service.descope.identity import Descope
from verify_service.descope.keys import Keys
from verify_service.descope.tokens import read_header
from verify_service.errors import IdentityError, RejectedError
from verify_service.lru import Lru
from verify_service.request.answers import head_of_allowed
from verify_service.request.identity_headers import identity_headers
from verify_service.session.known import Known, cache

BAD_SECONDS: Final = 10.0
MOST_BAD: Final = 1000


class Bearer:
    """Verifies tokens, and remembers the good ones for CACHE_TTL and the bad ones for 10 s.

    Errors of Descope are never remembered. The caches go by the whole SHA-256 of a token, and keep no token.
    """

    def __init__(self, settings: Settings, descope: Descope, keys: Keys) -> None:
        self._descope = descope
        self._keys = keys
        self._algorithms = settings.algorithms
        self._ttl = settings.cache_ttl
        self._good = cache(settings.cache_size, bytes)
        self._bad: Lru[bytes, float] = Lru(MOST_BAD)

    async def find(self, token: str, now: float) -> Known:
        """Who the token names; RejectedError or UnavailableError."""
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        good = self._good.get(digest)
        if good is not None and good.until > now:
            return good
        if (self._bad.get(digest) or 0.0) > now:
            raise RejectedError("the token was refused a moment ago")
        try:
            return await self._verify(token, digest, now)
        except (RejectedError, IdentityError) as error:
            self._bad.put(digest, now + BAD_SECONDS)
            raise RejectedError(str(error)) from error

    async def _verify(self, token: str, digest: bytes, now: float) -> Known:
        header = read_header(token, self._algorithms)
        await self._keys.require(header.key_id)
        verified = await self._descope.verify(token)
        until = min(now + self._ttl, verified.expires)
        known = Known(verified.person, head_of_allowed(identity_headers(verified.person)), now, until)
        self._good.put(digest, known)
        return known
