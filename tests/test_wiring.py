"""Which adapters the composition root builds, and why it leaves one out."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from specter_tui.collect import Collector
from specter_tui.collect.collector import CLOUDFLARE_DEADLINE, DOCKER_DEADLINE, TRAEFIK_DEADLINE
from specter_tui.config import LoadedConfig
from specter_tui.core.settings import DockerSettings, ProbeSettings, RefreshSettings, Settings, TraefikSettings
from specter_tui.core.snapshot import SourceName, SourceStatus
from specter_tui.wiring import look
from specter_tui.wiring.collector import build


def config(settings: Settings, **origins: str) -> LoadedConfig:
    return LoadedConfig(settings, origins={name.replace("__", "."): value for name, value in origins.items()})


def settings(acme: Path, *, docker: str = "", probe: bool = True) -> Settings:
    return Settings(
        traefik=TraefikSettings(api_url="http://127.0.0.1:9", acme_files=(str(acme),)),
        docker=DockerSettings(host=docker or f"unix://{acme.parent}/none.sock"),
        probe=ProbeSettings(enabled=probe),
    )


def states(collector: Collector) -> dict[str, SourceStatus]:
    return {str(name): state.status for name, state in collector._states().items()}


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    return tmp_path / "acme.json"


def test_a_default_path_that_leads_nowhere_is_off(acme: Path) -> None:
    state = build(config(settings(acme)), probe=False)._states()[SourceName.ACME]
    assert state.status is SourceStatus.OFF
    assert str(acme) in state.reason


def test_a_path_that_was_given_is_read(acme: Path) -> None:
    assert states(build(config(settings(acme), traefik__acme_files="file:x"), probe=False))["acme"] == "failed"


def test_a_default_path_that_exists_is_read_unless_docker_is_remote(acme: Path) -> None:
    acme.touch()
    assert states(build(config(settings(acme)), probe=False))["acme"] == "failed"
    assert states(build(config(settings(acme, docker="ssh://ops@vps2")), probe=False))["acme"] == "off"


def test_no_files_at_all(acme: Path) -> None:
    one = settings(acme)
    none = replace(one, traefik=replace(one.traefik, acme_files=()))
    assert states(build(config(none, traefik__acme_files="file:x"), probe=False))["acme"] == "off"


def test_probing_is_asked_for_and_allowed(acme: Path) -> None:
    assert states(build(config(settings(acme))))["probe"] == "failed"  # not yet read
    assert states(build(config(settings(acme)), probe=False))["probe"] == "off"
    assert states(build(config(settings(acme, probe=False)), probe=True))["probe"] == "off"


async def test_with_nothing_there_everything_is_said_and_nothing_raised(acme: Path) -> None:
    collector = build(config(settings(acme)), probe=True)
    snapshot = await collector.collect_once(probe=True)
    await collector.close()
    assert snapshot.source(SourceName.TRAEFIK).status is SourceStatus.FAILED
    assert snapshot.source(SourceName.DOCKER).status is SourceStatus.FAILED
    assert snapshot.source(SourceName.ACME).status is SourceStatus.OFF
    assert snapshot.source(SourceName.PROBE).status is SourceStatus.FRESH


def test_importing_it_imports_no_sdk() -> None:
    program = (
        "import sys, specter_tui.wiring.collector\n"
        "sys.exit(', '.join({'docker', 'httpx', 'cryptography', 'cloudflare', 'textual'} & set(sys.modules)) or 0)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_docker_context_on_another_machine_counts_too(
    acme: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme.touch()
    name = "vps2"
    meta = tmp_path / "docker" / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    meta.mkdir(parents=True)
    (tmp_path / "docker" / "config.json").write_text("{}", encoding="utf-8")  # the SDK looks beside it
    endpoint = {"docker": {"Host": "ssh://ops@vps2", "SkipTLSVerify": False}}
    (meta / "meta.json").write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": endpoint}), encoding="utf-8")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv("DOCKER_CONTEXT", name)
    one = settings(acme)
    here = replace(one, docker=DockerSettings())
    assert states(build(config(here), probe=False))["acme"] == "off"
    assert states(build(config(here, traefik__acme_files="file:x"), probe=False))["acme"] == "failed"


async def test_what_was_read_for_one_look_is_not_too_old_while_a_slower_source_is_awaited(
    acme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three refreshes of Traefik are 6 s; Cloudflare alone may take 30."""
    seen: list[LoadedConfig] = []

    class Looker:
        async def collect_once(self, *, probe: bool) -> str:
            return f"probe={probe}"

        async def close(self) -> None:
            seen.append(config(Settings()))

    def building(given: LoadedConfig, *, probe: bool) -> Looker:
        seen.append(given)
        return Looker()

    monkeypatch.setattr(look, "build", building)
    asked = replace(settings(acme), refresh=RefreshSettings(traefik=1.0))
    assert await look.look_once(config(asked), probe=True) == "probe=True"  # type: ignore[comparison-overlap]  # a stand-in
    built, _closed = seen
    assert replace(built.settings, refresh=asked.refresh) == asked
    slowest = TRAEFIK_DEADLINE + DOCKER_DEADLINE + CLOUDFLARE_DEADLINE
    assert all(3 * getattr(built.settings.refresh, one.name) > slowest for one in fields(RefreshSettings))
