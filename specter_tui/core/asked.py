"""The protections that were asked for.

They stand in a file of their own, apart from the journal, which rotates: what a person asked to be protected is
watched until they take it back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """One host that was asked to be protected; `via` is "labels" or "overlay"."""

    host: str  # lower case
    via: str
    asked_at: str  # RFC 3339
    by: str  # the user's name
    context: str = "default"  # of the configuration: the same name may be another host there


@dataclass(frozen=True, slots=True)
class AskedRead:
    """All that were asked for; `problem` says why that can't be known."""

    hosts: tuple[Asked, ...] = ()
    problem: str = ""


def asked_with(known: Iterable[Asked], new: Iterable[Asked]) -> tuple[Asked, ...]:
    """The hosts with new ones among them, sorted; a new one takes the place of its host's."""
    return tuple(sorted({_key(one): one for one in (*known, *new)}.values(), key=_key))


def asked_without(known: Iterable[Asked], hosts: Iterable[str], context: str) -> tuple[Asked, ...]:
    """What is left when some hosts of a context are taken back."""
    gone = {(context, host) for host in hosts}
    return tuple(one for one in known if _key(one) not in gone)


def _key(one: Asked) -> tuple[str, str]:
    return one.context, one.host
