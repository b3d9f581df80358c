"""Serves an application like `web.AppRunner`, without aiohttp's own words about requests that it can't parse.

Those quote the request: "Got more than 65536 bytes when reading: b'PHPSESSID=...". Traefik hands the answer on, so a
script in a page could read cookies from it that are kept from scripts (HttpOnly), by setting so many that the header
becomes too long; CVE-2012-0053 was the same. Read in and tried with aiohttp 3.14.5.
"""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web
from aiohttp.web_request import BaseRequest


class Runner(web.AppRunner):
    """Says no more than "Bad Request" about a request that can't be parsed."""

    __slots__ = ()

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(
            made.request_handler,
            request_factory=made.request_factory,
            loop=made._loop,  # noqa: SLF001  AppRunner has no other way to choose the handler's class
            **made._kwargs,  # noqa: SLF001
        )


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        return _Handler(self, loop=self._loop, **self._kwargs)


class _Handler(web.RequestHandler):
    __slots__ = ()

    def handle_error(
        self,
        request: BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer in our words; aiohttp has fixed ones for 500."""
        return super().handle_error(request, status, exc, None if message is None else HTTPStatus(status).phrase)
