"""Asking the verify service itself, before anything depends on it."""

from __future__ import annotations

import pytest

from specter_tui.core.errors import RefusedError
from specter_tui.core.model import ContainerNetwork
from specter_tui.core.proof import ProbeAnswer, ProbeTarget
from specter_tui.core.protecting.verify import verify_doubt, verify_target
from specter_tui.core.settings import ProtectionSettings, Settings
from tests.builders import DOMAIN, NOW, a_container, a_router, replace
from tests.core.joining import SETTINGS, joined

HOST = f"app1.{DOMAIN}"
OURS = SETTINGS.protection


def target(*containers: object, settings: Settings = SETTINGS) -> ProbeTarget | None:
    return verify_target(joined(a_router(), containers=containers), settings, HOST)  # type: ignore[arg-type]  # containers


def asked() -> ProbeTarget:
    found = target(a_container("descope-auth", networks=(ContainerNetwork("traefik-proxy", "172.18.0.9"),)))
    assert found is not None
    return found


def test_it_is_asked_at_its_containers_address_as_traefik_would() -> None:
    one = asked()
    assert (one.address, one.tls, one.path, one.method) == ("172.18.0.9:3000", False, "/verify", "GET")
    assert dict(one.headers)["X-Forwarded-Host"] == one.host == HOST


def test_replicas_of_a_service_are_found_by_its_name_and_ipv6_is_bracketed() -> None:
    labels = (("com.docker.compose.service", "descope-auth"),)
    networks = (ContainerNetwork("traefik-proxy", "", "fd00::9"),)
    found = target(a_container("specter-descope-auth-2", labels=labels, networks=networks))
    assert found is not None
    assert found.address == "[fd00::9]:3000"


@pytest.mark.parametrize("called", ["172.18.0.9", "[fd00::9]"])
def test_it_is_found_by_its_address_too(called: str) -> None:
    networks = (ContainerNetwork("traefik-proxy", "172.18.0.9", "fd00::9"),)
    settings = replace(SETTINGS, protection=replace(OURS, verify_url=f"http://{called}:3000/verify"))
    found = target(a_container("anything", networks=networks), a_container("wiki"), settings=settings)
    assert found is not None
    assert found.address == "172.18.0.9:3000"


def test_from_elsewhere_nobody_can_tell() -> None:
    assert target() is None
    assert target(a_container("descope-auth", networks=(ContainerNetwork("other", "172.19.0.9"),))) is None
    settings = replace(SETTINGS, protection=ProtectionSettings(verify_url=""))
    assert target(a_container("descope-auth"), settings=settings) is None


def test_one_that_does_not_run_is_refused() -> None:
    with pytest.raises(RefusedError, match="does not run: descope-auth is exited"):
        target(a_container("descope-auth", state="exited"))


def test_what_it_answers() -> None:
    location = f"https://auth.{DOMAIN}/?redirect=https%3A%2F%2F{HOST}%2Fverify"
    assert not verify_doubt(ProbeAnswer(asked(), NOW, status=307, location=location), SETTINGS)
    assert "not known: no answer" in verify_doubt(ProbeAnswer(asked(), NOW, error="no answer"), SETTINGS)
    assert "answers 400 to this machine" in verify_doubt(ProbeAnswer(asked(), NOW, status=400), SETTINGS)
    for answer in (ProbeAnswer(asked(), NOW, status=200), ProbeAnswer(asked(), NOW, status=404)):
        with pytest.raises(RefusedError, match="is no verify service"):
            verify_doubt(answer, SETTINGS)
