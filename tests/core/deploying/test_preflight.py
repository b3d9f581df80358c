"""Each thing that is missing before a deployment is refused in one sentence that says what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from specter_tui.core.deploying.facts import Context, SecretFacts
from specter_tui.core.deploying.preflight import (
    can_reuse_wheels,
    doubts,
    refuse_settings,
    refuse_surroundings,
    secret_to_make,
)
from specter_tui.core.deploying.service import read_service
from specter_tui.core.deploying.wheels import check_wheels, read_lock
from specter_tui.core.deploying.work import NewSecret
from specter_tui.core.dns.model import CloudflareRead
from specter_tui.core.errors import RefusedError
from specter_tui.core.settings import ProtectionSettings, Settings
from specter_tui.core.snapshot import CertificateState, SourceName, SourceState, SourceStatus
from tests.builders import DOMAIN, a_certificate_status, a_snapshot, replace
from tests.core.deploying.deployed import LOCK, NAME, SECRET, WHEEL, a_document, a_project, facts

OURS = Settings(protection=ProtectionSettings(auth_host=f"auth.{DOMAIN}"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"DESCOPE_PROJECT_ID": ""}, "DESCOPE_PROJECT_ID is not set"),
        ({"COOKIE_DOMAIN": " "}, "COOKIE_DOMAIN is not set"),
        ({"DEFAULT_POLICY": ""}, "nobody has chosen who may pass"),
        ({"DEFAULT_POLICY": "mode=401"}, "nobody has chosen who may pass"),
        (
            {"COOKIE_DOMAIN": "other.org"},
            f"people will sign in at auth.other.org, and protection.auth_host is auth.{DOMAIN}",
        ),
        ({"AUTH_HOST": f"login.{DOMAIN}"}, f"people will sign in at login.{DOMAIN}"),
        ({"PORT": "4000"}, "the service would listen on 4000, and protection.verify_url asks 3000"),
    ],
)
def test_a_setting_that_is_missing_or_does_not_fit(changes: dict[str, str], said: str) -> None:
    with pytest.raises(RefusedError) as caught:
        refuse_settings(read_service(a_document(**changes), NAME), OURS)
    assert said in caught.value.sentence()
    assert caught.value.remedy


@pytest.mark.parametrize("policy", ["any", "any&mode=401", "roles=admin", "mode=401&domains=example.org"])
def test_good_settings(policy: str) -> None:
    refuse_settings(read_service(a_document(DEFAULT_POLICY=policy), NAME), OURS)


def test_our_own_sign_in_host_has_to_be_set() -> None:
    with pytest.raises(RefusedError, match="auth_host is not set"):
        refuse_settings(read_service(a_document(), NAME), Settings())


def spoiled(*path: str) -> str:
    document: Any = a_project(json.loads(a_document())["services"][NAME]["environment"])
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return json.dumps(document)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (("services", NAME), "has no service descope-auth"),
        (("services", NAME, "build"), "does not say what the image of descope-auth is built from"),
        (("services", NAME, "user"), "no user by number"),
        (("services", NAME, "secrets"), "no secret as SESSION_SECRET_FILE"),
        (("secrets",), "no secret as SESSION_SECRET_FILE"),
    ],
)
def test_a_compose_file_of_before(path: tuple[str, ...], said: str) -> None:
    with pytest.raises(RefusedError, match=said) as caught:
        read_service(spoiled(*path), NAME)
    assert "config init --stack" in caught.value.remedy


def test_a_secret_in_the_environment_needs_no_file() -> None:
    service = read_service(a_document(SESSION_SECRET="x" * 32), NAME)
    assert service.secret_file == ""
    assert secret_to_make(facts(document=a_document(SESSION_SECRET="x" * 32))) is None


def test_surroundings() -> None:
    refuse_surroundings(facts(), OURS)
    with pytest.raises(RefusedError, match="there is no network traefik-proxy") as caught:
        refuse_surroundings(facts(network=False), OURS)
    assert "cd /opt/specter && docker compose up -d" in caught.value.remedy
    with pytest.raises(RefusedError, match="not put the service on the network traefik-proxy"):
        refuse_surroundings(facts(document=spoiled("services", NAME, "networks")), OURS)
    with pytest.raises(RefusedError, match="lacks yarl"):
        refuse_surroundings(facts(wheels_folder="/w", wheels={}), OURS)


def test_the_secret() -> None:
    assert secret_to_make(facts()) is None
    assert secret_to_make(facts(secret=SecretFacts("nothing"))) == NewSecret(SECRET, 10001, 10001)
    with pytest.raises(RefusedError, match="only root can make"):
        secret_to_make(facts(secret=SecretFacts("nothing"), user=1000))
    for bad, said in (
        (SecretFacts("other"), "no regular file"),
        (SecretFacts("file", 0, 0o400, 64), "has to belong to user 10001 with mode 0400, and belongs to 0"),
        (SecretFacts("file", 10001, 0o440, 64), "with mode 0440"),
        (SecretFacts("file", 10001, 0o400, 31), "shorter than 32 bytes"),
    ):
        with pytest.raises(RefusedError, match=said) as caught:
            secret_to_make(facts(secret=bad))
        assert caught.value.remedy


def test_wheels_are_judged_by_hash() -> None:
    check_wheels("w", {"whatever.whl": WHEEL}, LOCK)
    with pytest.raises(
        RefusedError, match=r"w/yarl\.whl is not what requirements-verify\.lock names \(its SHA-256 is ffff"
    ):
        check_wheels("w", {"yarl.whl": "f" * 64, "other": WHEEL}, LOCK)
    with pytest.raises(RefusedError, match=r"w lacks yarl 1\.25\.1"):
        check_wheels("w", {}, LOCK)
    marked = LOCK + f"uvloop==0.23 ; sys_platform != 'win32' \\\n    --hash=sha256:{'1' * 64}\n"
    check_wheels("w", {"yarl": WHEEL}, marked)
    assert [(one.name, one.conditional, len(one.hashes)) for one in read_lock(marked)] == [
        ("yarl", False, 2),
        ("uvloop", True, 1),
    ]


def test_a_hostile_name_is_shown_and_not_obeyed() -> None:
    with pytest.raises(RefusedError) as caught:
        check_wheels("w", {"\x1b[31m$(id).whl": "f" * 64}, LOCK)
    assert "\\x1b[31m$(id)" in caught.value.message


def test_wheels_are_used_again_for_the_same_lock_and_image_alone() -> None:
    there = Context("d", "0.1.0", "python:3.13-slim", {"yarl": WHEEL})
    package = facts().package
    assert can_reuse_wheels(there, package, "python:3.13-slim")
    assert not can_reuse_wheels(there, package, "python:3.14-slim")
    assert not can_reuse_wheels(replace(there, wheels={"yarl": "f" * 64}), package, "python:3.13-slim")
    assert not can_reuse_wheels(Context(), package, "")


def test_what_is_not_known_is_a_doubt_and_what_is_wrong_is_said() -> None:
    acme = {SourceName.ACME: SourceState(SourceStatus.FRESH)}
    dns, certificate = doubts(a_snapshot(sources={}, certificates=()), OURS)
    assert dns.endswith("Cloudflare is not read")
    assert certificate.endswith("acme.json is not read")
    (_, certificate) = doubts(a_snapshot(sources=acme, certificates=()), OURS)
    assert certificate.startswith("there is no certificate for auth.")
    good = a_certificate_status()
    assert [one for one in doubts(a_snapshot(certificates=(good,)), OURS) if "certificate" in one] == []
    (_, certificate) = doubts(a_snapshot(certificates=(replace(good, state=CertificateState.EXPIRED),)), OURS)
    assert "is expired: browsers will refuse it" in certificate
    nothing = replace(a_snapshot(certificates=(good,)), cloudflare=CloudflareRead(zones=(), records=()))
    assert list(doubts(nothing, OURS)) == [
        f"whether a DNS record leads auth.{DOMAIN} here is not known: it is in no zone that the token sees"
    ]
