"""Which files beside the compose files decide what runs, and which nobody can name before Compose does."""

from __future__ import annotations

import pytest

from specter_tui.core.compose_references import Extended, references
from specter_tui.core.errors import RefusedError
from specter_tui.core.labels import ComposeText


def of(text: str) -> tuple[tuple[str, ...], tuple[Extended, ...]]:
    return tuple(references(ComposeText("/srv/x/compose.yml", text), "wiki", "/srv/x"))  # type: ignore[return-value]  # a named tuple


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("env_file: a.env", ("/srv/x/a.env",)),
        ("env_file: [./a.env, ../b.env, /etc/c.env]", ("/srv/x/a.env", "/srv/b.env", "/etc/c.env")),
        ("env_file: [{path: a.env, required: false}, b.env]", ("/srv/x/a.env", "/srv/x/b.env")),
        ("env_file: 'é $$ [red].env'", ("/srv/x/é $ [red].env",)),
        ("image: x", ()),
        ("env_file:", ("/srv/x",)),
    ],
)
def test_env_files(written: str, wanted: tuple[str, ...]) -> None:
    assert of(f"services:\n  wiki:\n    {written}\n  other:\n    env_file: other.env\n") == (wanted, ())


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("extends: base", Extended("", "base")),
        ("extends: {service: base}", Extended("", "base")),
        ("extends: {file: ../base.yml, service: base}", Extended("/srv/base.yml", "base")),
    ],
)
def test_extended_files(written: str, wanted: Extended) -> None:
    assert of(f"services:\n  wiki:\n    {written}\n") == ((), (wanted,))


def test_merge_keys_count() -> None:
    text = "x: &x {env_file: a.env}\ny: &y {<<: *x}\nservices:\n  wiki:\n    <<: [*y]\n    image: x\n"
    assert of(text)[0] == ("/srv/x/a.env",)


def test_a_file_without_the_service_names_nothing() -> None:
    assert of("services: {other: {env_file: a}}\n") == of("include: [a.yml]\n") == ((), ())


@pytest.mark.parametrize("path", ["$X", "${X:-a}.env", "~/a.env", "https://example.org/c.yml", "$$${X}"])
def test_what_only_compose_knows_is_refused(path: str) -> None:
    for written in (f"env_file: ['{path}']", f"extends: {{file: '{path}', service: a}}"):
        with pytest.raises(RefusedError, match="before Compose reads it"):
            of(f"services:\n  wiki:\n    {written}\n")
