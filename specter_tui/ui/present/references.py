"""From what a finding or a route names to the view that shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from specter_tui.core.findings.model import Subject, SubjectKind
from specter_tui.core.snapshot import Route, Snapshot
from specter_tui.ui.present.resource import Reference

_SAME_ID = {
    SubjectKind.ROUTE: "routes",
    SubjectKind.HOST: "hosts",
    SubjectKind.SERVICE: "services",
    SubjectKind.MIDDLEWARE: "middlewares",
}


def to_subject(subject: Subject, snapshot: Snapshot) -> tuple[Reference, ...]:
    """The rows of what a finding is about; none for a source or an entry point, which have no view."""
    words = "is what it is about"
    if subject.kind in _SAME_ID:
        return (Reference(_SAME_ID[subject.kind], subject.id, subject.id, words),)
    if subject.kind is SubjectKind.CONTAINER:
        return tuple(
            Reference("containers", one.id, one.name, words)
            for one in snapshot.containers
            if subject.id in {one.name, one.id}
        )
    if subject.kind is SubjectKind.CERTIFICATE:
        return tuple(
            Reference("certificates", one.key, one.certificate.main, words)
            for one in snapshot.certificates
            if subject.id == one.certificate.main
        )
    return ()


def to_routes(routes: Iterable[Route], words: str) -> Iterator[Reference]:
    """The rows of routes."""
    return (Reference("routes", route.id, route.id, words) for route in routes)


def to_containers(ids: Iterable[str], snapshot: Snapshot, words: str) -> Iterator[Reference]:
    """The rows of containers that are there, each once."""
    names = {one.id: one.name for one in snapshot.containers}
    return (Reference("containers", one, names[one], words) for one in dict.fromkeys(ids) if one in names)
