"""The long runs: memory over thousands of refreshes, and an acme.json that never rests."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
from pathlib import Path

import pytest

from specter_tui.config import Options, load
from specter_tui.core.errors import SourceError
from specter_tui.demo.system import running
from specter_tui.sources.acme_file import AcmeFiles
from specter_tui.wiring.collector import build
from tests.certs import acme_json, make_certificate

_REFRESHES = 2_000
_GROWTH = 1.03
_REWRITES = 1_000


def _resident() -> int:
    """This process's resident memory in bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.soak
@pytest.mark.timeout(1_200)
async def test_memory_stays_flat_over_thousands_of_refreshes(tmp_path: Path) -> None:
    async with running(tmp_path) as demo:
        collector = build(load(Options(str(demo.folder / "config.toml"), "", read_only=False), {}), probe=False)
        dynamic = demo.folder / "dynamic" / "soak.yml"
        try:
            for index in range(_REFRESHES + 200):
                if index == 200:  # what is kept on purpose is kept by now
                    gc.collect()
                    before = _resident()
                if index % 50 == 0:  # a route that comes and goes
                    text = (
                        f"http: {{routers: {{soak{index}: {{rule: Host(`s{index}.test`), service: noop@internal}}}}}}\n"
                    )
                    await asyncio.to_thread(dynamic.write_text, text, encoding="utf-8")
                collector.wake()
                snapshot = await collector.collect()
                assert snapshot.routes
        finally:
            await collector.close()
    gc.collect()
    after = _resident()
    sys.stdout.write(f"{before / 2**20:.1f} MiB before, {after / 2**20:.1f} MiB after {_REFRESHES} refreshes\n")
    assert after <= before * _GROWTH


@pytest.mark.soak
@pytest.mark.timeout(1_200)
async def test_an_acme_file_that_is_always_being_written_never_looks_empty(tmp_path: Path) -> None:
    path = tmp_path / "acme.json"
    made = [make_certificate(f"a{index}.example.org") for index in range(20)]
    text = acme_json({"letsencrypt": made})
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    source = AcmeFiles((str(path),))
    assert len((await source.read()).certificates) == len(made)
    done = threading.Event()
    writer = threading.Thread(target=_rewrite, args=(path, text, done))
    writer.start()
    reads = 0
    while not done.is_set():
        try:
            read = await source.read()
        except SourceError as error:
            pytest.fail(f"read {reads}: {error.sentence()}")
        assert len(read.certificates) == len(made)
        reads += 1
    writer.join()
    sys.stdout.write(f"{reads} reads during {_REWRITES} rewrites\n")
    await source.close()


def _rewrite(path: Path, text: str, done: threading.Event) -> None:
    """Writes as Traefik does: truncate, then write, in place."""
    for _ in range(_REWRITES):
        with path.open("w", encoding="utf-8") as file:
            file.write(text[: len(text) // 2])
            file.flush()
            threading.Event().wait(0.002)
            file.write(text[len(text) // 2 :])
        threading.Event().wait(0.02)
    done.set()
