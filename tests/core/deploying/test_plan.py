"""What a person sees before a deployment, and what is known of the one before."""

from __future__ import annotations

import pytest

from specter_tui.core.actions.diff import diff, masked
from specter_tui.core.deploying.facts import Context, Facts, Record, SecretFacts
from specter_tui.core.deploying.kept import is_kept_name, kept_name
from specter_tui.core.deploying.plan import back_work, build_work, plan_deployment
from specter_tui.core.deploying.work import DeployWork
from specter_tui.core.errors import RefusedError
from tests.builders import a_route, a_router, a_snapshot
from tests.core.deploying.deployed import NEW_ID, OLD_ID, SECRET, WHEEL, a_document, facts, running

MIDDLEWARE = "descope-verify@docker"


def planned(found: Facts, **changes: bool) -> tuple[DeployWork, str]:
    work = build_work(found, "t", turned_away=changes.get("turned_away", False))
    route = a_route(
        "app1@docker", router=a_router("app1@docker", middlewares=(MIDDLEWARE,)), hosts=("app1.example.org",)
    )
    plan = plan_deployment(work, found, a_snapshot(route, a_route("open@docker")), MIDDLEWARE, ("a doubt",))
    assert plan.hosts == ("app1.example.org",)
    assert plan.risks[0] == "a doubt"
    lines = [f"{one.where} {line.sign}{line.text}" for one in plan.changes for line in diff(one)]
    return work, "\n".join([*lines, *plan.steps, *plan.risks, plan.undo])


def test_the_first_one() -> None:
    work, told = planned(facts(secret=SecretFacts("nothing")))
    assert work.before is None
    assert f"{SECRET} +a new random secret, mode 0400, user 10001" in told
    assert "service descope-auth +SESSION_SECRET_FILE /run/secrets/session-secret" in told
    assert "the wheels of requirements-verify.lock, fetched with pip" in told
    assert "1 protected host answers 500 until it runs, as now" in told
    assert "keep the image" not in told


def test_another_one_keeps_what_ran() -> None:
    there = Context("e" * 64, "0.0.9", "python:3.13-slim", {"yarl": WHEEL})
    record = Record(OLD_ID, "old", a_document(SESSION_TTL="60"))
    found = facts(running=(running(),), record=record, image_id=OLD_ID, context=there)
    work, told = planned(found)
    assert work.before is not None
    assert work.before.document == record.document
    assert work.reuse_wheels
    assert "service descope-auth -SESSION_TTL 60" in told
    assert "verify/context -verify_service 0.0.9, sha256 eeeeeeeeeeee" in told
    assert "keep the image of before as specter-verify:kept-aaaaaaaaaaaa" in told
    assert "none is open meanwhile" in told
    assert "puts the image and the settings of before back" in told


def test_a_secret_of_the_environment_is_not_shown() -> None:
    _, told = planned(facts(document=a_document(SESSION_SECRET="hunter2hunter2hunter2hunter2hunter2")))
    assert "hunter2" not in told
    assert masked("SESSION_SECRET: x") != "SESSION_SECRET: x"


@pytest.mark.parametrize(
    ("container", "record", "known"),
    [
        (running(config_hash="old"), Record(OLD_ID, "old", "recorded"), "recorded"),
        (running(config_hash="other"), Record(OLD_ID, "old", "recorded"), ""),
        (running(config_hash="new"), None, a_document()),  # what the files say is what runs
        (running(config_hash="new", version="2.1.0"), None, ""),  # another Compose's hash proves nothing
        (running(config_hash=""), None, ""),
    ],
)
def test_which_settings_run_is_known_by_composes_own_hash(container: object, record: Record | None, known: str) -> None:
    work = build_work(facts(running=(container,), record=record), "t", turned_away=False)
    assert work.before is not None
    assert work.before.document == known


def test_unknown_settings_are_a_risk_and_not_undone() -> None:
    _, told = planned(facts(running=(running(config_hash="x"),)))
    assert "the settings that it runs with are not known" in told
    assert "(not known)" in told
    assert "settings of before back" not in told
    _, told = planned(facts(running=(running(config_hash="new", health="unhealthy"),)))
    assert "it is not healthy now" in told


def test_taking_one_back() -> None:
    record = Record(OLD_ID, "old", a_document(SESSION_TTL="60"))
    done = build_work(facts(running=(running(),), record=record), "t", turned_away=True)
    now = facts(running=(running(NEW_ID, "new", id="c2"),), image_id=NEW_ID)
    work = back_work(done, now, "u", turned_away=True)
    assert (work.image_id, work.document) == (OLD_ID, record.document)
    assert work.before is not None
    assert work.before.image_id == NEW_ID
    first = build_work(facts(), "t", turned_away=False)
    with pytest.raises(RefusedError, match="no verify service before"):
        back_work(first, now, "u", turned_away=False)
    with pytest.raises(RefusedError, match="does not run"):
        back_work(done, facts(), "u", turned_away=False)


def test_names_of_images_that_stay() -> None:
    for image, kept in (
        ("specter-verify:latest", "specter-verify:kept-aaaaaaaaaaaa"),
        ("specter-verify", "specter-verify:kept-aaaaaaaaaaaa"),
        ("registry.example:5000/verify", "registry.example:5000/verify:kept-aaaaaaaaaaaa"),
    ):
        assert kept_name(image, OLD_ID) == kept
        assert is_kept_name(kept, image, OLD_ID)
        assert not is_kept_name(kept, image, "sha256:" + "f" * 64)


def test_everything_looked_at_is_in_the_fingerprint() -> None:
    base = facts().fingerprint
    assert facts().fingerprint == base
    for change in (
        {"document": a_document(SESSION_TTL="60")},
        {"running": (running(),)},
        {"image_id": OLD_ID},
        {"network": False},
        {"secret": SecretFacts("nothing")},
        {"context": Context("e")},
        {"record": Record("", "", "")},
        {"wheels_folder": "/w", "wheels": {"a": WHEEL}},
    ):
        assert facts(**change).fingerprint != base, change
