"""Serves an application like `web.AppRunner`, without aiohttp's own words about requests that can't be read.

Those quote the request: "Got more than 65536 bytes when reading: b'PHPSESSID=...". Traefik hands the answer on, so a
script in a page could read cookies from it that are kept from scripts (HttpOnly), by setting so many that the header
becomes too long; CVE-2012-0053 was the same. And each of them writes an error with its traceback into the log, or
answers 500 where a body is broken: what any client can cause is neither. Read in and tried with aiohttp 3.14.5.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from aiohttp import http_exceptions, web
from aiohttp.web_request import BaseRequest

Unreadable = Callable[[str, str | None], None]  # told the kind of error and the peer's address
# What the bytes of a client, or its leaving in the middle of them, raise.
_OF_THE_CLIENT: Final = (http_exceptions.HttpProcessingError, web.RequestPayloadError, ConnectionError)


class Runner(web.AppRunner):
    """Tells `unreadable` of each request that can't be read, and the client no more than "Bad Request"."""

    __slots__ = ("_unreadable",)

    def __init__(self, app: web.Application, unreadable: Unreadable, **options: Any) -> None:  # noqa: ANN401  aiohttp's own
        super().__init__(app, **options)
        self._unreadable = unreadable

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(
            self._unreadable,
            made.request_handler,
            request_factory=made.request_factory,
            loop=made._loop,  # noqa: SLF001  AppRunner has no other way to choose the handler's class
            **made._kwargs,  # noqa: SLF001
        )


class _Server(web.Server):
    def __init__(self, unreadable: Unreadable, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  aiohttp's own
        super().__init__(*arguments, **options)
        self._unreadable = unreadable

    def __call__(self) -> web.RequestHandler:
        return _Handler(self._unreadable, self, loop=self._loop, **self._kwargs)


class _Handler(web.RequestHandler):
    __slots__ = ("_unreadable",)

    def __init__(self, unreadable: Unreadable, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  aiohttp's own
        super().__init__(*arguments, **options)
        self._unreadable = unreadable

    def handle_error(
        self,
        request: BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """400 in our words for what can't be read; aiohttp has fixed ones for 500."""
        if not isinstance(exc, _OF_THE_CLIENT):
            return super().handle_error(request, status, exc, message)
        self._unreadable(type(exc).__name__, request.remote)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer was begun already")
        response = web.Response(status=HTTPStatus.BAD_REQUEST, text=HTTPStatus.BAD_REQUEST.phrase)
        response.force_close()
        return response

    def log_exception(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  aiohttp's own
        """Also after the answer, where the rest of a body is read and thrown away."""
        exc = options.get("exc_info")
        if isinstance(exc, _OF_THE_CLIENT):
            self._unreadable(type(exc).__name__, None)
        else:
            super().log_exception(*arguments, **options)
