"""What can go wrong, as one tree.

VerifyError
├── ConfigError        a setting is missing or invalid; names the variable
├── PolicyError        a policy can't be read, so that nothing may be decided by it
├── SealError          a sealed value does not open, or is too long to be sealed
├── IdentityError      a token names nobody that could be told to an application
└── DescopeError       Descope does not vouch for a visitor
    ├── RejectedError      it said no, or the credential itself is bad
    └── UnavailableError   it can't be asked now; knows when to try again

Each message is one sentence for a person and never holds a token, a cookie, a code or a secret.
"""

from __future__ import annotations


class VerifyError(Exception):
    """The root of every error this service raises on purpose."""


class ConfigError(VerifyError):
    """A setting that the service can't run with; `variable` is its name."""

    def __init__(self, variable: str, problem: str) -> None:
        super().__init__(f"{variable} {problem}")
        self.variable = variable


class PolicyError(VerifyError):
    """A policy holds a parameter that is unknown, empty or repeated."""


class SealError(VerifyError):
    """A sealed value was made by somebody else, for something else, or does not fit."""


class IdentityError(VerifyError):
    """A claim is missing, of the wrong type, or can't be written into a header."""


class DescopeError(VerifyError):
    """Descope does not vouch for a visitor."""


class RejectedError(DescopeError):
    """The credential is bad: expired, forged, revoked, of another project, or not of the kind that was asked for."""


class UnavailableError(DescopeError):
    """Descope can't be reached or refuses to be asked; `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after
