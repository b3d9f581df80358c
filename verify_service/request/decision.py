"""What /verify answers, from what is known: pure, and closed unless everything says otherwise.

The table of the answers stands in docs/verify.md; `decide` reads in its order.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from multidict import CIMultiDict, CIMultiDictProxy

from verify_service.request.forwarded import Asked
from verify_service.request.person import Person
from verify_service.request.policy import Mode, Narrowed


class Lack(Enum):
    """Why there is no person."""

    NO_CREDENTIAL = auto()  # none, or one that expired or was never good
    BAD_BEARER = auto()  # a Bearer token that is not good, or belongs to another person than the cookie
    NO_KEYS = auto()  # a Bearer token that can't be checked now


class Answer(Enum):
    """What /verify answers."""

    ALLOW = 200
    SEE_LOGIN = 303  # the browser follows with GET and without the form
    TO_LOGIN = 307
    UNAUTHORIZED = 401
    FORBIDDEN = 403
    UNAVAILABLE = 503


class Client(Enum):
    """What kind of request a visitor's program makes."""

    NAVIGATION = auto()  # a person opens a page
    FORM = auto()  # a person sends a form
    PROGRAM = auto()  # scripts, API clients, WebSockets: nothing that could follow to a page


_NAVIGATING: Final = frozenset({"GET", "HEAD"})


def decide(person: Person | Lack, policy: Narrowed, client: Client) -> Answer:
    """The answer to a well-formed request."""
    if isinstance(person, Person):
        return Answer.ALLOW if person.user and policy.allows(person) else Answer.FORBIDDEN
    if person is Lack.NO_KEYS:
        return Answer.UNAVAILABLE
    if person is Lack.BAD_BEARER or client is Client.PROGRAM or policy.mode is Mode.UNAUTHORIZED:
        return Answer.UNAUTHORIZED
    return Answer.SEE_LOGIN if client is Client.FORM else Answer.TO_LOGIN


def kind_of_client(asked: Asked, headers: CIMultiDictProxy[str] | CIMultiDict[str]) -> Client:
    """Tells a person's navigation from a program's request.

    Traefik drops the hop-by-hop headers of an upgrade, so a WebSocket shows by its key or by its scheme.
    """
    if asked.websocket or "Sec-WebSocket-Key" in headers or "Authorization" in headers or "X-Requested-With" in headers:
        return Client.PROGRAM
    mode = headers.get("Sec-Fetch-Mode")
    navigates = "text/html" in headers.get("Accept", "").lower() if mode is None else mode == "navigate"
    if not navigates or asked.method == "OPTIONS":
        return Client.PROGRAM
    return Client.NAVIGATION if asked.method in _NAVIGATING else Client.FORM
