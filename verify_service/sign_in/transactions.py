"""A sign-in that is under way: where it leads back to, bound to one browser, good once and for ten minutes.

One sealed cookie each, so that tabs don't disturb each other, and at most five. `/verify` never makes one, or requests
in the background would pile them up until no header fits any more.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from dataclasses import dataclass, replace
from typing import Final

from verify_service.config import Settings
from verify_service.errors import SealError
from verify_service.lru import Lru
from verify_service.request.cookies import Jar, Split
from verify_service.session.seal import Purpose, Seal

SECONDS: Final = 600
MOST: Final = 5
_USED: Final = 100_000  # remembered ids of ended ones
_STATE: Final = re.compile(r"([0-9a-f]{8})\.([A-Za-z0-9_-]{22})")


@dataclass(frozen=True, slots=True)
class Transaction:
    """One sign-in; `secret` binds what comes back to the browser that has the cookie."""

    id: str
    secret: str
    target: str  # an address of the site
    made: float
    method: str = ""  # oauth or sso, once that was chosen

    @property
    def state(self) -> str:
        """What goes out to Descope and has to come back."""
        return f"{self.id}.{self.secret}"


class Transactions:
    """Seals and opens the transactions of one site."""

    def __init__(self, settings: Settings, jar: Jar) -> None:
        self._seal = Seal(settings.secrets, Purpose.TRANSACTION, settings.site.cookie_domain)
        self._jar = jar
        self._used: Lru[str, float] = Lru(_USED)

    def begin(self, target: str, cookies: Split, now: float) -> tuple[Transaction, list[str]]:
        """A new transaction, and the Set-Cookie lines that keep it and drop what is old or too many."""
        transaction = Transaction(secrets.token_hex(4), secrets.token_urlsafe(16), target, now)
        prefix = self._jar.names.transaction
        held = {name: self._open(cookies, name.removeprefix(prefix), now) for name in cookies.names(prefix)}
        alive = sorted((one.made, name) for name, one in held.items() if one is not None)
        keep = {name for _, name in alive[len(alive) - MOST + 1 :]} if len(alive) >= MOST else {n for _, n in alive}
        lines = [self._jar.end_host_cookie(name) for name in held if name not in keep]
        return transaction, [*lines, self._line(transaction)]

    def choose(self, transaction: Transaction, method: str) -> tuple[Transaction, str]:
        """The transaction with its method, and its Set-Cookie line."""
        chosen = replace(transaction, method=method)
        return chosen, self._line(chosen)

    def find(self, cookies: Split, name: str, now: float) -> Transaction | None:
        """The transaction with this id, when this browser has it and it is still good."""
        return self._open(cookies, name, now)

    def take(self, cookies: Split, state: str, now: float) -> Transaction | None:
        """The transaction that a state belongs to, once: the second time there is none."""
        match = _STATE.fullmatch(state)
        transaction = None if match is None else self._open(cookies, match[1], now)
        if match is None or transaction is None or not hmac.compare_digest(transaction.secret, match[2]):
            return None
        self.use(transaction, now)
        return transaction

    def use(self, transaction: Transaction, now: float) -> None:
        """From now on there is none any more."""
        self._used.put(transaction.state, now)

    def end(self, transaction: Transaction) -> str:
        """The Set-Cookie line that removes it from the browser."""
        return self._jar.end_host_cookie(self._jar.names.transaction + transaction.id)

    def _line(self, transaction: Transaction) -> str:
        fields = [transaction.id, transaction.secret, transaction.target, transaction.made, transaction.method]
        sealed = self._seal.seal(json.dumps(fields, separators=(",", ":")).encode())
        return self._jar.host_cookie(self._jar.names.transaction + transaction.id, sealed, SECONDS)

    def _open(self, cookies: Split, name: str, now: float) -> Transaction | None:
        sealed = cookies.value(self._jar.names.transaction + name)
        if sealed is None:
            return None
        try:
            found = Transaction(*json.loads(self._seal.open(sealed)))
        except (SealError, ValueError, TypeError):
            return None
        good = found.id == name and -SECONDS < now - found.made < SECONDS and self._used.get(found.state) is None
        return found if good else None
