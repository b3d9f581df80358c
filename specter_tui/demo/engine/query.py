"""A request's query parameters, as the clients of the Engine API spell them; all are hostile input."""

from __future__ import annotations

import re
import signal
from typing import Final

from aiohttp import web

from specter_tui.demo.engine import moments
from specter_tui.demo.engine.errors import bad_request
from specter_tui.demo.engine.logs import STDERR, STDOUT, LogWish

_FALSE: Final = frozenset({"", "0", "no", "false", "none"})
_INTEGER: Final = re.compile(r"-?[0-9]{1,9}")


def flag(request: web.Request, name: str, *, default: bool = False) -> bool:
    """A boolean: Go writes 0 and 1, Python True and False; false is what the real engine takes for it."""
    text = request.query.get(name)
    return default if text is None else text.strip().lower() not in _FALSE


def integer(request: web.Request, name: str) -> int | None:
    """A whole number, None where it is not given; ApiError 400."""
    text = request.query.get(name, "")
    if not text:
        return None
    if not _INTEGER.fullmatch(text):
        raise bad_request(f"{name} is no number")
    return int(text)


def moment(request: web.Request, name: str) -> int | None:
    """A timestamp in nanoseconds, None where it is not given; ApiError 400."""
    return moments.parse(request.query.get(name, ""), name)


def signal_number(request: web.Request) -> int:
    """The signal to send: by name with or without SIG, or by number; KILL where none is given; ApiError 400."""
    text = request.query.get("signal", "").upper() or "KILL"
    try:
        if text.isascii() and text.isdigit():
            return signal.Signals(int(text))
        return signal.Signals[text if text.startswith("SIG") else f"SIG{text}"]
    except (KeyError, ValueError) as error:
        raise bad_request("Invalid signal") from error


def log_wish(request: web.Request) -> LogWish:
    """What lines are wanted; ApiError 400 when no stream is."""
    chosen = ((STDOUT, flag(request, "stdout")), (STDERR, flag(request, "stderr")))
    streams = tuple(stream for stream, wanted in chosen if wanted)
    if not streams:
        raise bad_request("Bad parameters: you must choose at least one stream")
    # The real engine takes 0 for no bound: the SDK and the command line send it.
    since, until = moment(request, "since") or None, moment(request, "until") or None
    return LogWish(streams, since, until, timestamps=flag(request, "timestamps"))


def tail(request: web.Request) -> int | None:
    """How many lines from the end, None for all, which is also what the real engine makes of an odd word."""
    text = request.query.get("tail", "")
    return int(text) if _INTEGER.fullmatch(text) and not text.startswith("-") else None
