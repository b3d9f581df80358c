"""Middlewares that stand before a guard and take its point away, although the guard itself works."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, NamedTuple

from specter_tui.core.model import Middleware

# What a sign-in reads: whoever writes these for all visitors signs all of them in (observed on 3.7.15).
_CREDENTIALS: Final = frozenset({"authorization", "cookie"})
_GUARDS_ANSWERS: Final = range(300, 500)  # redirects and refusals


class Undermined(NamedTuple):
    """What a chain does before its guard; `pages`: middlewares and the services that answer in the guard's place."""

    signs_in: str = ""  # the middleware that writes credentials
    pages: tuple[tuple[str, str], ...] = ()

    def reason(self, service: str) -> str:
        """Why the guard of a route to this service can't be relied on; empty when it can."""
        if self.signs_in:
            return f"{self.signs_in} writes Cookie or Authorization into every request before it is judged"
        page = next((name for name, one in self.pages if one == service), "") if self.pages else ""
        return f"{page} answers with a page of the same service where the guard refuses" if page else ""


def undermined(before: Sequence[Middleware]) -> Undermined:
    """What the middlewares before a guard do to it, in their order."""
    signs_in, pages = "", []
    for one in before:
        if one.type in {"headers", "forwardauth"} and not signs_in and _writes_credentials(one):
            signs_in = one.name
        elif one.type == "errors":
            options = _options(one)
            service = options.get("service")
            if isinstance(service, str) and service and _covers_refusals(options.get("status")):
                pages.append((one.name, service if "@" in service else f"{service}@{one.provider}"))
    return Undermined(signs_in, tuple(pages))


def _writes_credentials(middleware: Middleware) -> bool:
    options = _options(middleware)
    if middleware.type == "forwardauth":
        names = options.get("authResponseHeaders")
        pattern = bool(options.get("authResponseHeadersRegex"))
        return pattern or any(_is_credential(name) for name in (names if isinstance(names, list) else ()))
    written = options.get("customRequestHeaders")
    # An empty value takes the header away.
    return isinstance(written, dict) and any(_is_credential(name) and bool(text) for name, text in written.items())


def _is_credential(name: object) -> bool:
    return isinstance(name, str) and name.strip().lower() in _CREDENTIALS


def _covers_refusals(status: object) -> bool:
    """Whether one of Traefik's ranges ("404", "400-499") has an answer of a guard; what can't be read may."""
    for text in status if isinstance(status, list) else ():
        first, _, last = str(text).partition("-")
        if not (first.isdecimal() and (last or first).isdecimal()):
            return True
        if int(first) < _GUARDS_ANSWERS.stop and int(last or first) >= _GUARDS_ANSWERS.start:
            return True
    return False


def _options(middleware: Middleware) -> dict[str, object]:
    """The definition's own section, empty when it can't be read."""
    try:
        document = json.loads(middleware.options)
    except ValueError:
        return {}
    section = next(iter(document.values()), None) if isinstance(document, dict) else None
    return section if isinstance(section, dict) else {}
