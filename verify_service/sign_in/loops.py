"""Notices a browser that is sent to and fro: it gets a session here, and the application sees none of it."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from verify_service.config import Settings
from verify_service.errors import SealError
from verify_service.request.cookies import Jar, Split
from verify_service.session.seal import Purpose, Seal

MOST: Final = 3
SECONDS: Final = 30


class Loops:
    """Counts, in a cookie of the sign-in host, how often one address was returned to."""

    def __init__(self, settings: Settings, jar: Jar) -> None:
        self._seal = Seal(settings.secrets, Purpose.LOOP, settings.site.cookie_domain)
        self._jar = jar

    def next(self, cookies: Split, target: str, now: float) -> str | None:
        """The Set-Cookie line with one more return to the address; None when there were too many."""
        digest = hashlib.sha256(target.encode()).hexdigest()[:16]
        before, count, first = self._read(cookies)
        if before != digest or not 0 <= now - first < SECONDS:
            count, first = 0, now
        if count >= MOST:
            return None
        sealed = self._seal.seal(json.dumps([digest, count + 1, first]).encode())
        return self._jar.host_cookie(self._jar.names.loop, sealed, SECONDS)

    def end(self) -> str:
        """The Set-Cookie line that starts the count anew."""
        return self._jar.end_host_cookie(self._jar.names.loop)

    def _read(self, cookies: Split) -> tuple[str, int, float]:
        sealed = cookies.value(self._jar.names.loop)
        try:
            digest, count, first = json.loads(self._seal.open(sealed or ""))
            return str(digest), int(count), float(first)
        except (SealError, ValueError, TypeError):
            return "", 0, 0.0
