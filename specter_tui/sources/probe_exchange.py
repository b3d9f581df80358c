"""One HTTP/1.1 request and its answer on a stream that is already open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import h11

if TYPE_CHECKING:
    import httpcore

_CHUNK: Final = 16 * 1024  # bytes, what a TLS record holds at most


class Exchange:
    """What h11 knows of one request; `limit` is bytes of an answer's head."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, limit: int) -> None:
        self._stream = stream
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=limit)

    async def ask(self, method: str, path: str, headers: list[tuple[str, str]]) -> h11.Response:
        """The head of the answer; h11.ProtocolError where there is none, or where either side is no HTTP."""
        request = self._http.send(h11.Request(method=method, target=path, headers=headers))
        await self._stream.write((request or b"") + (self._http.send(h11.EndOfMessage()) or b""))
        while not isinstance(event := await self._next(), h11.Response):
            if not isinstance(event, h11.InformationalResponse):
                raise h11.RemoteProtocolError("no answer")
        return event

    async def body(self, limit: int) -> bytes | None:
        """The whole body; None, and the rest unread, where it is longer than `limit` bytes."""
        body = bytearray()
        while isinstance(event := await self._next(), h11.Data):
            body += event.data
            if len(body) > limit:
                return None
        return bytes(body)

    def is_over(self) -> bool:
        """Whether both sides have said all, and another request may follow on the same stream."""
        done = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        return done and not self._http.trailing_data[0]

    async def _next(self) -> h11.Event | None:
        """What the other side says next; None where it may say nothing more."""
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._stream.read(_CHUNK))
        return event if isinstance(event, h11.Event) else None
