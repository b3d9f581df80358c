"""Which lines of Traefik's log are its own errors, and how long a refusal of its file provider stands."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specter_tui.core.log_request import log_request
from specter_tui.core.model import DockerRead, TraefikRead
from specter_tui.core.traefik_log import (
    FolderStamp,
    LogEntry,
    is_refusal,
    parse_entry,
    parse_time,
    standing_refusal,
)
from tests.builders import a_container

AT = datetime(2026, 11, 23, 1, 6, 48, tzinfo=UTC)
WHY = "collecting file configs: /etc/traefik/dynamic/broken.yml: field not found, node: nonsense"
MESSAGE = "Error occurred during watcher callback"
# As 3.7.15 and 3.0.4 wrote them, to a file, to a pipe and in JSON; the last three are 2.11's.
LINES = {
    "json": json.dumps(
        {"level": "error", "providerName": "file", "error": WHY, "time": "2026-11-23T01:06:48Z", "message": MESSAGE},
        separators=(",", ":"),
    ),
    "text": f'2026-11-23T06:36:48+05:30 ERR {MESSAGE} error="{WHY}" providerName=file',
    "colours of 3.7": f"\x1b[90m2026-11-23T01:06:48Z\x1b[0m \x1b[31mERR\x1b[0m \x1b[1m{MESSAGE}\x1b[0m "
    f'\x1b[36merror=\x1b[0m\x1b[31m\x1b[1m"{WHY}"\x1b[0m\x1b[0m \x1b[36mproviderName=\x1b[0mfile',
    "colours of 3.0": f"\x1b[90m2026-11-23T01:06:48Z\x1b[0m \x1b[1m\x1b[31mERR\x1b[0m\x1b[0m {MESSAGE} "
    f'\x1b[36merror=\x1b[0m\x1b[31m"{WHY}"\x1b[0m \x1b[36mproviderName=\x1b[0mfile\r',
    "text at level DEBUG": f"2026-11-23T01:06:48Z ERR github.com/traefik/traefik/v3/pkg/x/file.go:97 > {MESSAGE} "
    f'error="{WHY}" providerName=file',
    "2.11 text": f'time="2026-11-23T01:06:48Z" level=error msg="{MESSAGE}: {WHY}" providerName=file',
    "2.11 json": f'{{"level":"error","msg":"{MESSAGE}: {WHY}","providerName":"file","time":"2026-11-23T01:06:48Z"}}',
    "2.11 terminal": f"\x1b[31mERRO\x1b[0m[2026-11-23T01:06:48Z] {MESSAGE}: {WHY}  \x1b[31mproviderName\x1b[0m=file",
}


def entry(line: str) -> LogEntry:
    found = parse_entry(line)
    assert found is not None
    return found


@pytest.mark.parametrize("shape", LINES)
def test_every_shape_tells_the_same(shape: str) -> None:
    found = entry(LINES[shape])
    assert (found.at, found.level, found.text) == (AT, "error", f"{MESSAGE}: {WHY}")
    assert found.field("providerName") == "file"
    assert is_refusal(found)


def test_a_provider_that_did_not_start_names_no_provider() -> None:
    line = (
        f'{{"level":"error","error":"{WHY}","time":"2026-11-23T01:06:48Z",'
        f'"message":"Cannot start the provider *file.Provider"}}'
    )
    refusal = standing_refusal([entry(line)], None, None, AT)
    assert refusal is not None
    assert refusal.until_restart


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"level":"error"}',
        '{"level":"error","time":"2026-11-23T01:06:48","message":"no zone"}',
        '{"level":"error","time":"0001-01-01T00:00:00+23:59","message":"before all time"}',
        '{"level":"error","time":5,"message":"x"}',
        '{"level":["error"],"time":"2026-11-23T01:06:48Z","message":{}}',
        "[" * 60_000,
        '{"a":' * 13_000,
        "2026-11-23T01:06:48Z ERRand more",
        "2026-11-23 ERR x providerName=file",
        '127.0.0.1 - - [23/Nov/2026:01:06:48 +0000] "GET /2026-11-23T01:06:48Z ERR x providerName=file HTTP/1.1" 404',
        f"{LINES['text']} {'x' * 70_000}",
        # An access log in JSON: what a visitor sends stands in values and behind prefixes, never in Traefik's own keys.
        '{"level":"info","msg":"","time":"2026-11-23T01:06:48Z","RequestPath":"/\\n2026-11-23T01:06:48Z ERR x"}',
    ],
)
def test_what_is_not_wholly_understood_is_nothing(line: str) -> None:
    assert parse_entry(line) is None


@pytest.mark.parametrize(
    "line",
    [
        '{"level":"info","providerName":"file","time":"2026-11-23T01:06:48Z","message":"MESSAGE"}',
        '{"level":"error","providerName":"docker","time":"2026-11-23T01:06:48Z","message":"MESSAGE"}',
        '{"level":"error","providerName":"file","time":"2026-11-23T01:06:48Z","message":"Unable to parse certificate"}',
        '{"level":"error","routerName":"w@file","error":"parsing rule","time":"2026-11-23T01:06:48Z"}',
        f'2026-11-23T01:06:48Z ERR {MESSAGE} error="providerName=file"',
        f'2026-11-23T01:06:48Z WRN {MESSAGE} error="x" providerName=file',
        f"2026-11-23T01:06:48Z ERR {MESSAGE} providerName=file2",
        f'time="2026-11-23T01:06:48Z" level=info msg="{MESSAGE}" providerName=file',
    ],
)
def test_other_lines_are_no_refusal(line: str) -> None:
    assert not is_refusal(entry(line.replace('"MESSAGE"', f'"{MESSAGE}"')))


def test_secrets_in_a_line_are_masked() -> None:
    told = entry(
        '{"level":"error","providerName":"file","time":"2026-11-23T01:06:48Z","message":"Error occurred during watcher '
        'callback","error":"at <fail \\"API_TOKEN=hunter2\\">: password: hunter2, yaml: line 3: cannot unmarshal '
        '!!str `hunter2...` into int, http://user:hunter2@x/","token":"hunter2","note":"secret=hunter2"}'
    )
    assert "hunter2" not in repr(told.text)
    assert "hunter2" not in told.field("note")
    assert is_refusal(told)


def test_a_secret_is_not_shown_by_being_cut_in_two() -> None:
    line = json.dumps({"level": "error", "time": "2026-11-23T01:06:48Z", "message": "x" * 1980 + " password=hunter2"})
    found = entry(line)
    assert "hunter" not in found.text
    assert len(found.text) <= 2000


@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    for line in (text, f"2026-11-23T01:06:48Z ERR {text}", f'time="2026-11-23T01:06:48Z" level=error {text}'):
        found = parse_entry(line)
        assert found is None or found.text


def test_times() -> None:
    assert parse_time("2026-11-22T10:00:00.123456789+01:00") == datetime(2026, 11, 22, 9, 0, 0, 123456, tzinfo=UTC)
    assert parse_time("2026-11-22T10:00:00") is None
    assert parse_time("") is None


# How long a refusal stands

REFUSED = entry(LINES["json"])


def folder(changed: float, **files: float) -> FolderStamp:
    """Times in seconds after the refusal; a file's name without `.yml`."""

    def after(seconds: float) -> datetime:
        return AT + timedelta(seconds=seconds)

    return FolderStamp(after(changed), {f"{name}.yml": after(seconds) for name, seconds in files.items()})


def stands(stamp: FolderStamp | None, read: float = 60.0, *lines: LogEntry) -> bool | None:
    """Whether the refusal is there, and for certain; None when it is not."""
    found = standing_refusal([REFUSED, *lines], None, stamp, AT + timedelta(seconds=read))
    return found.unchanged if found else None


def test_the_file_is_named_as_traefik_names_it() -> None:
    found = standing_refusal([REFUSED], None, None, AT)
    assert found is not None
    assert found.file == "/etc/traefik/dynamic/broken.yml"


def test_it_stands_while_the_file_is_what_it_was() -> None:
    assert stands(folder(0, broken=-0.2)) is True
    assert stands(folder(3000, broken=0.9, other=3000)) is True  # another file's change mends nothing


def test_a_changed_file_without_a_new_complaint_is_mended() -> None:
    assert stands(folder(0, broken=5)) is None


def test_a_change_that_traefik_may_still_complain_of_is_no_proof() -> None:
    assert stands(folder(0, broken=58)) is False
    assert stands(folder(0, broken=90)) is False  # in the future: a clock that was set


def test_a_file_that_is_gone_is_mended_once_the_folder_changed() -> None:
    assert stands(folder(5, other=-100)) is None
    assert stands(folder(0.5, other=-100)) is None  # within the second that the log tells
    assert stands(folder(0.5, other=-100), 3.0) is False  # Traefik may still complain
    assert stands(folder(-0.5, other=-100)) is False  # another folder than Traefik's


def test_one_of_a_sub_folder_that_is_there_may_be_there_too() -> None:
    nested = entry(LINES["json"].replace("dynamic/broken.yml", "dynamic/sub/broken.yml"))
    for names, there in (({"sub": AT}, True), ({"other.yml": AT}, False)):
        stamp = FolderStamp(AT + timedelta(seconds=0.5), names)
        found = standing_refusal([nested], None, stamp, AT + timedelta(seconds=60))
        assert (found is not None) is there


def test_without_a_folder_nothing_clears_it() -> None:
    assert stands(None) is False


def test_a_complaint_after_the_change_counts() -> None:
    again = entry(LINES["json"].replace("01:06:48Z", "01:06:53Z"))
    assert stands(folder(5, broken=5), 60, again) is True


def test_what_an_earlier_run_of_traefik_refused_does_not_count() -> None:
    assert standing_refusal([REFUSED], AT + timedelta(seconds=2), None, AT) is None
    assert standing_refusal([REFUSED], AT + timedelta(seconds=0.5), None, AT) is not None


def test_a_provider_that_did_not_start_needs_a_restart() -> None:
    line = LINES["text"].replace(MESSAGE, "Cannot start the provider *file.Provider")
    found = standing_refusal([entry(line)], None, folder(5, broken=5), AT + timedelta(minutes=9))
    assert found is not None
    assert found.until_restart


# Whose log it is


def test_the_log_is_that_of_the_only_container_that_runs_traefik() -> None:
    one = a_container("traefik", image="traefik:v3.7")
    read = TraefikRead("3.7.15", "2026-11-22T10:00:00Z", (), (), (), ())

    def docker(*containers: object) -> DockerRead:
        return DockerRead("20.10", "1.41", "vps", containers)  # type: ignore[arg-type]  # containers, by the callers

    found = log_request(docker(a_container(), one), read)
    assert (found.container, found.name, found.started) == (one.id, "traefik", datetime(2026, 11, 22, 10, tzinfo=UTC))
    two = a_container("proxy", id="b" * 64, image="traefik:v3.7")
    assert "several containers run Traefik; set log_file" in log_request(docker(one, two), read).missing
    assert "no container runs Traefik" in log_request(docker(), read).missing
    assert "Docker is not read" in log_request(None, None).missing
