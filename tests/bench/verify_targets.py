"""What the verify service is measured against, each a process of its own on loopback.

`python -m tests.bench.verify_targets NAME`: bare: an aiohttp handler that returns 200 with the same headers, on uvloop
as the service; asyncio: the same on asyncio's own loop; sdk: a handler that asks Descope's SDK about the
same token on each request; verify: the service.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable

import uvloop
from aiohttp import web
from descope import DescopeClientAsync

from verify_service.app import build, runner_of
from verify_service.config import read
from verify_service.telemetry import configure

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def main(arguments: list[str]) -> None:
    """Serves one target until it is killed; prints its port."""
    parser = argparse.ArgumentParser()
    parser.add_argument("target", choices=("bare", "asyncio", "sdk", "verify"))
    options = parser.parse_args(arguments)
    run = asyncio.run if options.target == "asyncio" else uvloop.run
    run(_serve(options.target))


async def _serve(target: str) -> None:
    if target == "verify":
        app = build(read(os.environ), configure("INFO", as_json=True))
        runner = runner_of(app, 0)
    else:
        app = web.Application()
        app.router.add_route("*", "/verify", await _handler(target))
        runner = web.AppRunner(app, access_log=None, max_line_size=16384, max_field_size=65536)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", int(os.environ.get("BENCH_PORT", "0")), backlog=1024)
    await site.start()
    print(site.port, flush=True)  # noqa: T201  for whoever started it
    await asyncio.Event().wait()


async def _handler(target: str) -> Handler:
    headers = json.loads(os.environ.get("BENCH_HEADERS", "{}"))
    if target == "sdk":
        return await _sdk(headers)

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(headers=headers)

    return answer


async def _sdk(headers: dict[str, str]) -> Handler:
    client = DescopeClientAsync(os.environ["DESCOPE_PROJECT_ID"], base_url=os.environ["DESCOPE_BASE_URI"])

    async def answer(request: web.Request) -> web.StreamResponse:
        await client.validate_session(request.headers["Authorization"].removeprefix("Bearer "))
        return web.Response(headers=headers)

    return answer


if __name__ == "__main__":
    main(sys.argv[1:])
