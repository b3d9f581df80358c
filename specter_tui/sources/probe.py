"""The probe: what an anonymous visitor gets from Traefik's own entry points.

Nothing here judges. TLS certificates are not verified, since what is served is read and not trusted; redirects
are never followed, cookies never kept, and no method but HEAD and GET is ever sent.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from specter_tui.core.proof import ProbeAnswer, ProbeTarget
from specter_tui.core.text import visible

if TYPE_CHECKING:
    from specter_tui.sources.probe_connections import Connections, Reply

_AT_ONCE: Final = 10
_REASON_LIMIT: Final = 160


class Probe:
    """`core.ports.ProbeSource` over httpcore's streams and h11: httpx can't keep a connection for one host.

    `deadline` is seconds for one target, HEAD and GET together. `pause` is seconds between the beginnings of two
    targets, so that thousands in a row are not in the way of everything else for many seconds. `keep` is the number
    of connections kept from one round to the next: a handshake is most of what a probe costs.
    """

    def __init__(self, deadline: float = 5.0, pause: float = 0.0, keep: int = 0) -> None:
        self._deadline = deadline
        self._pause = pause
        self._keep = keep
        self._next = 0.0  # the monotonic time at which the next target may begin
        self._connections: Connections | None = None
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def read(self, targets: Sequence[ProbeTarget]) -> tuple[ProbeAnswer, ...]:
        """One answer a target, in their order; at most ten are asked at once. Raises nothing."""
        if not targets:
            return ()
        if self._connections is None:
            self._connections = await asyncio.to_thread(_connections, self._deadline / 3, self._keep)
        answers: dict[int, ProbeAnswer] = {}
        left = iter(enumerate(targets))  # taken from by as many tasks as may ask at once: not a task for each target
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(self._work(self._connections, left, answers))
        return tuple(answers[place] for place in range(len(targets)))

    async def forget(self) -> None:
        """Closes the kept connections: the next round sees the certificates and routes that are served then."""
        if self._connections is not None:
            await self._connections.forget()

    async def close(self) -> None:
        """Frees the connections."""
        connections, self._connections = self._connections, None
        if connections is not None:
            await connections.forget()

    async def _work(
        self, connections: Connections, left: Iterator[tuple[int, ProbeTarget]], answers: dict[int, ProbeAnswer]
    ) -> None:
        for place, target in left:
            async with self._places:
                await self._turn()
                answers[place] = await self._ask(connections, target)

    async def _turn(self) -> None:
        """Waits until the next target may begin."""
        now = time.monotonic()
        begins = max(now, self._next)
        self._next = begins + self._pause
        if begins > now:
            await asyncio.sleep(begins - now)

    async def _ask(self, connections: Connections, target: ProbeTarget) -> ProbeAnswer:
        started = time.monotonic()
        checked_at = datetime.now(UTC)  # noqa: TID251  adapters read the clock
        reply, error = await self._reply(connections, target)
        return ProbeAnswer(
            target,
            checked_at,
            status=reply.status if reply else 0,
            location=reply.location if reply else "",
            login_url=reply.login_url if reply else "",
            error=error,
            seconds=time.monotonic() - started,
            served_fingerprint=reply.fingerprint if reply else "",
        )

    async def _reply(self, connections: Connections, target: ProbeTarget) -> tuple[Reply | None, str]:
        """The deciding reply, or why there is none."""
        import h11
        import httpcore

        try:
            async with asyncio.timeout(self._deadline):
                reply = await connections.send(target, target.method)
                if target.method == "HEAD" and _undecided(reply.status):
                    reply = await connections.send(target, "GET")
                return reply, ""
        except (TimeoutError, httpcore.TimeoutException):
            return None, f"no answer from {visible(target.address, _REASON_LIMIT)} within {self._deadline:g} s"
        except httpcore.ConnectError as error:
            return None, f"no connection to {visible(target.address, _REASON_LIMIT)} ({_short(error)})"
        except (httpcore.NetworkError, h11.ProtocolError, ssl.SSLError, OSError, ValueError) as error:
            return None, f"no valid answer from {visible(target.address, _REASON_LIMIT)} ({_short(error)})"


def _connections(connect: float, keep: int) -> Connections:
    """In a thread: the imports and OpenSSL's context take a while."""
    from specter_tui.sources.probe_connections import Connections

    return Connections(connect, keep)


def _undecided(status: int) -> bool:
    """Whether GET may say more than HEAD did: a HEAD has no body, so even its 401 shows no `login_url`."""
    return not HTTPStatus.OK <= status < HTTPStatus.BAD_REQUEST


def _short(error: Exception) -> str:
    return visible(str(error).partition("\n")[0] or type(error).__name__, _REASON_LIMIT)
