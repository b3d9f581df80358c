"""Our cookies: their names, how they are found in a request and taken out of it, and how they are set.

Found by hand, because `request.cookies` costs 25 times as much and decodes what backends need untouched; and kept,
since browsers send the same ones again and again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from verify_service.errors import SealError

CHUNK: Final = 3500  # bytes of a value; browsers give up on a cookie of 4,096 with its name and attributes
MOST_CHUNKS: Final = 4
_KEPT: Final = 1024  # headers, of at most so many characters: 10 MB at the worst
_LONGEST_KEPT: Final = 4096
_DELETED: Final = "Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
# With every prefix that browsers guard, whatever this service uses now: none may reach a backend.
_OURS: Final = re.compile(r"(?:__Secure-|__Host-)?dv_(?:s(?:_\d+)?|r(?:_\d+)?|l|t_[0-9a-f]+)", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Names:
    """What our cookies are called; browsers refuse the prefixes on plain http."""

    session: str  # domain-wide: the sealed session, perhaps in chunks
    refresh: str  # of the sign-in host alone: the sealed refresh token, perhaps in chunks
    transaction: str  # a prefix; of the sign-in host alone: one a sign-in that is under way
    loop: str  # of the sign-in host alone: how often one address was returned to in vain

    @classmethod
    def choose(cls, *, insecure: bool) -> Names:
        """The names for this site."""
        domain, host = ("", "") if insecure else ("__Secure-", "__Host-")
        return cls(f"{domain}dv_s", f"{host}dv_r", f"{host}dv_t_", f"{host}dv_l")


class Split(NamedTuple):
    """A request's cookies, ours apart from the others; requests share it."""

    ours: Mapping[str, str | None]  # None: the request has it twice with different values
    others: str  # for the backend: the rest, in its order, as it was sent

    def value(self, name: str) -> str | None:
        """A value, joined from its chunks; None when it is missing, doubled, or its chunks don't fit together."""
        if len(self.ours) == 1 and name in self.ours:
            return self.ours[name]
        numbered = [one for one in self.ours if one.startswith(f"{name}_") and one[len(name) + 1 :].isdigit()]
        if not numbered:
            return self.ours.get(name)
        if name in self.ours or len(numbered) > MOST_CHUNKS:
            return None
        parts = [self.ours.get(f"{name}_{number}") or "" for number in range(1, len(numbered) + 1)]
        return "".join(parts) if all(parts) else None

    def names(self, prefix: str) -> list[str]:
        """The names of ours that begin so."""
        return [name for name in self.ours if name.startswith(prefix)]


def split(headers: Sequence[str]) -> Split:
    """Reads all Cookie headers of a request; HTTP/2 may have brought several (RFC 9113, 8.2.3)."""
    text = headers[0] if len(headers) == 1 else "; ".join(headers)
    return _kept(text) if len(text) <= _LONGEST_KEPT else _split(text)


def _split(text: str) -> Split:
    ours: dict[str, str | None] = {}
    others = []
    for piece in text.split(";"):
        if "v_" in piece or "V_" in piece:  # no name of ours is without it
            name, _, value = piece.partition("=")
            name, value = name.strip(" \t"), value.strip(" \t")
            if _OURS.fullmatch(name):
                ours[name] = value if ours.get(name, value) == value else None
                continue
        others.append(piece.strip(" \t"))
    return Split(ours, "; ".join(filter(None, others)))


_kept: Final = lru_cache(_KEPT)(_split)


@dataclass(frozen=True, slots=True)
class Jar:
    """Writes Set-Cookie headers for one site."""

    names: Names
    domain: str
    insecure: bool

    def session(self, value: str, seconds: int) -> list[str]:
        """The domain-wide session cookie, and the end of whatever other form of it a browser holds."""
        return self._written(self.names.session, value, seconds, f"; Domain={self.domain}")

    def refresh(self, value: str, seconds: int) -> list[str]:
        """The refresh token's cookie, for the sign-in host alone."""
        return self._written(self.names.refresh, value, seconds, "")

    def host_cookie(self, name: str, value: str, seconds: int) -> str:
        """A short cookie for the sign-in host alone."""
        return self._line(name, value, f"Max-Age={seconds}", "")

    def end_host_cookie(self, name: str) -> str:
        """The end of a cookie of the sign-in host."""
        return self._line(name, "", _DELETED, "")

    def end_session(self) -> list[str]:
        """The end of the session cookie in all its forms."""
        return self._ended(self.names.session, (), f"; Domain={self.domain}")

    def end_refresh(self) -> list[str]:
        """The end of the refresh cookie in all its forms."""
        return self._ended(self.names.refresh, (), "")

    def _written(self, name: str, value: str, seconds: int, scope: str) -> list[str]:
        chunks = [value[at : at + CHUNK] for at in range(0, len(value), CHUNK)]
        if len(chunks) > MOST_CHUNKS:
            raise SealError(f"{len(value)} bytes do not fit into {MOST_CHUNKS} cookies")
        parts = {name: value} if len(chunks) == 1 else {f"{name}_{at}": one for at, one in enumerate(chunks, 1)}
        lines = [self._line(one, part, f"Max-Age={seconds}", scope) for one, part in parts.items()]
        return lines + self._ended(name, parts, scope)

    def _ended(self, name: str, but: Iterable[str], scope: str) -> list[str]:
        every = (name, *(f"{name}_{number}" for number in range(1, MOST_CHUNKS + 1)))
        return [self._line(one, "", _DELETED, scope) for one in every if one not in but]

    def _line(self, name: str, value: str, lifetime: str, scope: str) -> str:
        secure = "" if self.insecure else "; Secure"
        return f"{name}={value}; Path=/{scope}; {lifetime}{secure}; HttpOnly; SameSite=Lax"
