"""A Finding: something a person should know, with its evidence and the way out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad; `UNKNOWN` means that a check could not be made, and counts as a warning."""

    ERROR = "error"
    WARNING = "warning"
    UNKNOWN = "unknown"
    INFO = "info"


class SubjectKind(StrEnum):
    """What a finding is about."""

    SOURCE = "source"
    ROUTE = "route"
    HOST = "host"
    ENTRY_POINT = "entry_point"
    MIDDLEWARE = "middleware"
    SERVICE = "service"
    CONTAINER = "container"
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class Subject:
    """The thing a finding is about; `id` is what commands take."""

    kind: SubjectKind
    id: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do; `action` names the command of this program that does it, empty when none does."""

    text: str
    action: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem; `code` is stable and documented in docs/findings.md."""

    code: str
    severity: Severity
    subject: Subject
    title: str
    evidence: tuple[str, ...]
    remedy: Remedy
