"""Reading Traefik's log: what is taken in, when it is read at all, and what is said where it can't be."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from specter_tui.core.errors import SourceError
from specter_tui.core.traefik_log import LogRequest, LogTail
from specter_tui.sources.traefik_log import MOST_BYTES, MOST_LINES, TraefikLog
from tests.core.test_traefik_log import LINES

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ASKED = LogRequest("c" * 64, "traefik", START)


def line(seconds: float = 60, text: str = "", *, provider: str = "file") -> bytes:
    """A refusal, as Traefik writes one so many seconds after its start."""
    at = (START + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
    message = f'"message":"{text or "Error occurred during watcher callback"}"'
    return (
        f'{{"level":"error","providerName":"{provider}","error":"/d/bad.yml: no","time":"{at}",{message}}}\n'.encode()
    )


@dataclass
class Container:
    """A container's log that notes what it is asked for."""

    answers: list[LogTail | SourceError] = field(default_factory=list)
    asked: list[tuple[datetime | None, datetime | None]] = field(default_factory=list)
    closed: bool = False

    async def read(self, container_id: str, since: datetime | None, until: datetime | None, lines: int) -> LogTail:
        assert (container_id, lines) == (ASKED.container, MOST_LINES)
        self.asked.append((since, until))
        answer = self.answers.pop(0) if self.answers else LogTail(b"", cut=False)
        if isinstance(answer, SourceError):
            raise answer
        return answer

    async def close(self) -> None:
        self.closed = True


@dataclass
class Clock:
    """Seconds since Traefik's start."""

    seconds: float = 3600.0

    def ticks(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)


def log_of(container: Container, clock: Clock, *, file: str = "", folder: str = "") -> TraefikLog:
    return TraefikLog(file, folder, container, ticks=clock.ticks, now=clock.now)


def since_start() -> float:
    """Seconds from Traefik's start to now: the files that a test writes have today's times."""
    return time.time() - START.timestamp()


class TestAContainersLog:
    async def test_a_refusal_is_found_and_kept(self) -> None:
        container, clock = Container([LogTail(b"noise\n" + line() + b'{"level":"info"}\n', cut=False)]), Clock()
        source = log_of(container, clock)
        read = await source.read(ASKED)
        assert read.refusal is not None
        assert (read.refusal.file, read.where, read.unread) == ("/d/bad.yml", "container traefik", "")
        assert [one.field("providerName") for one in read.errors] == ["file"]
        assert container.asked == [(START, None)]
        clock.seconds += 30
        assert await source.read(ASKED) is read
        await source.close()
        assert container.closed

    @pytest.mark.parametrize("shape", LINES)
    async def test_every_shape_of_a_line_is_found(self, shape: str) -> None:
        tail = LogTail(f"x\n{LINES[shape]}\ny\n".encode(), cut=False)
        assert (await log_of(Container([tail]), Clock()).read(ASKED)).refusal is not None

    @pytest.mark.parametrize("words", ["ACME certificate:", "certificate from LE :"], ids=["3.7", "3.4"])
    async def test_a_failed_renewal_is_found_though_traefik_tells_it_as_information(self, words: str) -> None:
        told = f'2026-11-23T01:00:05Z INF Error renewing {words} {{Main:a.test SANs:[]}} error="refused"\n'
        tail = LogTail(told.encode(), cut=False)
        (found,) = (await log_of(Container([tail]), Clock()).read(ASKED)).errors
        assert found.level == "info"

    async def test_it_is_read_rarely_and_then_only_what_is_new(self) -> None:
        container, clock = Container(), Clock()
        source = log_of(container, clock)
        await source.read(ASKED)
        clock.seconds += 19
        await source.read(ASKED)
        assert len(container.asked) == 1
        clock.seconds += 1
        await source.read(ASKED)
        assert container.asked[1:] == [(START + timedelta(seconds=3598), None)]

    async def test_a_change_of_the_folder_has_it_read_at_once(self, tmp_path: Path) -> None:
        container, clock = Container(), Clock(since_start() + 100)
        source = log_of(container, clock, folder=str(tmp_path))
        await source.read(ASKED)
        clock.seconds += 50
        await source.read(ASKED)
        assert len(container.asked) == 1
        (tmp_path / "new.yml").write_text("")
        await source.read(ASKED)
        assert len(container.asked) == 2
        clock.seconds += 60
        await source.read(ASKED)
        assert len(container.asked) == 3

    async def test_shortly_after_a_change_it_is_read_again(self, tmp_path: Path) -> None:
        container, clock = Container(), Clock(since_start())
        source = log_of(container, clock, folder=str(tmp_path))
        (tmp_path / "new.yml").write_text("")
        for _ in range(2):
            await source.read(ASKED)
        assert len(container.asked) == 2

    async def test_a_mended_file_clears_it(self, tmp_path: Path) -> None:
        bad = tmp_path / "bad.yml"
        bad.write_text("")
        written = since_start()
        container, clock = Container([LogTail(line(written - 60), cut=False)]), Clock(written + 60)
        assert (await log_of(container, clock, folder=str(tmp_path)).read(ASKED)).refusal is None
        container.answers = [LogTail(line(written + 1), cut=False)]
        refusal = (await log_of(container, clock, folder=str(tmp_path)).read(ASKED)).refusal
        assert refusal is not None
        assert refusal.unchanged

    async def test_an_older_file_that_was_moved_into_its_place_clears_it(self, tmp_path: Path) -> None:
        bad = tmp_path / "bad.yml"
        bad.write_text("")
        os.utime(bad, (1, 1))  # the time of its content; when it was put there, nobody can set back
        moved = since_start()
        container = Container([LogTail(line(moved - 60), cut=False)])
        assert (await log_of(container, Clock(moved + 60), folder=str(tmp_path)).read(ASKED)).refusal is None

    async def test_where_other_lines_pushed_it_out_the_moment_of_the_change_is_looked_at(self, tmp_path: Path) -> None:
        changed = since_start()
        container = Container([LogTail(b"noise\n" * MOST_LINES, cut=True), LogTail(line(changed), cut=False)])
        read = await log_of(container, Clock(changed + 999), folder=str(tmp_path)).read(ASKED)
        assert (read.refusal is not None, read.unread) == (True, "")
        since, until = container.asked[1]
        assert since is not None
        assert until is not None
        assert abs((since - START).total_seconds() - changed + 2) < 5
        assert until - since == timedelta(seconds=17)

    async def test_without_the_folder_that_is_said(self) -> None:
        read = await log_of(Container([LogTail(b"noise\n" * MOST_LINES, cut=True)]), Clock()).read(ASKED)
        assert "only the last 5000 lines of the container traefik were read" in read.unread

    async def test_an_engine_that_fails_leaves_what_was_known(self) -> None:
        failure = SourceError("the engine hangs", "see docker ps")
        container, clock = Container([LogTail(line(), cut=False), failure]), Clock()
        source = log_of(container, clock)
        await source.read(ASKED)
        clock.seconds += 60
        read = await source.read(ASKED)
        assert (read.refusal is not None, read.unread) == (True, "the engine hangs; see docker ps")
        clock.seconds += 60
        assert (await source.read(ASKED)).unread == ""
        assert container.asked[-1][0] == container.asked[-2][0]  # from where the last good one ended

    async def test_another_container_begins_anew(self) -> None:
        container = Container([LogTail(line(), cut=False)])
        source = log_of(container, Clock())
        await source.read(ASKED)
        gone = await source.read(LogRequest(missing="no container runs Traefik"))
        assert (gone.refusal, gone.errors, gone.unread) == (None, (), "no container runs Traefik")

    async def test_a_restart_forgets_what_an_earlier_run_said(self) -> None:
        source = log_of(Container([LogTail(line(60), cut=False)]), Clock())
        assert (await source.read(ASKED)).errors
        later = LogRequest(ASKED.container, "traefik", START + timedelta(seconds=120))
        read = await source.read(later)
        assert (read.refusal, read.errors) == (None, ())

    async def test_a_flood_of_other_errors_pushes_no_refusal_out(self) -> None:
        flood = b"".join(line(61 + i, f"other {i}", provider="x") for i in range(500))
        read = await log_of(Container([LogTail(line() + flood, cut=False)]), Clock(9999)).read(ASKED)
        assert read.refusal is not None
        assert len(read.errors) == 100
        assert read.errors[-1].text.startswith("other 499")


class TestALogFile:
    async def test_only_what_was_added_is_read(self, tmp_path: Path) -> None:
        path = tmp_path / "traefik.log"
        path.write_bytes(b"x\n" + line(60)[:-20])
        source = log_of(Container(), Clock(), file=str(path))
        assert (await source.read(ASKED)).refusal is None  # not a whole line yet
        with path.open("ab") as file:
            file.write(line(60)[-20:])
        read = await source.read(ASKED)
        assert (read.refusal is not None, read.where, read.configured) == (True, str(path), True)
        assert await source.read(ASKED) is read

    async def test_a_rotated_file_is_read_from_its_start(self, tmp_path: Path) -> None:
        path = tmp_path / "traefik.log"
        path.write_bytes(b"x\n" * 1000)
        source = log_of(Container(), Clock(), file=str(path))
        await source.read(ASKED)
        path.write_bytes(line())
        assert (await source.read(ASKED)).refusal is not None
        path.unlink()
        assert "can't be read (No such file" in (await source.read(ASKED)).unread
        path.write_bytes(line(90) + b"y\n" * 1000)
        again = await source.read(ASKED)
        assert again.refusal is not None
        assert (again.refusal.at, again.unread) == (START + timedelta(seconds=90), "")

    async def test_only_the_end_of_a_large_one(self, tmp_path: Path) -> None:
        path = tmp_path / "traefik.log"
        path.write_bytes(line(60) + b"z" * MOST_BYTES + b"\n" + line(90))
        read = await log_of(Container(), Clock(), file=str(path)).read(ASKED)
        assert [one.at - START for one in read.errors] == [timedelta(seconds=90)]

    @pytest.mark.parametrize("kind", ["folder", "pipe", "nul"])
    async def test_what_is_no_file_is_said_and_holds_nothing_up(self, tmp_path: Path, kind: str) -> None:
        path = tmp_path / ("a\0b" if kind == "nul" else "traefik.log")
        if kind == "folder":
            path.mkdir()
        elif kind == "pipe":
            os.mkfifo(path)
        read = await log_of(Container(), Clock(), file=str(path)).read(ASKED)
        assert read.unread.startswith("Traefik's log ")
        assert "log_file in [traefik]" in read.unread
        assert "\0" not in read.unread

    async def test_no_container_is_asked(self, tmp_path: Path) -> None:
        container = Container()
        (tmp_path / "traefik.log").touch()
        await log_of(container, Clock(), file=str(tmp_path / "traefik.log")).read(ASKED)
        assert container.asked == []


async def test_a_folder_with_links_that_lead_nowhere_is_seen(tmp_path: Path) -> None:
    (tmp_path / "bad.yml").symlink_to(tmp_path / "gone")
    changed = since_start()
    container = Container([LogTail(line(changed + 1), cut=False)])
    refusal = (await log_of(container, Clock(changed + 60), folder=str(tmp_path)).read(ASKED)).refusal
    assert refusal is not None
    assert refusal.unchanged
