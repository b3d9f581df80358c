"""What can go wrong, as one tree.

SpecterError
├── ConfigError        the configuration is wrong; names the file and the key
├── RuleError          Traefik's rule grammar refuses a text; knows the position
├── SourceError        a source could not be read; carries the remedy
│   └── SourceOff      it is not configured and not found: nothing to read, and no fault
├── NotFoundError      nothing in the snapshot has the name a person typed
├── RefusedError       nothing was changed, because that needs more than was said
│   └── MoreNeeded     a person can say it: `details` is what they have to know before
└── FailedError        a change was made and does not show the effect that it must have

Each message is one sentence that a person can act on; none ever holds a secret.
"""

from __future__ import annotations


class SpecterError(Exception):
    """The root of every error this program raises on purpose."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def sentence(self) -> str:
        """The message and its remedy as one line."""
        return f"{self.message}; {self.remedy}" if self.remedy else self.message


class ConfigError(SpecterError):
    """A setting is unknown, malformed or unsafe."""


class RuleError(SpecterError):
    """A rule does not follow the grammar; `position` is the offset of the offending character."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} at position {position}")
        self.position = position


class SourceError(SpecterError):
    """A source did not answer, refused, or answered something that is not what it should be."""


class SourceOff(SourceError):  # noqa: N818  a state of the source, named as the interface names it
    """A source is not configured and was not found either; the message is the reason."""


class NotFoundError(SpecterError):
    """A host, router, container or certificate that nobody knows."""


class RefusedError(SpecterError):
    """A change that was not made: declined, read-only, or it would replace what it must not without being told so."""


class MoreNeeded(RefusedError):  # noqa: N818  an answer that is asked for, not a fault
    """A change that a person may still want when they have read `details`, one sentence each."""

    def __init__(self, details: tuple[str, ...], message: str, remedy: str) -> None:
        super().__init__(message, remedy)
        self.details = details


class FailedError(SpecterError):
    """A change whose effect is not there within its deadline."""
