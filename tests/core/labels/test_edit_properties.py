"""What holds for every compose file: a label is put in and taken out again, and nothing else changes by a byte."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from specter_tui.core.errors import RefusedError
from specter_tui.core.labels import ComposeText, protect, unprotect

VERIFY = "descope-verify@docker"
LABEL = "traefik.http.routers.wiki.middlewares"

comments = st.sampled_from(["", " # é", "  # 'x: \""])
quotes = st.sampled_from(["", "'", '"'])
values = st.lists(st.sampled_from(["a@file", "b", "x$$y@docker"]), min_size=1, max_size=3, unique=True)
separators = st.sampled_from([",", ", ", " ,"])


@st.composite
def labels(draw: st.DrawFn) -> list[tuple[str, str]]:
    names = st.sampled_from(["traefik.enable", "traefik.http.routers.wiki.entrypoints", "org.example.é", "a.b-c"])
    found = dict.fromkeys(draw(st.lists(names, min_size=1, max_size=4, unique=True)), "true")
    if draw(st.booleans()):
        found["traefik.http.routers.wiki.rule"] = "Host(`wiki.example.org`)"
    if draw(st.booleans()):
        found[LABEL] = draw(separators).join(draw(values))
    return draw(st.permutations(list(found.items())))


@st.composite
def compose_files(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """A file as people write it, and the labels that Compose would read from it."""
    found = draw(labels())
    indent = " " * draw(st.integers(1, 4))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    lines = [draw(st.sampled_from(["# head é", "name: x", ""])), "services:" + draw(comments), f"{indent}other:"]
    lines += [f"{indent * 2}image: x", f"{indent}wiki:{draw(comments)}"]
    style = draw(st.sampled_from(["list", "map", "flow list", "flow map"]))
    if style == "list":
        lines.append(f"{indent * 2}labels:")
        gap = " " * draw(st.integers(1, 3))
        for name, value in found:
            quote = draw(quotes)
            lines.append(f"{indent * 2}{indent}-{gap}{quote}{name}={value}{quote}{draw(comments)}")
    elif style == "map":
        lines.append(f"{indent * 2}labels:{draw(comments)}")
        for name, value in found:
            quote = draw(quotes)
            lines.append(f"{indent * 2}{indent}{name}: {quote}{value}{quote}{draw(comments)}")
            lines += draw(st.lists(st.sampled_from([f"{indent * 3}# between", ""]), max_size=1))
    elif style == "flow list":
        items = ", ".join(f'"{name}={value}"' for name, value in found)
        lines.append(f"{indent * 2}labels: [{items}]{draw(comments)}")
    else:
        items = ", ".join(f'"{name}": "{value}"' for name, value in found)
        lines.append(f"{indent * 2}labels: {{{items}}}{draw(comments)}")
    lines += draw(
        st.lists(st.sampled_from([f"{indent * 2}restart: always", f"{indent * 2}# tail", ""]), max_size=2, unique=True)
    )
    text = draw(st.sampled_from(["", "\ufeff"])) + end.join(lines) + draw(st.sampled_from(["", end]))
    return text, {name: value.replace("$$", "$") for name, value in found}


def data(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def labels_in(text: str) -> dict[str, str]:
    found = data(text)["services"]["wiki"]["labels"]
    pairs = found.items() if isinstance(found, dict) else (one.partition("=")[::2] for one in found)
    return {name: str(value).replace("$$", "$") for name, value in pairs}


@given(compose_files())
def test_protect_then_unprotect_gives_the_bytes_back(made: tuple[str, dict[str, str]]) -> None:
    text, effective = made
    edit = protect([ComposeText("x", text)], "wiki", "wiki", VERIFY, effective)
    assert edit is not None
    back = unprotect([ComposeText("x", edit.after)], "wiki", "wiki", VERIFY, labels_in(edit.after))
    assert back is not None
    assert back.after.encode() == text.encode()


@given(compose_files())
def test_only_the_label_differs_and_authentication_is_first(made: tuple[str, dict[str, str]]) -> None:
    text, effective = made
    edit = protect([ComposeText("x", text)], "wiki", "wiki", VERIFY, effective)
    assert edit is not None
    changed = labels_in(edit.after)
    assert changed.pop(LABEL).split(",") == [
        VERIFY,
        *(effective.get(LABEL, "").split(",") if LABEL in effective else []),
    ]
    was = labels_in(text)
    was.pop(LABEL, None)
    assert changed == was
    before, after = data(text), data(edit.after)
    del before["services"]["wiki"]["labels"], after["services"]["wiki"]["labels"]
    assert before == after


@given(compose_files())
def test_a_second_protect_changes_nothing(made: tuple[str, dict[str, str]]) -> None:
    text, effective = made
    edit = protect([ComposeText("x", text)], "wiki", "wiki", VERIFY, effective)
    assert edit is not None
    assert protect([ComposeText("x", edit.after)], "wiki", "wiki", VERIFY, labels_in(edit.after)) is None


@given(st.text() | st.text("services:wiki \n{}[]-&*!|>'\"%#\t,?<@`labels", max_size=80))
def test_any_text_is_edited_or_refused(text: str) -> None:
    for file in (text, f"services:\n  wiki:\n    labels:\n{text}", f"services:\n  wiki: {text}"):
        try:
            edit = protect([ComposeText("x", file)], "wiki", "wiki", VERIFY, {})
        except RefusedError:
            continue
        assert edit is not None
        try:
            assert labels_in(edit.after)[LABEL] == VERIFY
        except (YAMLError, ValueError):
            assert "!" in file or "<<" in file  # constructing asks more of a file than composing it
