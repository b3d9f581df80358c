"""Decodes and joins the same Traefik twice in a fresh interpreter and writes what each took, as JSON.

`cold` is the first time; `warm` is the next answer, in which one router has another rule: it is cut apart as a whole,
and decoded and joined with what the collector keeps from one answer to the next.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from specter_tui.core.collection import no_collection
from specter_tui.core.join import Reads, join
from specter_tui.core.model import AcmeFile, AcmeRead, DockerRead
from specter_tui.core.rejoin import JoinMemory
from specter_tui.core.settings import Settings, TraefikSettings
from specter_tui.core.snapshot import SourceName, SourceState, SourceStatus
from specter_tui.sources.docker_decode import ListingDecoder
from specter_tui.sources.traefik import TraefikApi
from specter_tui.sources.traefik.source import _Bodies, _Parts
from tests.bench import world
from tests.builders import a_certificate

T = TypeVar("T")
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
STATES = {name: SourceState(SourceStatus.FRESH, fetched_at=NOW) for name in SourceName}
WILDCARD = a_certificate(f"*.{world.DOMAIN}", resolver="le")
ACME = AcmeRead((AcmeFile(WILDCARD.source, 0o600),), ("le",), (WILDCARD,))


def main() -> None:
    """Writes `{"cold": {"decode": [wall, cpu], "join": [wall, cpu]}, "warm": {...}}`."""
    routes, count = int(sys.argv[1]), int(sys.argv[2])
    api = TraefikApi(TraefikSettings(api_url="http://127.0.0.1:9"), 5)
    docker = DockerRead("27.4.1", "1.47", "bench", ListingDecoder().decode(world.containers(count))[0])
    bodies = [json.dumps(world.raw_data(routes, turn)).encode() for turn in (0, 1)]
    memory = JoinMemory()
    found = {
        "cold": _turn(api, docker, memory, bodies[0], routes),
        "warm": _turn(api, docker, memory, bodies[1], routes),
    }
    sys.stdout.write(json.dumps(found))


def _turn(api: TraefikApi, docker: DockerRead, memory: JoinMemory, raw_data: bytes, routes: int) -> dict[str, Any]:
    bodies = _Bodies(json.dumps(world.VERSION).encode(), json.dumps(world.ENTRY_POINTS).encode(), raw_data)
    decoded, decoding = _timed(lambda: api._decode(bodies))
    instance, entry_points, routing = decoded
    traefik = _Parts(instance, entry_points, routing, api._static).joined()
    reads = Reads(traefik=traefik, docker=docker, acme=ACME)
    with no_collection():  # as the collector does
        snapshot, joining = _timed(lambda: join(reads, STATES, Settings(), context="bench", now=NOW, memory=memory))
    assert len(snapshot.routes) == routes + 2
    return {"decode": decoding, "join": joining}


def _timed(work: Callable[[], T]) -> tuple[T, tuple[float, float]]:
    started, used = time.perf_counter(), time.process_time()
    result = work()
    return result, (time.perf_counter() - started, time.process_time() - used)


if __name__ == "__main__":
    main()
