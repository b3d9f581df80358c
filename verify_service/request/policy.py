"""Who may pass: DEFAULT_POLICY, narrowed per route by the query string of the middleware's address.

Never from request headers, which a client can send. Every parameter has to hold, of both policies; one that is unknown,
empty or repeated makes the policy unreadable, and then nobody passes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from enum import StrEnum
from string import ascii_lowercase, ascii_uppercase
from typing import Final
from urllib.parse import unquote_plus

from verify_service.errors import PolicyError
from verify_service.request.person import Person

ANY: Final = "any"
# Not str.lower(), which makes a k of U+212A: somebody else's address would become the one that a policy names.
_LOWER: Final = str.maketrans(ascii_uppercase, ascii_lowercase)


class Mode(StrEnum):
    """What a browser without a session gets."""

    REDIRECT = "redirect"
    UNAUTHORIZED = "401"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a person has to have; an empty field asks for nothing."""

    roles: frozenset[str] = frozenset()  # all of them
    any_role: frozenset[str] = frozenset()  # one of them
    permissions: frozenset[str] = frozenset()  # all of them
    tenant: frozenset[str] = frozenset()  # the current one is one of them
    emails: frozenset[str] = frozenset()  # one of them, verified; ASCII letters in lower case
    domains: frozenset[str] = frozenset()  # of the verified e-mail, written the same way
    amr: frozenset[str] = frozenset()  # signed in by all of them
    mode: Mode | None = None

    def allows(self, person: Person) -> bool:
        """Whether the person has everything that is asked for."""
        return (
            self.roles.issubset(person.roles)
            and (not self.any_role or not self.any_role.isdisjoint(person.roles))
            and self.permissions.issubset(person.permissions)
            and (not self.tenant or person.tenant in self.tenant)
            and (not self.emails or _verified_email(person) in self.emails)
            and (not self.domains or _domain(_verified_email(person)) in self.domains)
            and self.amr.issubset(person.amr)
        )

    @property
    def restricts(self) -> bool:
        """Whether it asks for anything; a mode alone does not."""
        return replace(self, mode=None) != Policy()


_NAMES: Final = frozenset(field.name for field in fields(Policy))
_SHOWN: Final = 40  # characters of what is wrong
# What no verified address can be belongs to nobody, so that the rule is a slip of the pen.
_FORMS: Final = {
    "emails": (re.compile(r"[^@\s]+@[^@\s]+"), "addresses like alice@example.com"),
    "domains": (
        re.compile(r"[^@\s*./:]+(?:\.[^@\s*./:]+)*"),
        "domains like example.com, each subdomain too",
    ),
}


def parse(query: str) -> Policy:
    """The policy of a query string as it was sent; PolicyError names the parameter that can't be read.

    Commas separate, and one within a value stands as %2C.
    """
    if not query:
        return Policy()
    found: dict[str, frozenset[str]] = {}
    for part in query.split("&"):
        name, _, text = part.partition("=")
        if name not in _NAMES:
            raise PolicyError(f"the policy parameter {_shown(name)} is unknown{_hint(name)}")
        if name in found:
            raise PolicyError(f"the policy parameter {_shown(name)} is repeated; write its values with commas")
        found[name] = _values(name, text)
    mode = found.pop("mode", None)
    return Policy(**found, mode=None if mode is None else _mode(mode))


def parse_default(text: str) -> Policy:
    """DEFAULT_POLICY: the same syntax, or `any`, perhaps with a mode (`any&mode=401`); an empty text is no policy."""
    first, _, rest = text.strip().partition("&")
    if not first:
        raise PolicyError("a policy is needed, or `any`")
    if first != ANY:
        return parse(text.strip())
    policy = parse(rest)
    if policy.restricts:
        raise PolicyError("`any` stands beside a parameter that lets not everybody pass; keep one of them")
    return policy


def chosen(text: str) -> bool:
    """Whether a readable DEFAULT_POLICY says who may pass: it restricts somebody, or says `any`."""
    return bool(text.strip()) and (text.strip().partition("&")[0] == ANY or parse_default(text).restricts)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Two policies that both have to hold."""

    default: Policy
    route: Policy

    def allows(self, person: Person) -> bool:
        """Whether both allow the person."""
        return self.default.allows(person) and self.route.allows(person)

    @property
    def mode(self) -> Mode:
        """The route's word first."""
        return self.route.mode or self.default.mode or Mode.REDIRECT


def _values(name: str, text: str) -> frozenset[str]:
    values = [unquote_plus(one, errors="strict").strip() for one in text.split(",")] if _decodable(text) else [""]
    if not all(values):
        raise PolicyError(f"the policy parameter {name!r} is empty or holds an empty value")
    if name not in _FORMS:
        return frozenset(values)
    form, wanted = _FORMS[name]
    if wrong := [one for one in values if not form.fullmatch(one)]:
        raise PolicyError(f"the policy parameter {name!r} holds {_shown(wrong[0])}, which fits nobody; write {wanted}")
    return frozenset(one.translate(_LOWER) for one in values)


def _shown(text: str) -> str:
    return ascii(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")


def _hint(name: str) -> str:
    near = get_close_matches(name[:_SHOWN].translate(_LOWER), sorted(_NAMES), 1)
    return f"; did you mean {near[0]}?" if near else f"; known are {', '.join(sorted(_NAMES))}"


def _decodable(text: str) -> bool:
    try:
        unquote_plus(text, errors="strict")
    except UnicodeDecodeError:
        return False
    return True


def _mode(values: frozenset[str]) -> Mode:
    try:
        return Mode(*values)
    except (ValueError, TypeError) as error:
        raise PolicyError("the policy parameter 'mode' is neither 'redirect' nor '401'") from error


def _verified_email(person: Person) -> str | None:
    return person.email.translate(_LOWER) if person.email_verified and person.email else None


def _domain(email: str | None) -> str | None:
    """What follows the only @; an address with several belongs to no domain (CVE-2026-40574)."""
    if email is None or email.count("@") != 1:
        return None
    local, domain = email.split("@")
    return domain if local and domain else None
