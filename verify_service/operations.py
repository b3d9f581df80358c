"""GET /healthz, /readyz and, on a port of its own, /metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from verify_service import metrics
from verify_service.descope.keys import Keys, KeyState
from verify_service.metrics import Metrics

OPEN_TO_ALL: Final = "DEFAULT_POLICY does not say who may pass: every known user may; set it, to `any` if that is meant"


@dataclass(slots=True)
class Operations:
    """What whoever runs the service, and its container engine, want to know."""

    keys: Keys
    metrics: Metrics
    policy_chosen: bool
    draining: bool = False

    def add_routes(self, app: web.Application) -> None:
        """Liveness and readiness."""
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/readyz", self.readyz)

    async def healthz(self, _request: web.Request) -> web.Response:
        """200 while the process answers, whatever Descope does: a restart would mend nothing."""
        return web.json_response({"status": "ok"}, headers={"Cache-Control": "no-store"})

    async def readyz(self, _request: web.Request) -> web.Response:
        """503 while nobody can sign in, and while the service is stopping."""
        state = self.keys.state
        ready = state is not KeyState.MISSING and not self.draining
        content = {
            "ready": ready,
            "keys": state.value,
            "draining": self.draining,
            "warnings": [] if self.policy_chosen else [OPEN_TO_ALL],
        }
        return web.json_response(content, status=200 if ready else 503, headers={"Cache-Control": "no-store"})

    async def scrape(self, _request: web.Request) -> web.Response:
        """The counters."""
        self.metrics.keys_usable.set(self.keys.state is not KeyState.MISSING)
        return web.Response(body=self.metrics.text(), headers={"Content-Type": metrics.CONTENT_TYPE})
