"""What the engine answers instead of doing what was asked."""

from __future__ import annotations

from typing import Final

BAD_REQUEST: Final = 400
NOT_FOUND: Final = 404
CONFLICT: Final = 409


class ApiError(Exception):
    """An answer that is no success: its HTTP status, and the sentence of its `{"message": ...}`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class NotModifiedError(Exception):
    """The container is already in the state that was asked for: 304 without a body."""


def bad_request(message: str) -> ApiError:
    """400: the request cannot be understood."""
    return ApiError(BAD_REQUEST, message)


def no_such(kind: str, name: str) -> ApiError:
    """404: nothing of this kind has this name or id; `kind` as Docker says it, "container" or "network"."""
    return ApiError(NOT_FOUND, f"network {name} not found" if kind == "network" else f"No such {kind}: {name}")
