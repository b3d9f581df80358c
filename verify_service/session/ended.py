"""Sessions that were logged out while their sealed cookies are still good.

One list a process, and bounded: another replica, or this one after a restart, honours such a cookie until it expires
(SESSION_TTL at most). What is dropped first is what would expire first.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from verify_service.session.session import Session

MOST: Final = 100_000


class Ended:
    """Who logged out of which session, or of all."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._sessions: OrderedDict[str, float] = OrderedDict()  # sid: when it can be forgotten
        self._users: OrderedDict[str, tuple[float, float]] = OrderedDict()  # user: ended at, when it can be forgotten

    def end(self, session: Session) -> None:
        """Ends one session."""
        self._sessions[session.sid] = session.ends
        if len(self._sessions) > self._most:
            self._sessions.popitem(last=False)

    def end_all(self, session: Session, now: float, longest: float) -> None:
        """Ends every session of the user that was issued until now; none lives longer than `longest` seconds."""
        self._users[session.person.user] = (now, now + longest)
        self._users.move_to_end(session.person.user)
        if len(self._users) > self._most:
            self._users.popitem(last=False)

    def has(self, session: Session | None) -> bool:
        """Whether the session was ended here."""
        if session is None or not (self._sessions or self._users):
            return False
        if session.sid in self._sessions:
            return True
        ended = self._users.get(session.person.user)
        return ended is not None and session.issued <= ended[0]

    def forget(self, now: float) -> None:
        """Drops what has expired anyway; cheap, since the oldest come first."""
        for sid, until in list(self._sessions.items()):
            if until < now:
                del self._sessions[sid]
        for user, (_, until) in list(self._users.items()):
            if until < now:
                del self._users[user]
