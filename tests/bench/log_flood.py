"""An engine with one container that writes a given number of lines a second for as long as somebody reads.

`python -m tests.bench.log_flood SOCKET_FOLDER RATE` writes a line when it listens and ends with its input. It is a
process of its own, so that what it costs is not measured.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.fake_engine import Handler, fake_engine

CONTAINER = "f" * 64
_PART = 0.02  # seconds
_MOST = 2_000  # lines at once: more than that is as fast as it goes
_TEXT = b'%d GET /api/v1/things/4711?page=3 200 12ms "request of a client that is never tired of asking"\n'
_INSPECTION = {
    "Id": CONTAINER,
    "Name": "/flood",
    "Config": {"Tty": False},
    "State": {"Running": True, "StartedAt": "2026-11-22T10:00:00Z"},
}


def main() -> None:
    """Serves until the input ends."""
    rate = int(sys.argv[2])
    with fake_engine(Path(sys.argv[1])) as engine:
        engine.answers["/json"] = lambda handler: handler.give(_INSPECTION)
        engine.answers["/logs"] = lambda handler: _flood(handler, rate)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.read()


def _flood(handler: Handler, rate: int) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.close_connection = True
    begun, number = time.monotonic(), 0
    while not handler.server.released.is_set():
        due = min(int((time.monotonic() - begun + _PART) * rate), number + _MOST)
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z ").encode()  # noqa: TID251  as an engine does
        lines = [stamp + _TEXT % one for one in range(number, due)]
        try:
            handler.wfile.write(b"".join(map(_chunk, lines)))
        except OSError:
            return
        if due < number + _MOST:
            time.sleep(_PART)
        number = due


def _chunk(line: bytes) -> bytes:
    frame = b"\x01\0\0\0%b%b" % (len(line).to_bytes(4, "big"), line)
    return b"%x\r\n%b\r\n" % (len(frame), frame)


if __name__ == "__main__":
    main()
