"""What is counted, in Prometheus' form; label children are bound once, since binding costs more than counting."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
STATUSES: Final = (200, 303, 307, 400, 401, 403, 500, 503)
SIGN_INS: Final = ("ok", "refreshed", "rejected", "unavailable", "limited", "invalid")
CALLS: Final = ("keys", "refresh", "start", "exchange", "logout")


class Metrics:
    """All counters of one process, on a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        verified = Counter(
            "specter_verify_answers", "Answers of /verify by status", ["status"], registry=self._registry
        )
        sign_ins = Counter("specter_verify_sign_ins", "Sign-ins by how they ended", ["result"], registry=self._registry)
        calls = Counter("specter_verify_descope_calls", "Calls to Descope", ["call", "result"], registry=self._registry)
        logouts = Counter("specter_verify_logouts", "Logouts", registry=self._registry)
        unreadable = Counter(
            "specter_verify_unreadable_requests", "Requests that were no HTTP, or ended early", registry=self._registry
        )
        self._verified = {status: verified.labels(str(status)) for status in STATUSES}
        self._sign_ins = {result: sign_ins.labels(result) for result in SIGN_INS}
        self._calls = {(call, end): calls.labels(call, end) for call in CALLS for end in ("ok", "rejected", "error")}
        self.logged_out = logouts.inc
        self.unreadable = unreadable.inc
        self.allowed = (
            0  # of /verify since the last scrape; a bare number, because counting is the hot path's whole log
        )
        self.keys_usable = Gauge(
            "specter_verify_keys_usable", "1 while Descope's keys are known, else 0", registry=self._registry
        )

    def verified(self, status: int) -> None:
        """Counts an answer of /verify."""
        self._verified[status].inc()

    def signed_in(self, result: str) -> None:
        """Counts the end of a sign-in."""
        self._sign_ins[result].inc()

    def descope(self, call: str, result: str) -> None:
        """Counts a call to Descope."""
        self._calls[call, result].inc()

    def text(self) -> bytes:
        """Everything, for a scrape."""
        self._verified[200].inc(self.allowed)
        self.allowed = 0
        return generate_latest(self._registry)
