"""The project's memory: who is signed in, which codes and links are still good, and what was ended."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from specter_tui.demo.descope.keys import KeyRing
from specter_tui.demo.descope.people import Person

CODE_SECONDS: Final = 60
LINK_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Seconds that a session token and a refresh token live; the defaults are those of the SDK's fixtures."""

    session: int = 600
    refresh: int = 30 * 24 * 3600


@dataclass(slots=True)
class Login:
    """One sign-in of a person: all tokens that came of it share its end."""

    person: Person
    amr: tuple[str, ...]
    expires: int  # unix seconds
    tenant: str = ""  # the one that was signed in to, `dct`
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in or a refresh hands out; an empty refresh token: the old one stays good."""

    login: Login
    session: str
    refresh: str
    session_expires: int


class Project:
    """One Descope project: people, keys and sign-ins. `clock` gives unix seconds, `issuer` becomes `iss`."""

    def __init__(
        self,
        project_id: str,
        people: Iterable[Person],
        clock: Callable[[], float],
        *,
        keys: KeyRing | None = None,
        lifetimes: Lifetimes | None = None,
        rotate_refresh: bool = False,
    ) -> None:
        self.id = project_id
        self.issuer = project_id
        self.people = {person.id: person for person in people}
        self.keys = keys or KeyRing()
        self.lifetimes = lifetimes or Lifetimes()
        self.rotate_refresh = rotate_refresh
        self.tokens_in_cookies = False  # the project setting "manage tokens in cookies": bodies hold none
        self.outbox: list[tuple[str, str]] = []  # (e-mail, link), newest last
        self._clock = clock
        self.logins: list[Login] = []
        self._by_token: dict[str, Login] = {}
        self._once: dict[str, tuple[float, Person, tuple[str, ...], str]] = {}

    def now(self) -> int:
        """Unix seconds."""
        return int(self._clock())

    def find(self, email: str) -> Person | None:
        """The enabled person with this login id."""
        wanted = email.strip().casefold()
        found = (person for person in self.people.values() if person.email.casefold() == wanted)
        return next((person for person in found if person.enabled), None)

    def members(self, tenant: str) -> tuple[Person, ...]:
        """The enabled people of a tenant, by its id."""
        return tuple(
            person
            for person in self.people.values()
            if person.enabled and any(one.id == tenant for one in person.tenants)
        )

    # -- what is good once -------------------------------------------------------------------------------------------

    def ticket(self, person: Person, amr: tuple[str, ...], *, tenant: str = "", seconds: int = CODE_SECONDS) -> str:
        """A code or a magic link's token: good once, for so many seconds."""
        text = secrets.token_urlsafe(32)
        self._once[text] = (self._clock() + seconds, person, amr, tenant)
        return text

    def redeem(self, ticket: str) -> Tokens | None:
        """Signs the ticket's person in; None when it is unknown, used or too old."""
        expires, person, amr, tenant = self._once.pop(ticket, (0.0, None, (), ""))
        if person is None or self._clock() > expires or not self._current(person).enabled:
            return None
        return self.sign_in(person, amr, tenant=tenant)

    # -- sign-ins ----------------------------------------------------------------------------------------------------

    def sign_in(self, person: Person, amr: tuple[str, ...], *, tenant: str = "") -> Tokens:
        """Tokens of a new sign-in."""
        login = Login(person, amr, self.now() + self.lifetimes.refresh, tenant)
        self.logins.append(login)
        return self._tokens(login, refresh=self._refresh_token(login))

    def refresh(self, token: str) -> Tokens | None:
        """New tokens for a good refresh token, with what the person may do by now; None for any other.

        With rotation the token that was sent is void afterwards.
        """
        login = self.login_of(token)
        if login is None:
            return None
        if not self.rotate_refresh:
            return self._tokens(login, refresh="")
        self._drop(token, login)
        return self._tokens(login, refresh=self._refresh_token(login))

    def login_of(self, token: str) -> Login | None:
        """The sign-in behind a refresh token that is good now."""
        claims = self.keys.read(token)
        if claims is None or claims.get("drn") != "DSR" or claims.get("exp", 0) <= self.now():
            return None
        login = self._by_token.get(str(claims.get("jti")))
        if login is None or login.ended or not self._current(login.person).enabled:
            return None
        return login

    def end(self, login: Login, *, everywhere: bool = False) -> None:
        """Ends one sign-in, or all of its person."""
        for one in self.logins:
            if one is login or (everywhere and one.person.id == login.person.id):
                one.ended = True

    # -- tokens ------------------------------------------------------------------------------------------------------

    def session_claims(self, login: Login) -> dict[str, Any]:
        """The claims of a session token, as Descope's have them: neither e-mail nor name is among them."""
        person, now = self._current(login.person), self.now()
        tenants = {one.id: {"roles": list(one.roles), "permissions": list(one.permissions)} for one in person.tenants}
        claims: dict[str, Any] = {
            "amr": list(login.amr),
            "drn": "DS",
            "exp": now + self.lifetimes.session,
            "iat": now,
            "iss": self.issuer,
            "permissions": list(person.permissions),
            "rexp": datetime.fromtimestamp(login.expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "roles": list(person.roles),
            "sub": person.id,
        }
        if tenants:
            claims["tenants"] = tenants
        current = login.tenant or (next(iter(tenants)) if len(tenants) == 1 else "")
        return claims | ({"dct": current} if current else {})

    def _current(self, person: Person) -> Person:
        return self.people.get(person.id, person)

    def _tokens(self, login: Login, refresh: str) -> Tokens:
        claims = self.session_claims(login)
        return Tokens(login, self.keys.issue(claims), refresh, claims["exp"])

    def _refresh_token(self, login: Login) -> str:
        # `jti` keeps two tokens of one second apart: RS256 signs the same claims the same way
        token_id = secrets.token_hex(8)
        self._by_token[token_id] = login
        claims = {
            "amr": list(login.amr),
            "drn": "DSR",
            "exp": login.expires,
            "iat": self.now(),
            "iss": self.issuer,
            "jti": token_id,
            "sub": login.person.id,
        }
        return self.keys.issue(claims)

    def _drop(self, token: str, login: Login) -> None:
        claims = self.keys.read(token) or {}
        if self._by_token.get(str(claims.get("jti"))) is login:
            del self._by_token[str(claims["jti"])]
