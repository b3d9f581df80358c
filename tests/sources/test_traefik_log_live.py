"""The log of a real Traefik whose dynamic folder gets a bad file: in each format, and until it is mended."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from specter_tui.core.traefik_log import LogRead, LogRequest, LogTail, parse_time
from specter_tui.sources.traefik_log import TraefikLog
from tests.real import takes_long
from tests.traefik_process import TraefikProcess, traefik

pytestmark = pytest.mark.live
GOOD: dict[str, Any] = {"http": {"services": {"s": {"loadBalancer": {"servers": [{"url": "http://127.0.0.1:1"}]}}}}}
WORD = "hunter2hunter2"
BAD = {
    "unknown field": "http:\n  nonsense: {}\n",
    "not yaml": "http: [\n",
    "template": "{{ nofunc }}\n",
    "template that fails": '{{ fail "password=' + WORD + '" }}\n',
    "another type": f"http:\n  routers: {WORD}\n",
}


class NoContainer:
    """Traefik runs as a process here."""

    async def read(self, container_id: str, since: datetime | None, until: datetime | None, lines: int) -> LogTail:
        raise NotImplementedError

    async def close(self) -> None:
        """Nothing to free."""


async def until(source: TraefikLog, process: TraefikProcess, *, refused: bool) -> LogRead:
    """What the log tells once it does, or no longer does, tell of a refusal."""
    asked = LogRequest(started=parse_time(process.api("/api/version")["startDate"]))
    async with asyncio.timeout(30):
        while True:
            read = await source.read(asked)
            assert read.unread == ""
            if (read.refusal is not None) is refused:
                return read
            await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    "log",
    [pytest.param({"format": "json"}, marks=takes_long, id="json"), pytest.param({"format": "common"}, id="common")],
)
async def test_a_bad_file_while_it_runs(tmp_path: Path, log: dict[str, Any]) -> None:
    with traefik(tmp_path / "first", GOOD, {"log": {**log, "level": "INFO"}}) as process:
        source = TraefikLog(str(tmp_path / "first/traefik.log"), str(process.dynamic_dir), NoContainer())
        bad = process.dynamic_dir / "broken.yml"
        assert (await until(source, process, refused=False)).errors == ()
        bad.write_text(BAD["unknown field"])
        refusal = (await until(source, process, refused=True)).refusal
        assert refusal is not None
        assert refusal.file == str(bad)
        assert "field not found, node: nonsense" in refusal.text
        assert refusal.unchanged
        assert process.api("/api/overview")["http"]["services"]["errors"] == 0  # the API tells nothing
        await asyncio.sleep(1.1)  # Traefik's times have whole seconds
        bad.write_text("# nothing any more\n")
        await until(source, process, refused=False)
        await asyncio.sleep(1.1)
        bad.write_text(BAD["not yaml"])
        await until(source, process, refused=True)
        await asyncio.sleep(1.1)
        bad.unlink()
        await until(source, process, refused=False)


@pytest.mark.parametrize("kind", BAD)
async def test_every_kind_of_bad_file_is_seen_and_gives_no_secret_away(tmp_path: Path, kind: str) -> None:
    with traefik(tmp_path / "t", GOOD, {"log": {"format": "json"}}) as process:
        source = TraefikLog(str(tmp_path / "t/traefik.log"), str(process.dynamic_dir), NoContainer())
        (process.dynamic_dir / "broken.yml").write_text(BAD[kind])
        refusal = (await until(source, process, refused=True)).refusal
        assert refusal is not None
        assert "broken.yml" in refusal.text
        assert WORD not in refusal.text


async def test_a_provider_that_does_not_watch_needs_a_restart(tmp_path: Path) -> None:
    static = {"providers": {"file": {"watch": False}}, "log": {"filePath": str(tmp_path / "own.log")}}
    with traefik(tmp_path / "t", {"http": {"nonsense": {}}}, static) as process:
        source = TraefikLog(str(tmp_path / "own.log"), str(process.dynamic_dir), NoContainer())
        refusal = (await until(source, process, refused=True)).refusal
        assert refusal is not None
        assert refusal.until_restart
        assert refusal.text.startswith("Cannot start the provider *file.Provider: ")
