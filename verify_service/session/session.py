"""A session: whose it is, for how long that holds, and how it is written into the sealed cookie."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from verify_service.errors import SealError
from verify_service.request.person import Person

_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Session:
    """A person who signed in; all times are seconds since the epoch."""

    person: Person
    sid: str  # new at each sign-in, kept by silent refreshes
    started: float  # the sign-in
    issued: float  # the last refresh
    expires: float
    ends: float  # no refresh goes beyond

    def to_bytes(self) -> bytes:
        """The session as compact JSON: a list, because the cookie has to stay short."""
        one = self.person
        return json.dumps(
            [
                _VERSION, self.sid, self.started, self.issued, self.expires, self.ends,
                one.user, one.email, one.email_verified, one.name, one.tenant, one.roles, one.permissions, one.amr,
            ],
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()  # fmt: skip


def from_bytes(data: bytes) -> Session:
    """The session that was sealed; SealError when another version of this service wrote it."""
    try:
        version, sid, started, issued, expires, ends, user, email, verified, name, tenant, *lists = json.loads(data)
        roles, permissions, amr = (tuple(map(str, one)) for one in lists)
        times = (float(started), float(issued), float(expires), float(ends))
    except (ValueError, TypeError, RecursionError) as error:
        raise SealError("the session is of another form") from error
    if version != _VERSION or not user or not isinstance(user, str):
        raise SealError("the session is of another version")
    person = Person(user, str(email), verified is True, str(name), str(tenant), roles, permissions, amr)
    return Session(person, str(sid), *times)
