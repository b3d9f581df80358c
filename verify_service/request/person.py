"""Who a visitor is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """A known user, as Descope vouched for at sign-in; `user` is never empty."""

    user: str
    email: str = ""
    email_verified: bool = False
    name: str = ""
    tenant: str = ""
    roles: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    amr: tuple[str, ...] = ()  # how they signed in: RFC 8176 values and Descope's own
