"""What Traefik's log adds to the findings: a file that a running Traefik refuses shows nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from specter_tui.core.findings.checks import run_checks
from specter_tui.core.findings.model import Finding, Severity
from specter_tui.core.model import ConfigStatus, Router
from specter_tui.core.snapshot import Snapshot
from specter_tui.core.traefik_log import LogRead, Refusal
from tests.builders import NOW, a_middleware, a_router, replace
from tests.core.joining import VERIFY, joined

GUARDED = a_router(middlewares=(VERIFY,))
TEXT = "Error occurred during watcher callback: /d/broken.yml: field not found, node: nonsense"
REFUSAL = Refusal(NOW - timedelta(minutes=1), TEXT, "/d/broken.yml", unchanged=True)


def seen(log: LogRead | None, *routers: Router, providers: Sequence[str] = ("Docker", "File")) -> list[Finding]:
    """The findings on Traefik as a source, and those on missing parts."""
    given = routers or (GUARDED,)
    headers = () if routers else (a_middleware("h@file", type="headers", address="", provider="file"),)
    snapshot: Snapshot = joined(*given, middlewares=headers, providers=providers)
    snapshot = replace(snapshot, traefik_log=log)
    told = [one for one in run_checks(snapshot) if one.subject.kind == "source" or one.code.endswith("-missing")]
    assert all(one.remedy.text for one in told)
    return told


def test_a_refused_file_is_an_error_that_names_it() -> None:
    (finding,) = seen(LogRead("container traefik", refusal=REFUSAL))
    assert (finding.code, finding.severity) == ("file-provider-error", Severity.ERROR)
    assert finding.title == "Traefik can't load /d/broken.yml, so no change of any dynamic file counts"
    assert finding.evidence == (
        TEXT,
        f"logged {NOW - timedelta(minutes=1):%Y-%m-%d %H:%M:%S} UTC in the log of container traefik",
        "the file has not been changed since",
    )
    assert "save it once more" in finding.remedy.text


@pytest.mark.parametrize(
    ("minutes", "changes", "severity"),
    [
        (14, {"unchanged": False}, Severity.ERROR),
        (16, {"unchanged": False}, Severity.UNKNOWN),
        (9000, {"unchanged": True}, Severity.ERROR),
        (9000, {"unchanged": False, "until_restart": True}, Severity.ERROR),
    ],
)
def test_what_is_not_seen_is_unknown_after_a_while(minutes: int, changes: dict[str, bool], severity: Severity) -> None:
    refusal = replace(REFUSAL, at=NOW - timedelta(minutes=minutes), **changes)
    (finding,) = seen(LogRead("container traefik", refusal=refusal))
    assert finding.severity is severity


def test_a_log_line_is_text_that_is_made_visible() -> None:
    refusal = replace(REFUSAL, text="\x1b[31m[@click=app.quit]x", file="/d/\u202e.yml")
    (finding,) = seen(LogRead("container \x1b", refusal=refusal))
    told = " ".join((finding.title, *finding.evidence))
    assert "\x1b" not in told
    assert "\u202e" not in told


def test_a_traefik_without_a_file_provider_refuses_no_file() -> None:
    assert seen(LogRead("x", refusal=REFUSAL, unread="x"), providers=("Docker",)) == []


def test_after_a_restart_one_finding_names_the_cause_and_the_rest_is_quieter() -> None:
    one = a_router(
        middlewares=("h@file",), status=ConfigStatus.DISABLED, errors=('middleware "h@file" does not exist',)
    )
    two = replace(one, name="app2@docker")
    log = LogRead("container traefik", refusal=REFUSAL)
    told = seen(log, one, two)
    assert [(one.code, one.severity) for one in told] == [
        ("file-provider-empty", Severity.ERROR),
        ("middleware-missing", Severity.INFO),
        ("middleware-missing", Severity.INFO),
    ]
    assert told[0].evidence[0] == TEXT
    assert told[0].evidence[-1] == "Traefik does not serve app1@docker, app2@docker"
    alone = seen(None, one)
    assert [one.severity for one in alone] == [Severity.ERROR, Severity.INFO]
    assert "Traefik's log names it" in alone[0].remedy.text


def test_a_part_of_another_provider_stays_an_error_beside_it() -> None:
    router = a_router(middlewares=("h@file", "gone@docker"))
    severities = {one.title.split()[2]: one.severity for one in seen(None, router) if one.code == "middleware-missing"}
    assert severities == {"h@file": Severity.INFO, "gone@docker": Severity.ERROR}


def test_a_log_that_is_not_read_is_said() -> None:
    (configured,) = seen(LogRead("/var/log/t.log", unread="no such file", configured=True))
    assert (configured.code, configured.severity) == ("log-unread", Severity.UNKNOWN)
    (default,) = seen(LogRead(unread="no container runs Traefik"))
    assert (default.code, default.severity) == ("log-unread", Severity.INFO)
    assert seen(LogRead(unread="x"), providers=("Docker",)) == []
    assert seen(None) == []
