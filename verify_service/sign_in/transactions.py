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
REPEATED_SECONDS: Final = 30.0  # in which a browser asks again whose answer got lost on the way
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
        self._used: Lru[str, tuple[float, bytes]] = Lru(_USED)  # when, and by what

    def begin(self, target: str, cookies: Split, now: float) -> tuple[Transaction, list[str]]:
        """A new transaction, and the Set-Cookie lines that keep it and drop what is old or too many."""
        transaction = Transaction(secrets.token_hex(4), secrets.token_urlsafe(16), target, now)
        prefix = self._jar.names.transaction
        held = {name: self.find(cookies, name.removeprefix(prefix), now) for name in cookies.names(prefix)}
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
        transaction = self.held(cookies, name, now)
        return transaction if transaction is not None and self._used.get(transaction.state) is None else None

    def held(self, cookies: Split, name: str, now: float) -> Transaction | None:
        """The same, whether it was used or not."""
        return self._open(cookies, name, now)

    def is_free(self, transaction: Transaction, proof: bytes, now: float) -> bool:
        """Whether it was not used, or by this very `proof` a moment ago: then the answer got lost on the way.

        The repeated one gets nothing that a new transaction would not give to whoever holds that proof.
        """
        used = self._used.get(transaction.state)
        return used is None or (bool(proof) and used[1] == proof and now - used[0] < REPEATED_SECONDS)

    def take(self, cookies: Split, state: str, now: float) -> Transaction | None:
        """The transaction that a state belongs to, once: the second time there is none."""
        match = _STATE.fullmatch(state)
        transaction = None if match is None else self.find(cookies, match[1], now)
        if match is None or transaction is None or not hmac.compare_digest(transaction.secret, match[2]):
            return None
        self.use(transaction, now)
        return transaction

    def use(self, transaction: Transaction, now: float, proof: bytes = b"") -> None:
        """From now on there is none any more, but for a repetition with the same proof."""
        if self._used.get(transaction.state) is None:
            self._used.put(transaction.state, (now, proof))

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
        return found if found.id == name and -SECONDS < now - found.made < SECONDS else None
