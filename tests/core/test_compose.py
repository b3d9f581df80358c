"""Which project a container comes from, by labels that its image may have forged."""

from __future__ import annotations

import pytest

from specter_tui.core.compose import CONFIG_FILES, CONFIG_HASH, ENVIRONMENT_FILE, Made, origin_of, pending
from specter_tui.core.errors import RefusedError

LABELS = {
    "com.docker.compose.project": "wiki",
    "com.docker.compose.service": "app",
    "com.docker.compose.project.config_files": "/srv/a.yml,/srv/b.yml",
    "com.docker.compose.project.working_dir": "/srv",
    "com.docker.compose.project.environment_file": "/srv/x.env",
    "com.docker.compose.config-hash": "abc",
    "com.docker.compose.version": "2.24.6",
    "com.docker.compose.oneoff": "False",
}


def refusal(labels: dict[str, str], image: dict[str, str] | None = None) -> str:
    with pytest.raises(RefusedError) as caught:
        origin_of(Made("wiki-app-1", labels, image or {}))
    return caught.value.sentence()


def test_an_origin() -> None:
    origin = origin_of(Made("wiki-app-1", LABELS, {"com.docker.compose.project": "wiki"}))
    assert (origin.project, origin.service, origin.working_dir) == ("wiki", "app", "/srv")
    assert origin.config_files == ("/srv/a.yml", "/srv/b.yml")
    assert origin.env_files == ("/srv/x.env",)


@pytest.mark.parametrize("missing", ["project", "service", "project.config_files"])
def test_a_container_that_compose_did_not_make(missing: str) -> None:
    labels = {key: value for key, value in LABELS.items() if key != f"com.docker.compose.{missing}"}
    assert "not made by Docker Compose" in refusal(labels)


@pytest.mark.parametrize("key", [CONFIG_FILES, ENVIRONMENT_FILE, CONFIG_HASH])
def test_labels_of_an_image_are_not_believed(key: str) -> None:
    for path in ("/etc/evil.yml", "/etc/shadow", ""):
        assert f"brings the label {key}" in refusal(LABELS, {key: path})


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("project", "-x", "would not take"),
        ("project", "a b", "would not take"),
        ("project", "", "would not take"),
        ("service", "--help;rm -rf /", "would not take"),
        ("service", "$(id)", "would not take"),
        ("service", "{{x}}", "would not take"),
        ("service", "[red]x", "would not take"),
        ("service", "a: b", "would not take"),
        ("service", "a\n- b", "would not take"),
        ("project", "{{x}}", "would not take"),
        ("project.working_dir", "", "no absolute path"),
        ("project.working_dir", "srv", "no absolute path"),
        ("project.config_files", "-", "no absolute path"),
        ("project.config_files", "oci://example.org/x", "no absolute path"),
        ("project.config_files", "/a\0b", "no absolute path"),
        ("project.config_files", ",", "no compose file"),
        ("oneoff", "True", "docker compose run"),
    ],
)
def test_hostile_labels(key: str, value: str, why: str) -> None:
    assert why in refusal({**LABELS, f"com.docker.compose.{key}": value})


def test_pending() -> None:
    origin = origin_of(Made("x", LABELS, {}))
    assert pending(origin, "abc", "2.24.6") == ""
    assert pending(origin, "abc", "v2.24.6") == ""
    assert "changed after" in pending(origin, "abd", "2.24.6")
    assert "made by Compose 2.24.6 and this is 2.24.7" in pending(origin, "abc", "2.24.7")
    without = origin_of(Made("x", {**LABELS, CONFIG_HASH: ""}, {}))
    assert "does not say" in pending(without, "", "2.24.6")
