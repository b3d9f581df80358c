"""Who the verify service lets in, as far as its own settings tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from specter_tui.core.findings.model import Finding, Remedy, Severity, Subject, SubjectKind
from specter_tui.core.snapshot import Snapshot
from specter_tui.core.verify_policy import DefaultPolicy

_OPEN: Final = (
    Severity.WARNING,
    "whoever can sign in at the Descope project may pass",
    "its DEFAULT_POLICY does not say who may; a policy of a single route still holds there",
    "set DEFAULT_POLICY to who may pass, or to `any` if that is meant, and deploy the verify service anew",
)
_UNKNOWN: Final = (
    Severity.UNKNOWN,
    "whether the verify service was told who may pass is not known",
    "the engine does not show its settings",
    "let this program inspect containers, or look at the service's own /readyz",
)


def verify_open_to_all(snapshot: Snapshot) -> Iterator[Finding]:
    """The verify service was not told who may pass, so it lets in whoever can sign in; one finding a replica."""
    told = {DefaultPolicy.OPEN: _OPEN, DefaultPolicy.UNKNOWN: _UNKNOWN}
    for container in snapshot.containers:
        if found := told.get(container.default_policy):
            severity, title, evidence, remedy = found
            subject = Subject(SubjectKind.CONTAINER, container.name)
            yield Finding("verify-open-to-all", severity, subject, title, (evidence,), Remedy(remedy))


CHECKS: Final[tuple[Callable[[Snapshot], Iterator[Finding]], ...]] = (verify_open_to_all,)
