"""The build folder, the secret's file, and what is run and told of docker."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest

from specter_tui.core.deploying.facts import Record
from specter_tui.core.deploying.work import DeployWork, NewSecret
from specter_tui.core.errors import RefusedError, SourceError
from specter_tui.effects.build_folder import BuildContext
from specter_tui.effects.compose_stack import ComposeStack
from specter_tui.effects.docker_command import run
from specter_tui.effects.secret_file import SecretFile
from specter_tui.effects.wheel_fetcher import WheelContainer
from tests.builders import replace

WORK = DeployWork("t1", "descope-auth", "specter", "specter-verify:latest", "python:3.13-slim", "{}", None)


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    """A `docker` that writes its arguments down and answers what a test puts beside it."""
    program = tmp_path / "bin/docker"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nfor one in "$@"; do echo "$one"; done >> {tmp_path}/said\nenv > {tmp_path}/environment\n'
        f"cat {tmp_path}/answer\ncat {tmp_path}/error >&2\nexit $(cat {tmp_path}/code)\n"
    )
    program.chmod(0o755)
    for name, text in (("answer", ""), ("error", ""), ("code", "0")):
        (tmp_path / name).write_text(text)
    (tmp_path / "compose").mkdir()
    (tmp_path / "compose/verify.yml").write_text("services: {}\n")
    return tmp_path


def stack(docker: Path, **environment: str) -> ComposeStack:
    return ComposeStack(str(docker), "unix:///x.sock", {"PATH": f"{docker}/bin:/usr/bin:/bin", **environment})


def folder(root: Path) -> BuildContext:
    sources = root / "package"
    if not sources.exists():
        (sources / "verify_service/static").mkdir(parents=True)
        (sources / "verify_service/__pycache__").mkdir()
        (sources / "verify_service/app.py").write_text("pass\n")
        (sources / "verify_service/static/page.css").write_text("")
        (sources / "verify_service/__pycache__/app.pyc").write_text("")
        (sources / "lock").write_text("")
        (root / "compose").mkdir(exist_ok=True)
        (root / "compose/verify.yml").write_text("services: {}\n")
    return BuildContext(str(root), (sources / "verify_service", sources / "lock"), frozenset({0, os.geteuid()}))


async def test_compose_is_run_on_the_one_file_and_told_without_noise(docker: Path) -> None:
    lines = ["Sending build context to Docker daemon  1kB", "Step 1/2 : FROM x", " ---> 0123", "Step 1/2 : FROM x"]
    (docker / "answer").write_text("\n".join([*lines, "password=hunter2 \x1b[91mred\x1b[0m\x07", ""]))
    told: list[str] = []
    await stack(docker, COMPOSE_FILE="/elsewhere.yml").deploy("descope-auth", told.append)
    assert (docker / "said").read_text().splitlines() == [
        *("compose", "--ansi=never", "--progress=plain", f"--project-directory={docker}/compose"),
        *(f"--file={docker}/compose/verify.yml", "up", "-d", "--build", "--wait", "--wait-timeout=120", "--no-deps"),
        *("--", "descope-auth"),
    ]
    assert told == ["Step 1/2 : FROM x", "password=*** red\\x07"]
    environment = (docker / "environment").read_text()
    assert "DOCKER_HOST=unix:///x.sock" in environment
    assert "COMPOSE_FILE" not in environment


async def test_a_failure_tells_its_reason_and_not_how_far_it_came(docker: Path) -> None:
    (docker / "code").write_text("1")
    progress = (
        "Successfully built 9d547cd85cc3\nSuccessfully tagged x:latest\n Container specter-descope-auth-1 Started \n"
        'time="2026-11-24T02:12:00Z" level=warning msg="buildx Docker CLI plugin not found"\n'
    )
    (docker / "error").write_text(f"{progress}container x is unhealthy\n")
    with pytest.raises(SourceError) as caught:
        await stack(docker).deploy("descope-auth", lambda _: None)
    assert caught.value.message == "docker compose up failed: container x is unhealthy"


async def test_compose_that_outlives_a_killed_process_is_waited_for(docker: Path) -> None:
    """The folder's lock is inherited by what Compose starts; here by a process that outlives its parent."""
    (docker / "bin/docker").write_text(f"#!/bin/sh\n(sleep 2; echo ended >> {docker}/said) >/dev/null 2>&1 &\n")
    await stack(docker).deploy("descope-auth", lambda _: None)
    assert not (docker / "said").exists()
    await stack(docker).remove("descope-auth")
    assert (docker / "said").read_text() == "ended\n"


async def test_no_more_is_told_than_a_person_reads(docker: Path) -> None:
    (docker / "answer").write_text("".join(f"line {number}\n" for number in range(1000)))
    told: list[str] = []
    await stack(docker).deploy("descope-auth", told.append)
    assert told[-1] == "(docker compose says more)"
    assert len(told) == 151


async def test_a_variable_without_a_value_is_named(docker: Path) -> None:
    (docker / "code").write_text("1")
    (docker / "error").write_text(
        "error while interpolating services.a.environment.B: required variable DESCOPE_PROJECT_ID is missing a value: "
        "set DESCOPE_PROJECT_ID in compose/.env\n"
    )
    with pytest.raises(RefusedError) as caught:
        await stack(docker).document()
    assert caught.value.sentence() == "DESCOPE_PROJECT_ID is not set; set DESCOPE_PROJECT_ID in compose/.env"
    (docker / "error").write_text("yaml: line 3: found character that cannot start any token\n")
    with pytest.raises(RefusedError, match=r"does not take compose/verify\.yml: yaml: line 3"):
        await stack(docker).document()


async def test_without_a_stack_it_says_where_one_comes_from(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r"verify\.yml is not there") as caught:
        await ComposeStack(str(tmp_path)).document()
    assert "config init --stack DIR" in caught.value.remedy


async def test_a_command_that_does_not_end_is_killed_with_what_it_started(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    with pytest.raises(SourceError, match="did not end within"):
        await run(["/bin/sh", "-c", f"sleep 600 & echo $! > {pid}; wait"], {"PATH": "/bin:/usr/bin"}, 1.0)
    child = int(pid.read_text())
    for _ in range(100):
        if not is_alive(child):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it still runs")


def is_alive(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().split()[2] != "Z"


async def test_wheels_are_fetched_by_the_images_own_python(docker: Path) -> None:
    given = {"PATH": f"{docker}/bin:/usr/bin:/bin", "PIP_INDEX_URL": "https://u:secret@example.org", "https_proxy": "p"}
    await WheelContainer("", given).fetch("python:3.13-slim", "/x y", lambda _: None)
    said = (docker / "said").read_text()
    assert "--mount=type=bind,source=/x y/wheels,target=/wheels\n" in said
    assert "--env=PIP_INDEX_URL\n--env=https_proxy\n--\npython:3.13-slim\n" in said
    assert "secret" not in said
    assert "--require-hashes --only-binary=:all:" in said
    (docker / "code").write_text("1")
    (docker / "error").write_text("ERROR: hashes do not match\n")
    with pytest.raises(SourceError, match="could not be fetched: ERROR: hashes do not match"):
        await WheelContainer("", given).fetch("python:3.13-slim", "/x", lambda _: None)


def test_a_context_is_exchanged_and_brought_back(tmp_path: Path) -> None:
    one = folder(tmp_path)
    assert one.context().digest == ""
    one.begin(WORK)
    one.swap()
    assert one.is_of("t1")
    assert sorted(str(path.relative_to(tmp_path / "verify")) for path in (tmp_path / "verify").rglob("*.*")) == [
        "context/deployment.json",
        "context/requirements-verify.lock",
        "context/verify_service/app.py",
        "context/verify_service/static/page.css",
    ]
    package, context = one.package(), one.context()
    assert (context.digest, context.base_image) == (package.digest, "python:3.13-slim")
    (tmp_path / "package/verify_service/app.py").write_text("raise\n")
    assert one.package().digest != package.digest

    one.begin(replace(WORK, token="t2"))
    one.restore("t2")  # before the exchange
    assert one.is_of("t1")
    one.begin(replace(WORK, token="t2"))
    one.swap()
    assert one.is_of("t2")
    one.restore("t2")
    assert one.is_of("t1")
    (tmp_path / "verify/context").rename(tmp_path / "verify/context.before")  # a kill in the middle of the exchange
    one.restore("t3")
    assert one.is_of("t1")
    one.restore("t1")
    assert not (tmp_path / "verify").exists(), "as before the first one"


def test_wheels_of_before_are_used_again_also_in_the_middle_of_an_exchange(tmp_path: Path) -> None:
    one, wheels = folder(tmp_path), tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "a.whl").write_bytes(b"a")
    one.begin(replace(WORK, wheels=str(wheels)))
    one.swap()
    (tmp_path / "verify/context").rename(tmp_path / "verify/context.before")
    one.begin(replace(WORK, token="t2", reuse_wheels=True))
    one.swap()
    assert list(one.context().wheels) == ["a.whl"]
    (wheels / "link").symlink_to("a.whl")
    with pytest.raises(RefusedError, match="link is no wheel"):
        one.wheels(str(wheels))
    with pytest.raises(RefusedError, match="can't be read"):
        one.wheels(str(tmp_path / "nowhere"))


def test_the_note_is_a_compose_document_that_only_its_owner_reads(tmp_path: Path) -> None:
    one = folder(tmp_path)
    assert one.record() is None
    record = Record("sha256:1", "hash", json.dumps({"services": {"a": {}}}))
    path = Path(one.write_record(record))
    assert path.stat().st_mode & 0o777 == 0o600
    assert one.record() == record
    for text in ("", "[]", "{}", '{"x-specter": 1}'):
        path.write_text(text)
        assert one.record() is None
    one.write_record(None)
    assert not path.exists()
    one.write_record(None)


def test_a_full_disk_leaves_the_note_and_nothing_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    one, record = folder(tmp_path), Record("sha256:1", "hash", '{"services": {}}')
    path = Path(one.write_record(record))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RefusedError, match="No space left"):
        one.write_record(Record("sha256:2", "hash", '{"services": {}}'))
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    one.write_record(record)  # the way back, which finds it as it was
    assert one.record() == record


def test_what_others_can_change_is_not_built(tmp_path: Path) -> None:
    one = folder(tmp_path)
    one.demand_trusted()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "verify").symlink_to("elsewhere")
    with pytest.raises(RefusedError, match="no folder, or a link"):
        one.demand_trusted()
    (tmp_path / "verify").unlink()
    (tmp_path / "verify/context").mkdir(parents=True)
    (tmp_path / "verify/context").chmod(0o777)
    with pytest.raises(RefusedError, match=r"others can write to .*verify/context"):
        one.demand_trusted()
    (tmp_path / "verify/context").chmod(0o755)
    (tmp_path / "compose/.env").write_text("")
    (tmp_path / "compose/.env").chmod(0o666)
    with pytest.raises(RefusedError, match=r"others can write to .*compose/\.env"):
        one.demand_trusted()


def test_a_secret_is_made_once_for_its_user_alone(tmp_path: Path) -> None:
    secrets, path = SecretFile(), tmp_path / "session-secret"
    assert secrets.look(str(path)).kind == "nothing"
    wanted = NewSecret(str(path), os.geteuid(), os.getegid())
    secrets.make(wanted)
    found = secrets.look(str(path))
    assert (found.kind, found.user, found.mode, found.size) == ("file", os.geteuid(), 0o400, 64)
    text = path.read_text()
    secrets.make(wanted)
    assert path.read_text() == text, "a new one would end all sessions"
    assert list(tmp_path.iterdir()) == [path]
    secrets.remove(str(path))
    secrets.remove(str(path))
    path.symlink_to("elsewhere")
    assert secrets.look(str(path)).kind == "other"
    with pytest.raises(RefusedError, match="can't be made"):
        secrets.make(replace(wanted, path=str(tmp_path / "nowhere/secret")))
