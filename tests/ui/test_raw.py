"""The raw thing as JSON and as YAML."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from specter_tui.ui.present.base import plain
from specter_tui.ui.present.raw import as_yaml, raw_json
from specter_tui.ui.screens.item_pages import RawPage
from tests.builders import a_container
from tests.ui.driver import running
from tests.ui.fakes import assert_shows


def _read(text: str, version: str) -> object:
    yaml = YAML(typ="safe", pure=True)
    yaml.version = version
    return yaml.load(text)


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@given(st.dictionaries(_TEXT, _TEXT | st.integers() | st.booleans() | st.none() | st.lists(_TEXT)))
def test_yaml_says_what_the_json_says(version: str, thing: dict[str, object]) -> None:
    document = raw_json(thing=thing)
    text = as_yaml(document)
    assert text.isascii()
    assert _read(text, version) == json.loads(document)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize(
    "hostile",
    ["yes", "NO", "~", "null", "1e3", "0o17", "12:30:45", "*a", "&a b", "!!python/object:os.system", "- a", "a: b", "#",
     "<<", "=", "---", "...", "%TAG", "\x1b[31m", "\u202e", "a\n--- b", "[red]x[/red]", "2026-11-23", ""],
)  # fmt: skip
def test_what_looks_like_something_else_stays_a_text(hostile: str, version: str) -> None:
    text = as_yaml(raw_json(label=hostile))
    assert _read(text, version) == {"label": hostile}
    assert len(text.splitlines()) == 1
    assert "\x1b" not in text


def test_members_keep_their_order_and_masks_stay() -> None:
    one = a_container(labels=(("z", "***"), ("a", "1")))
    text = as_yaml(raw_json(container=one, routes=["b", "a"]))
    assert text.index("container:") < text.index("id:") < text.index("image:") < text.index("routes:")
    assert "- z\n" in text
    assert '"***"' in text


async def test_the_key_changes_between_json_and_yaml_and_copies_what_is_shown() -> None:
    async with running() as one:
        await one.press("y")
        assert isinstance(one.app.screen, RawPage)
        assert_shows(one.app, '"route": {')
        await one.press("y")
        assert_shows(one.app, "route:")
        assert not any('"route"' in plain(line) for line in one.app.screen.lines())
        await one.press("y")
        assert_shows(one.app, '"route": {')
