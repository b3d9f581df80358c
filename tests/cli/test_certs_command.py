"""`certs` with what is served: beside acme.json, and in its place where that may not be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.main import main
from specter_tui.core.model import OF_TRAEFIK
from specter_tui.core.serving import Handshake, HandshakeTarget, ServingRead, Side
from specter_tui.core.snapshot import Snapshot, SourceStatus
from tests.builders import DOMAIN, NOW, a_certificate, a_router, a_source, all_sources, replace
from tests.core.joining import joined
from tests.schema import check

HOST = f"app1.{DOMAIN}"
STORED = a_certificate(HOST, fingerprint="aa" * 32)
OTHER = replace(STORED, fingerprint="bb" * 32, main="Own", issuer="Own CA", source="handshake", resolver="")
LOCAL = HandshakeTarget(HOST, Side.LOCAL, "127.0.0.1:443")
Run = Callable[..., tuple[int, str, str]]


class Once:
    """A collector that gives one snapshot, and remembers whether it was to probe."""

    def __init__(self, snapshot: Snapshot, asked: list[bool]) -> None:
        self._snapshot, self._asked = snapshot, asked

    async def collect_once(self, *, probe: bool) -> Snapshot:
        self._asked.append(probe)
        return self._snapshot if probe else replace(self._snapshot, served={})

    async def close(self) -> None:
        return


@pytest.fixture
def asked() -> list[bool]:
    return []


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], asked: list[bool]) -> Run:
    def _run(command: str, snapshot: Snapshot) -> tuple[int, str, str]:
        for place in ("look", "collector"):
            monkeypatch.setattr(f"specter_tui.wiring.{place}.build", lambda config, probe=None: Once(snapshot, asked))
        code = main(command.split())
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return _run


def seen(**changes: Any) -> Snapshot:
    serving = ServingRead((replace(OTHER, source=OF_TRAEFIK, sans=("file.test",)),), (Handshake(LOCAL, NOW, OTHER),))
    return joined(a_router(), certificates=[STORED], serving=serving, **changes)


REFUSED = all_sources(
    acme=a_source(SourceStatus.FAILED, error="acme.json may not be read by this user; type: sudo specter-tui certs")
)


def test_what_is_served_otherwise_is_told_with_probe_only(run: Run, asked: list[bool]) -> None:
    code, out, _ = run("certs", seen())
    assert (code, "certificate-shadowed" in out) == (ExitCode.OK, False)
    code, out, _ = run("certs --probe", seen())
    assert (code, "certificate-shadowed" in out) == (ExitCode.OK, True)
    assert asked == [False, True]


def test_a_certificate_of_traefik_alone_has_no_renewal(run: Run) -> None:
    _, out, _ = run("certs --json", seen())
    document = json.loads(out)
    check(document, "certs")
    rows = {one["main"]: one for one in document["certificates"]}
    assert (rows["Own"]["renews_at"], rows["Own"]["source"], rows["Own"]["resolver"]) == (None, "traefik", "")
    assert document["served"] == []
    row = next(line for line in run("certs", seen())[1].splitlines() if "Own CA" in line)
    assert row.split()[5:7] == ["-", "-"]


def test_the_triangle_as_json_keeps_to_the_schema(run: Run) -> None:
    document = json.loads(run("certs --probe --json", seen())[1])
    check(document, "certs")
    (one,) = document["served"]
    assert (one["host"], one["stored"], one["gaps"]) == (HOST, "aa" * 32, ["shadowed"])
    assert (one["local"]["fingerprint"], one["local"]["main"], one["edge"]) == ("bb" * 32, "Own", None)


def test_without_permission_what_is_served_stands_there_and_the_command_to_type(run: Run, asked: list[bool]) -> None:
    code, out, err = run("certs", seen(states=REFUSED))
    assert code == ExitCode.UNREACHABLE
    assert HOST in out
    assert "Own CA" in out
    assert f"{NOW + timedelta(days=60):%Y-%m-%d}" in out
    assert err.count("\n") == 1
    assert "type: sudo specter-tui certs" in err
    assert asked == [False, True]


def test_without_permission_json_is_an_error_alone(run: Run) -> None:
    code, out, err = run("certs --json", seen(states=REFUSED))
    assert (code, out, err.count("\n")) == (ExitCode.UNREACHABLE, "", 1)
