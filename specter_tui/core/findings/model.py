"""A Finding: something a person should know, with its evidence and the way out."""

from __future__ import annotations

from enum import StrEnum

import msgspec


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


class Subject(msgspec.Struct, frozen=True, gc=False):
    """The thing a finding is about; `id` is what commands take."""

    kind: SubjectKind
    id: str


class Remedy(msgspec.Struct, frozen=True, gc=False):
    """What to do; `action` names the command of this program that does it, empty when none does."""

    text: str
    action: str = ""


class Finding(msgspec.Struct, frozen=True, gc=False):
    """One problem; `code` is stable and documented in docs/findings.md."""

    code: str
    severity: Severity
    subject: Subject
    title: str
    evidence: tuple[str, ...]
    remedy: Remedy
