"""What stands between the dashboard and its sources, so that a test can take one away and give it back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from typing import Any, Final, TypeVar

T = TypeVar("T")
_SECONDS: Final = 30


class Loop:
    """An event loop in a thread of its own, for tests that themselves wait for a terminal."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()

    @contextmanager
    def running(self) -> Iterator[Loop]:
        """Runs while the block does."""
        thread = threading.Thread(target=self._loop.run_forever, name="between")
        thread.start()
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(_SECONDS)
            self._loop.close()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of what is done in the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_SECONDS)

    @contextmanager
    def holding(self, held: AbstractAsyncContextManager[T]) -> Iterator[T]:
        """Keeps an asynchronous context open while the block runs."""
        yield self.do(_entered(held))
        self.do(_left(held))


async def _entered(held: AbstractAsyncContextManager[T]) -> T:
    return await held.__aenter__()


async def _left(held: AbstractAsyncContextManager[Any]) -> None:
    await held.__aexit__(None, None, None)


class Gate:
    """Hands connections on to another port of loopback; while it is blocked it takes them and says nothing."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._blocked = False
        self._open: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Gate]:
        """Listens while the block runs."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self._cut()

    async def block(self, *, blocked: bool) -> None:
        """From now on, for connections that are open too, as a firewall does."""
        self._blocked = blocked
        self._cut()

    def _cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        self._open.add(writer)
        with suppress(OSError):  # either side may go at any time
            if self._blocked:
                await reader.read()
            else:
                there, back = await asyncio.open_connection("127.0.0.1", self._target)
                ends.append(back)
                self._open.add(back)
                await asyncio.gather(_hand_on(reader, back), _hand_on(there, writer))
        for end in ends:
            self._open.discard(end)
            end.close()


async def _hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()
