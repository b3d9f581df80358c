"""The files of the pages, read into memory once: no path of a request ever reaches the file system."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from aiohttp import web

# An hour, and then asked for again by its tag: an upgrade must not leave an old script beside a new page for long.
_CACHE: Final = "public, max-age=3600"
_ROBOTS: Final = "User-agent: *\nDisallow: /\n"


def add_routes(app: web.Application) -> None:
    """/static/..., /favicon.ico and /robots.txt."""
    held = {f"/static/{name}": _File(name, data) for name, data in _read(files("verify_service") / "static")}
    for path, file in held.items():
        app.router.add_get(path, file.handle)
    app.router.add_get("/favicon.ico", held["/static/icon.svg"].handle)
    app.router.add_get("/robots.txt", _robots)


class _File:
    def __init__(self, name: str, data: bytes) -> None:
        self._data = data
        self._type = mimetypes.guess_type(name)[0] or "application/octet-stream"

    async def handle(self, _request: web.Request) -> web.Response:
        return web.Response(
            body=self._data,
            content_type=self._type,
            headers={"Cache-Control": _CACHE, "X-Content-Type-Options": "nosniff"},
        )


async def _robots(_request: web.Request) -> web.Response:
    return web.Response(text=_ROBOTS)


def _read(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for one in folder.iterdir():
        if one.is_dir():
            yield from _read(one, f"{prefix}{one.name}/")
        else:
            yield prefix + one.name, one.read_bytes()
