"""All checks, and the one function that runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from specter_tui.core.findings import (
    certificates,
    containers,
    dns,
    file_provider,
    orders,
    protection,
    routing,
    serving,
    sources,
    verify_service,
)
from specter_tui.core.findings.model import Finding, Severity
from specter_tui.core.snapshot import Snapshot

Check = Callable[[Snapshot], Iterable[Finding]]

CHECKS: Final[tuple[Check, ...]] = (
    *sources.CHECKS,
    *file_provider.CHECKS,
    *routing.CHECKS,
    *containers.CHECKS,
    *protection.CHECKS,
    *verify_service.CHECKS,
    *certificates.CHECKS,
    *orders.CHECKS,
    *serving.CHECKS,
    *dns.CHECKS,
)

_WORST_FIRST: Final = {severity: rank for rank, severity in enumerate(Severity)}


def run_checks(snapshot: Snapshot) -> tuple[Finding, ...]:
    """All findings, in the order of `worst_first`."""
    return worst_first(finding for check in CHECKS for finding in check(snapshot))


def worst_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings with the worst first, each group in the order of its subjects."""
    return tuple(sorted(found, key=lambda one: (_WORST_FIRST[one.severity], one.code, one.subject.id)))
