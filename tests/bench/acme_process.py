"""Reads one acme.json twice in a fresh interpreter and writes what it took, as JSON.

Every certificate has names of its own and a chain of two. They share four keys, since making those is slow.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from specter_tui.sources.acme_file import AcmeFiles
from tests.certs import acme_json, make_certificate

_BEAT = 0.001  # seconds between two looks at the loop


async def main() -> None:
    """Writes `{"cold": seconds, "warm": seconds, "still": seconds}`."""
    kinds = ("EC256", "RSA2048", "EC384", "RSA4096")
    made = [
        make_certificate(f"app{number}.example.org", f"www.app{number}.example.org", key=kinds[number % len(kinds)])
        for number in range(int(sys.argv[1]))
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "acme.json"
        path.write_text(acme_json({"le": made}))
        path.chmod(0o600)
        source = AcmeFiles([str(path)])
        stands: list[float] = []
        watch = asyncio.create_task(_watch(stands))
        await asyncio.sleep(10 * _BEAT)
        cold = await _timed(source, len(made))
        watch.cancel()  # what follows writes a file, on the loop
        made[0] = make_certificate("changed.example.org")
        path.write_text(acme_json({"le": made}))
        warm = await _timed(source, len(made))
    sys.stdout.write(json.dumps({"cold": cold, "warm": warm, "still": max(stands)}))


async def _timed(source: AcmeFiles, wanted: int) -> float:
    started = time.perf_counter()
    found = await source.read()
    assert len(found.certificates) == wanted
    return time.perf_counter() - started


async def _watch(stands: list[float]) -> None:
    while True:
        started = time.perf_counter()
        await asyncio.sleep(_BEAT)
        stands.append(time.perf_counter() - started - _BEAT)


if __name__ == "__main__":
    asyncio.run(main())
