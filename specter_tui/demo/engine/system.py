"""The paths about the engine itself: ping, version, info."""

from __future__ import annotations

import os
import platform
from collections import Counter
from typing import Final

from aiohttp import web

from specter_tui import __version__
from specter_tui.demo.engine import moments, stats
from specter_tui.demo.engine.answers import json_answer
from specter_tui.demo.engine.container import RUNNING
from specter_tui.demo.engine.store import Store

API_VERSION: Final = "1.44"  # what Traefik 3.0 to 3.7, the SDK 7.2 and the command line 28.2 all speak
MIN_API_VERSION: Final = "1.24"  # Traefik 3.0 asks for exactly this one
NAME: Final = "specter-demo"


class System:
    """Handlers over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def table(self) -> list[web.RouteDef]:
        """The paths, without a version."""
        return [
            web.get("/_ping", self.ping, allow_head=False),
            web.head("/_ping", self.ping),
            web.get("/version", self.version, allow_head=False),
            web.get("/info", self.info, allow_head=False),
        ]

    async def ping(self, _request: web.Request) -> web.Response:
        """OK; the headers that all answers have tell the version."""
        return web.Response(text="OK", headers={"Cache-Control": "no-cache, no-store, must-revalidate"})

    async def version(self, _request: web.Request) -> web.Response:
        """Which engine this is; it says that it is none of Docker's."""
        details = {"ApiVersion": API_VERSION, "MinAPIVersion": MIN_API_VERSION, "Os": "linux", "Arch": _architecture()}
        return json_answer(
            {
                "Platform": {"Name": NAME},
                "Components": [{"Name": "Engine", "Version": __version__, "Details": details}],
                "Version": __version__,
                "ApiVersion": API_VERSION,
                "MinAPIVersion": MIN_API_VERSION,
                "GitCommit": "",
                "GoVersion": "",
                "Os": "linux",
                "Arch": _architecture(),
                "KernelVersion": platform.release(),
                "BuildTime": moments.rfc3339(self._store.begun),
            }
        )

    async def info(self, _request: web.Request) -> web.Response:
        """Counts and the machine."""
        states = Counter(one.state.status for one in self._store.containers.values())
        return json_answer(
            {
                "ID": NAME,
                "Containers": len(self._store.containers),
                "ContainersRunning": states[RUNNING],
                "ContainersPaused": 0,
                "ContainersStopped": len(self._store.containers) - states[RUNNING],
                "Images": len(self._store.images()),
                "Driver": "local",
                "DriverStatus": [],
                "KernelVersion": platform.release(),
                "OperatingSystem": NAME,
                "OSType": "linux",
                "Architecture": platform.machine(),
                "NCPU": os.cpu_count() or 1,
                "MemTotal": stats.memory_total(),
                "Name": NAME,
                "ServerVersion": __version__,
                "NEventsListener": self._store.events.readers,
                "SystemTime": moments.rfc3339(moments.now()),
                "Swarm": {"NodeID": "", "NodeAddr": "", "LocalNodeState": "inactive"},
                "SecurityOptions": [],
                "Warnings": None,
                "Labels": [],
            }
        )


def _architecture() -> str:
    """The machine in Go's words."""
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
