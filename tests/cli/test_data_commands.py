"""The data commands over snapshots of every kind: text, JSON that keeps to the schema, exit codes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from specter_tui.cli.exit_codes import ExitCode
from specter_tui.cli.main import main
from specter_tui.core.model import ConfigStatus, Protocol
from specter_tui.core.snapshot import Snapshot, SourceName, SourceStatus
from tests.builders import DOMAIN, NOW, a_certificate, a_container, a_router, a_source, all_sources
from tests.core.joining import VERIFY, joined
from tests.schema import check

APP = f"app1.{DOMAIN}"
HOSTILE = "\x1b[2J[/x][@click=app.quit]\u202e"


class _OneSnapshot:
    """A collector that always gives the same snapshots, then waits for ever."""

    def __init__(self, *snapshots: Snapshot) -> None:
        self._snapshots = list(snapshots)

    async def collect_once(self, *, probe: bool) -> Snapshot:
        return self._snapshots[0]

    async def collect(self) -> Snapshot:
        if not self._snapshots:
            raise KeyboardInterrupt
        return self._snapshots.pop(0)

    async def wait(self) -> None:
        await asyncio.sleep(0)

    async def close(self) -> None:
        return


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def _run(command: str, *snapshots: Snapshot) -> tuple[int, str, str]:
        for place in ("look", "collector"):
            monkeypatch.setattr(
                f"specter_tui.wiring.{place}.build", lambda config, probe=None: _OneSnapshot(*snapshots)
            )
        code = main(command.split())
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return _run


def _snapshot(**changes: Any) -> Snapshot:
    return joined(
        a_router(middlewares=(VERIFY,)),
        a_router("open@docker"),
        a_router("db@docker", protocol=Protocol.TCP, rule=f"HostSNI(`db.{DOMAIN}`)"),
        containers=[a_container(), a_container("idle", state="exited", labels=())],
        certificates=[a_certificate()],
        **changes,
    )


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("status", "status"),
        (f"status {APP}", "status"),
        ("status open@docker", "status"),
        ("status tcp:db@docker", "status"),
        ("hosts", "hosts"),
        (f"hosts {APP}", "hosts"),
        ("containers", "containers"),
        ("containers idle", "containers"),
        ("certs", "certs"),
        (f"certs {APP}", "certs"),
        ("doctor", "doctor"),
        (f"explain https://{APP}/", "explain"),
    ],
)
def test_one_json_document_and_nothing_else(run: Run, command: str, kind: str) -> None:
    code, out, err = run(f"{command} --json", _snapshot())
    assert (code, err) == (ExitCode.OK, "")
    check(json.loads(out), kind)


def test_status_shows_every_route_and_how_fresh_it_is(run: Run) -> None:
    code, out, _ = run("status", _snapshot())
    assert code == ExitCode.OK
    for text in (APP, "open@docker", "tcp:db@docker", "protected", "open", "60d", "Docker", "Cloudflare off"):
        assert text in out


def test_status_of_one_host_leaves_out_the_others(run: Run) -> None:
    _, out, _ = run(f"status {APP.upper()}.", _snapshot())
    assert "app1@docker" in out
    assert "open@docker" not in out


@pytest.mark.parametrize(
    ("command", "near"),
    [
        ("status ap1.example.org", APP),
        ("hosts ap1.example.org", APP),
        ("containers app2", "app1"),
        ("certs example.com", DOMAIN),
    ],
)
def test_a_name_that_nobody_has_is_one_line_with_the_nearest(run: Run, command: str, near: str) -> None:
    code, out, err = run(command, _snapshot())
    assert (code, out) == (ExitCode.USAGE, "")
    assert near in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(("status", "told"), [(SourceStatus.OFF, False), (SourceStatus.FAILED, True)])
@pytest.mark.parametrize("command", ["status", "hosts"])
def test_dns_has_a_column_where_there_is_a_source_for_it(
    run: Run, command: str, status: SourceStatus, told: bool
) -> None:
    _, out, _ = run(command, _snapshot(states=all_sources(cloudflare=a_source(status))))
    heading, first = out.splitlines()[:2]
    assert ("DNS" in heading.split()) is told
    assert ("?" in first) is told, "what was not read is unknown, never a dash"


@pytest.mark.parametrize(
    ("command", "source"),
    [
        ("status", "traefik"),
        ("hosts", "traefik"),
        (f"explain {APP}", "traefik"),
        ("containers", "docker"),
        ("certs", "acme"),
    ],
)
@pytest.mark.parametrize("status", [SourceStatus.FAILED, SourceStatus.OFF])
def test_without_its_own_source_a_command_ends_with_3(
    run: Run, command: str, source: str, status: SourceStatus
) -> None:
    code, out, err = run(command, _snapshot(states=all_sources(**{source: a_source(status)})))
    assert (code, out) == (ExitCode.UNREACHABLE, "")
    assert err.startswith("specter-tui: ")
    assert err.count("\n") == 1


def test_another_source_only_shows(run: Run) -> None:
    states = all_sources(docker=a_source(SourceStatus.FAILED))
    code, out, _ = run("status", _snapshot(states=states))
    assert code == ExitCode.OK
    assert "connection refused" in out
    assert "? unknown" in out


@pytest.mark.parametrize(
    ("options", "code"),
    [("", ExitCode.FINDINGS), ("--fail-on warning", ExitCode.FINDINGS), ("--fail-on never", ExitCode.OK)],
)
def test_doctor_fails_on_errors(run: Run, options: str, code: ExitCode) -> None:
    broken = joined(a_router(status=ConfigStatus.DISABLED, errors=("no service",)))
    found, out, _ = run(f"doctor {options}".strip(), broken)
    assert found == code
    assert "router-disabled" in out
    assert "remedy" in out


def test_doctor_counts_unknown_as_a_warning(run: Run) -> None:
    unknown = joined(a_router(rule="Sorcery(`x`)"))
    assert run("doctor", unknown)[0] == ExitCode.OK
    assert run("doctor --fail-on warning", unknown)[0] == ExitCode.FINDINGS


def test_doctor_of_an_unread_server_never_says_that_all_is_well(run: Run) -> None:
    code, out, _ = run("doctor", joined(states=all_sources(traefik=a_source(SourceStatus.FAILED))))
    assert code == ExitCode.FINDINGS
    assert "traefik can't be read" in out


def test_watch_writes_a_document_for_each_change_and_none_for_the_same(run: Run) -> None:
    code, out, _ = run("status --watch --json", _snapshot(), _snapshot(), joined(a_router()))
    assert code == ExitCode.INTERRUPTED
    lines = out.splitlines()
    assert [len(json.loads(line)["routes"]) for line in lines] == [3, 1]
    for line in lines:
        check(json.loads(line), "status")


def test_watch_waits_for_a_host_that_comes_later(run: Run) -> None:
    code, out, _ = run(f"status {APP} --watch --json", joined(), joined(a_router()))
    assert code == ExitCode.INTERRUPTED
    assert [len(json.loads(line)["routes"]) for line in out.splitlines()] == [0, 1]


def test_a_container_is_named_by_no_shorter_prefix_than_four_letters(run: Run) -> None:
    both = joined(containers=[replace(a_container("a"), id="abcdef"), replace(a_container("b"), id="abc123")])
    assert run("containers abc", both)[0] == ExitCode.USAGE
    code, out, _ = run("containers abcd --json", both)
    assert (code, [one["id"] for one in json.loads(out)["containers"]]) == (ExitCode.OK, ["abcdef"])


def test_the_certificate_that_ends_first_stands_first(run: Run) -> None:
    ends = {"a": 50, "b": 10, "c": 30}
    found = [a_certificate(name, fingerprint=name, not_after=NOW + timedelta(days=left)) for name, left in ends.items()]
    _, out, _ = run("certs --json", joined(certificates=found))
    assert [one["main"] for one in json.loads(out)["certificates"]] == ["b", "c", "a"]


def test_nothing_found_is_no_more_than_what_was_read(run: Run) -> None:
    fresh = all_sources(cloudflare=a_source())
    assert "nothing found; 0 routes" in run("doctor", joined(states=fresh))[1]
    assert "nothing found in what could be read" in run("doctor", joined())[1]


@pytest.mark.parametrize("command", ["status", "hosts", "containers", "certs", "doctor", f"explain https://{APP}/[/x]"])
def test_hostile_text_is_visible_and_harmless(run: Run, command: str) -> None:
    snapshot = joined(
        a_router(rule=f"Host(`{APP}`) && PathPrefix(`/{HOSTILE}`)", middlewares=(HOSTILE,), errors=(HOSTILE,)),
        containers=[a_container(HOSTILE, status=HOSTILE, image=HOSTILE)],
        certificates=[a_certificate(HOSTILE, issuer=HOSTILE)],
    )
    _, out, err = run(command, snapshot)
    for text in (out, err):
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_explain_names_the_broken_hop(run: Run) -> None:
    code, out, _ = run(f"explain https://{APP}/", joined(a_router(status=ConfigStatus.DISABLED, errors=("no",))))
    assert code == ExitCode.OK
    assert "broken at: router" in out


@pytest.mark.parametrize("url", ["ftp://x", "https://[", "https://"])
def test_explain_of_what_is_no_url(run: Run, url: str) -> None:
    code, _, err = run(f"explain {url}", _snapshot())
    assert code == ExitCode.USAGE
    assert err.count("\n") == 1


def test_certs_says_no_certificate_yet_only_where_all_was_read(run: Run) -> None:
    empty = joined(a_router(), certificates=[])
    assert "no certificate yet" in run("certs", empty)[1]
    partly = replace(empty, problems={SourceName.ACME: ("its Certificates are no list",)})
    said = run("certs", partly)[1]
    assert "no certificate yet" not in said
    assert "no certificate could be read" in said


PATTERN = a_router("family@docker", rule=r"Host(`one.test`) || HostRegexp(`^.+\.family\.test$`)", middlewares=(VERIFY,))
ANYWHERE = a_router("all@docker", rule="PathPrefix(`/`)", priority=1)


def test_hosts_that_only_a_pattern_answers_for_are_told_apart(run: Run) -> None:
    off = a_router("off@docker", rule="HostRegexp(`x`)", status=ConfigStatus.DISABLED)
    snapshot = joined(a_router(), PATTERN, ANYWHERE, off)
    code, out, _ = run("hosts", snapshot)
    assert code == ExitCode.OK
    told = out[out.index("ANY HOST THAT MATCHES") :].splitlines()
    assert [line.split()[1] for line in told[1:3]] == [r"^.+\.family\.test$", "*"]
    document = json.loads(run("hosts --json", snapshot)[1])
    check(document, "hosts")
    assert [(one["patterns"], one["route"], one["protection"]["state"]) for one in document["patterns"]] == [
        ([r"^.+\.family\.test$"], "family@docker", "protected"),
        (["*"], "all@docker", "unprotected"),
    ]
    assert {one["host"] for one in document["hosts"]} == {APP, "one.test"}


def test_a_host_that_only_a_pattern_answers_for_can_be_asked_for(run: Run) -> None:
    snapshot = joined(a_router(), PATTERN)
    document = json.loads(run("hosts a.family.test --json", snapshot)[1])
    assert (document["hosts"], [one["route"] for one in document["patterns"]]) == ([], ["family@docker"])
    assert "family@docker" in run("hosts a.family.test", snapshot)[1]
    assert "ANY HOST" not in run(f"hosts {APP}", snapshot)[1]
    assert run("hosts b.other.test", snapshot)[0] == ExitCode.USAGE


@pytest.mark.parametrize("command", ["status", "hosts", "doctor"])
def test_why_a_source_is_off_is_said(run: Run, command: str) -> None:
    off = a_source(SourceStatus.OFF, reason=f"/x/acme.json does not exist{HOSTILE}")
    snapshot = joined(a_router(), states=all_sources(acme=off, cloudflare=a_source(SourceStatus.OFF)))
    out = run(command, snapshot)[1]
    assert "off: " in out
    assert "(/x/acme.json does not exist" in out
    assert "\x1b" not in out
    document = json.loads(run(f"{command} --json", snapshot)[1])
    check(document, command)
    assert document["sources"]["acme"]["reason"] == off.reason
    assert document["sources"]["docker"]["reason"] is None
