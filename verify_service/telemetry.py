"""Structured logs: one JSON object a line, without tokens, cookies, codes or secrets at any level.

An exception shows its type and where it came from, never its text, which may quote what it failed on. The loggers of
libraries are heard from WARNING on only: httpx logs addresses with codes, and httpcore whole requests. Above DEBUG no
client can make it write more than some lines a minute (`flood`).
"""

from __future__ import annotations

import logging
import re
import sys
import time
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, Final, TextIO

import structlog
from structlog.typing import Processor

from verify_service.flood import Flood

Logger = structlog.stdlib.BoundLogger

NAME: Final = "verify_service"
_LIBRARIES: Final = ("aiohttp", "asyncio", "descope", "httpcore", "httpx")
_FRAMES: Final = 6
# A JWT, a sealed value, a Bearer header, and whatever follows a name that says it.
_SECRETS: Final = re.compile(
    r"eyJ[\w-]{5,}(?:\.[\w-]*){0,2}"
    r"|A[Q-Za-f][\w-]{40,}"
    r"|(?i:bearer|basic)\s+\S+"
    r"|(?i:(?<=code=)|(?<=state=)|(?<=token=)|(?<=[_-]s=)|(?<=[_-]r=)|(?<=secret=)|(?<=redirect=))[^\s&;,\"']+"
)
_Exc = tuple[type[BaseException], BaseException, TracebackType | None]


def configure(level: str, *, as_json: bool, stream: TextIO | None = None) -> Logger:
    """Sends all logs to the stream (stdout), and returns this service's logger."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _exception_without_text,
        _redact,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[_left_out, structlog.stdlib.ProcessorFormatter.remove_processors_meta, _redact, renderer],
        )
    )
    if level != "DEBUG":
        handler.addFilter(Flood(time.monotonic))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for library in _LIBRARIES:
        logging.getLogger(library).setLevel(logging.WARNING)
    own = logging.getLogger(NAME)
    own.setLevel(level)
    bound: Logger = structlog.wrap_logger(
        own,
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return bound


def _exception_without_text(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    if isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if isinstance(info, tuple) and info[0] is not None:
        event["exception"] = info[0].__name__
        frames = traceback.extract_tb(info[2])[-_FRAMES:]
        event["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _left_out(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if left_out := getattr(event["_record"], "left_out", 0):
        event["left_out"] = left_out
    return event


def _redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _SECRETS.sub("***", value)
    event.pop("exc_text", None)
    event.pop("stack_info", None)
    return event
