"""What is kept in memory of somebody who was seen before, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeVar

from verify_service.lru import Lru
from verify_service.request.person import Person
from verify_service.session.session import Session

K = TypeVar("K", str, bytes)

BYTES_EACH: Final = 3072  # of memory that an entry may take on average; one with a few roles takes 1,800
_VERDICTS: Final = 16  # policies that one entry remembers its verdict on
_LONGEST_POLICY: Final = 256  # characters; a longer one is judged each time, so that memory has a bound
# Measured with CPython 3.11: the objects of an entry without their texts, and those of one role.
_BYTES_ALWAYS: Final = 1600
_BYTES_A_ROLE: Final = 64


@dataclass(slots=True)
class Known:
    """A person with everything that does not change from one request to the next."""

    person: Person
    head: bytes  # of the answer that lets them pass
    since: float  # seconds since the epoch, as `until`
    until: float
    session: Session | None = None  # None: a Bearer token
    verdicts: dict[str, bool] = field(default_factory=dict)  # by the policy's query string

    def remember(self, query: str, *, allowed: bool) -> None:
        """Keeps a verdict, while there are few."""
        if len(self.verdicts) < _VERDICTS and len(query) <= _LONGEST_POLICY:
            self.verdicts[query] = allowed


def cache(size: int, _key: type[K]) -> Lru[K, Known]:
    """A cache for so many people whose names and roles are of the usual length, and for fewer whose are long."""
    return Lru(size, _weight, size * BYTES_EACH)


def _weight(key: str | bytes, known: Known) -> int:
    """Bytes of memory, rather too many than too few; the head's texts are there once more as the person's."""
    person = known.person
    lists = len(person.roles) + len(person.permissions) + len(person.amr)
    return _BYTES_ALWAYS + len(key) + 2 * len(known.head) + _BYTES_A_ROLE * lists
