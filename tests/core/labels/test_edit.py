"""Protecting by a label: which compose files are edited how, and which are refused for what reason."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from specter_tui.core.errors import RefusedError
from specter_tui.core.labels import ComposeText, Edit, protect, unprotect

VERIFY = "descope-verify@docker"
LABEL = "traefik.http.routers.wiki.middlewares"


def on(text: str, effective: Mapping[str, str] | None = None, *more: str) -> Edit | None:
    files = [ComposeText(f"/srv/{number}.yml", one) for number, one in enumerate((text, *more))]
    return protect(files, "wiki", "wiki", VERIFY, effective or {})


def after(text: str, effective: Mapping[str, str] | None = None) -> str:
    edit = on(text, effective)
    assert edit is not None
    back = unprotect([ComposeText("/srv/0.yml", edit.after)], "wiki", "wiki", VERIFY, {LABEL: plain(edit)})
    assert back is not None
    assert back.after == text
    assert on(edit.after, {LABEL: plain(edit)}) is None
    return edit.after


def plain(edit: Edit) -> str:
    return (edit.value_after or "").replace("$$", "$")


def refusal(text: str, effective: Mapping[str, str] | None = None, *more: str) -> str:
    with pytest.raises(RefusedError) as caught:
        on(text, effective, *more)
    return caught.value.sentence()


LIST = """\
# the wiki
services:
  wiki:
    image: "wiki:1"   # pinned
    labels:
      - traefik.enable=true
      - 'traefik.http.routers.wiki.rule=Host(`wiki.example.org`)'  # its name
      - "traefik.http.services.wiki.loadbalancer.server.port=80"

  other:
    image: other
"""


def test_a_list_gets_an_item_beside_the_routers_other_labels_quoted_as_they_are() -> None:
    wanted = LIST.replace(
        "      - 'traefik.http.routers.wiki.rule",
        f"      - '{LABEL}={VERIFY}'\n      - 'traefik.http.routers.wiki.rule",
    )
    assert after(LIST) == wanted


def test_a_mapping_gets_a_key() -> None:
    text = 'services:\n  wiki:\n    labels:\n      traefik.http.routers.wiki.rule: "Host(`a`)" # x\n'
    wanted = text.replace("traefik.http", f'{LABEL}: "{VERIFY}"\n      traefik.http', 1)
    assert after(text) == wanted


@pytest.mark.parametrize(
    ("written", "changed"),
    [
        (f"- {LABEL}=a@file,b", f"- {LABEL}={VERIFY},a@file,b"),
        (f"-   '{LABEL}=a, b'", f"-   '{LABEL}={VERIFY},a, b'"),
        (f'- "{LABEL}=$$a"', f'- "{LABEL}={VERIFY},$$a"'),
        (f"- {LABEL}=a # why", f"- {LABEL}={VERIFY},a # why"),
    ],
)
def test_an_item_is_changed_in_place_with_authentication_first(written: str, changed: str) -> None:
    text = f"services:\n  wiki:\n    labels:\n    - x=1\n    {written}\n    - y=2\n"
    value = written.partition("=")[2].partition(" #")[0].strip("'\"").replace("$$", "$")
    assert after(text, {LABEL: value}) == text.replace(written, changed)


@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_a_value_of_a_mapping_is_changed_in_place(quote: str) -> None:
    text = f"services:\n  wiki:\n    labels:\n      {LABEL}:   {quote}a@file{quote}\n"
    assert after(text, {LABEL: "a@file"}) == text.replace("a@file", f"{VERIFY},a@file")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("services: {wiki: {labels: {a: b}}}", f'services: {{wiki: {{labels: {{"{LABEL}": "{VERIFY}", a: b}}}}}}'),
        ("services: {wiki: {labels: [a=b]}}", f'services: {{wiki: {{labels: ["{LABEL}={VERIFY}", a=b]}}}}'),
        ("services: {wiki: {image: x}}", f'services: {{wiki: {{"labels": {{"{LABEL}": "{VERIFY}"}}, image: x}}}}'),
        (
            '{"services":\n  {"wiki": {"labels": {\n    "a": "b"\n}}}}\n',
            f'{{"services":\n  {{"wiki": {{"labels": {{\n    "{LABEL}": "{VERIFY}",\n    "a": "b"\n}}}}}}}}\n',
        ),
    ],
)
def test_flow_collections_and_json(text: str, wanted: str) -> None:
    assert after(text) == wanted


def test_a_service_without_labels_gets_them() -> None:
    text = "services:\n  wiki:\n    image: x\n"
    wanted = f"services:\n  wiki:\n    labels:\n      {LABEL}: {VERIFY}\n    image: x\n"
    assert after(text) == wanted


def test_byte_order_mark_and_line_ends_stay() -> None:
    text = "\ufeff" + LIST.replace("\n", "\r\n").replace("the wiki", "das Wiki · é 日本")
    changed = after(text)
    assert changed.startswith("\ufeff")
    assert changed.count("\n") == changed.count("\r\n") == LIST.count("\n") + 1


def test_a_file_without_a_last_line_end() -> None:
    after("services:\n  wiki:\n    labels:\n      - traefik.http.routers.wiki.rule=Host(`a`)")


def test_the_last_file_that_sets_the_label_is_edited() -> None:
    text = f"services:\n  wiki:\n    labels: ['{LABEL}=a']\n"
    edit = on(text, {LABEL: "b"}, text.replace("=a", "=b"), "services:\n  wiki:\n    image: x\n")
    assert edit is not None
    assert (edit.path, edit.value_after) == ("/srv/1.yml", f"{VERIFY},b")


def test_else_the_file_with_the_routers_labels() -> None:
    edit = on("services:\n  wiki:\n    labels: [a=b]\n", {}, LIST, "services:\n  wiki:\n    labels: [c=d]\n")
    assert edit is not None
    assert edit.path == "/srv/1.yml"


def test_anchors_that_do_not_reach_the_labels_are_no_matter() -> None:
    after("x: &x {restart: always}\nservices:\n  wiki:\n    <<: *x\n    labels: {a: b}\n  b:\n    <<: *x\n")


@pytest.mark.parametrize("letter", ["Wiki", "WIKI"])
def test_names_of_labels_are_compared_as_traefik_does(letter: str) -> None:
    name = LABEL.replace("wiki", letter)
    edit = on(f"services:\n  wiki:\n    labels: ['{name}=a']\n", {name: "a"})
    assert edit is not None
    assert edit.value_after == f"{VERIFY},a"


@pytest.mark.parametrize(
    ("text", "effective", "why"),
    [
        ("services:\n  wiki:\n    labels: &l [a=b]\n  b:\n    labels: *l\n", {}, "anchor"),
        ("x: &l [a=b]\nservices:\n  wiki:\n    labels: *l\n", {}, "anchor"),
        ("x: &b {labels: {a: b}}\nservices:\n  wiki:\n    <<: *b\n    image: x\n", {}, "merge key"),
        (f"x: &b {{{LABEL}: a}}\nservices:\n  wiki:\n    labels: {{<<: *b, c: d}}\n", {LABEL: "a"}, "merge key"),
        (f"x: &b a\nservices:\n  wiki:\n    labels: {{{LABEL}: *b}}\n", {LABEL: "a"}, "anchor"),
        (f"services:\n  wiki:\n    labels: {{{LABEL}: &b a}}\n", {LABEL: "a"}, "anchor"),
        ("x: &s\n  wiki: {image: a}\nservices:\n  <<: *s\n", {}, "merge key"),
        ("services:\n  wiki:\n    extends: {service: b}\n  b:\n    image: x\n", {LABEL: "a"}, "extends"),
        ("services:\n  wiki:\n    label_file: x\n", {LABEL: "a"}, "label_file"),
        ("include: [a.yml]\nservices:\n  wiki:\n    image: x\n", {LABEL: "a"}, "an include"),
        ("include: [a.yml]\n", {}, "an include"),
        ("services:\n  b:\n    image: x\n", {}, "no compose file"),
        ("services:\n  wiki:\n    labels: ['traefik.${X}=a']\n", {LABEL: "a"}, "variable"),
        ("services:\n  wiki:\n    labels: !override [a=b]\n", {}, "!override"),
        (f"services:\n  wiki:\n    labels: {{{LABEL}: >-\n      a}}\n", {LABEL: "a"}, "YAML"),
        (f"services:\n  wiki:\n    labels:\n      {LABEL}: >-\n        a\n", {LABEL: "a"}, "several lines"),
        (f'services:\n  wiki:\n    labels:\n      {LABEL}: "\\x61"\n', {LABEL: "a"}, "escapes"),
        (f"services:\n  wiki:\n    labels:\n      {LABEL}:\n", {LABEL: ""}, "no value"),
        (f"services:\n  wiki:\n    labels: ['{LABEL}=a', '{LABEL.upper()}=b']\n", {LABEL: "a"}, "twice"),
        (f"services:\n  wiki:\n    labels: ['{LABEL}=a']\n", {LABEL: "b"}, "another value"),
        (f"services:\n  wiki:\n    labels: ['{LABEL}=a']\n", {LABEL: "a", LABEL.upper(): "b"}, "twice"),
        ("services:\n  wiki:\n    labels: [1, [2]]\n", {}, "not text"),
        ("services:\n  wiki:\n    labels: x\n", {}, "neither a list"),
        ("services:\n  wiki:\n    labels: []\n", {}, "nothing of their own"),
        ("services:\n  wiki:\n\timage: x\n", {}, "no valid YAML: line 3"),
        ("services:\n  wiki: {image: a}\n  wiki: {image: b}\n", {}, "twice (line 3)"),
        ("services:\n  wiki:\n    labels:\n      -\ta=b\n", {}, "line 4: found character '\\t'"),
        ("a: b\n---\nservices: {}\n", {}, "no valid YAML"),
        ("- a\n", {}, "no services"),
        ("", {}, "no services"),
        ("services: [wiki]\n", {}, "no compose file"),
        ("services: \x00\n", {}, "no valid YAML"),
        pytest.param("[" * 3000, {}, "no valid YAML", id="deep"),
    ],
)
def test_what_can_not_be_edited_safely_is_refused_with_the_reason(
    text: str, effective: Mapping[str, str], why: str
) -> None:
    assert why in refusal(text, effective)


@pytest.mark.parametrize("name", ["", "x", "a,b@docker", "a b@file", "'a@file", "a: b@file", "${A}@file", "@file"])
def test_a_middleware_whose_name_would_mean_something_else_is_refused(name: str) -> None:
    with pytest.raises(RefusedError, match=r"protection\.middleware"):
        protect([ComposeText("x", LIST)], "wiki", "wiki", name, {})


@pytest.mark.parametrize("router", ["a b", "a: b", "a'b", 'a"b', "a#b", "{{x}}", "[red]", "é", "-a", "$x"])
@pytest.mark.parametrize("text", [LIST, "services:\n  wiki:\n    labels: {a: b}\n", "services:\n  wiki: {image: x}\n"])
def test_router_names_with_the_syntax_of_something_else(router: str, text: str) -> None:
    edit = protect([ComposeText("x", text)], "wiki", router, VERIFY, {})
    assert edit is not None
    assert edit.label == f"traefik.http.routers.{router}.middlewares"
    back = unprotect([ComposeText("x", edit.after)], "wiki", router, VERIFY, {edit.label: VERIFY})
    assert back is not None
    assert back.after == text


def test_unprotect_takes_our_middleware_alone() -> None:
    text = f"services:\n  wiki:\n    labels:\n      - {LABEL}=a, {VERIFY} ,b\n"
    edit = unprotect([ComposeText("x", text)], "wiki", "wiki", VERIFY, {LABEL: f"a, {VERIFY} ,b"})
    assert edit is not None
    assert edit.after == text.replace(f" {VERIFY} ,", "")


def test_unprotect_refuses_what_a_variable_brings_in() -> None:
    text = f"services:\n  wiki:\n    labels:\n      - {LABEL}=${{MW}},b\n"
    with pytest.raises(RefusedError, match="variable"):
        unprotect([ComposeText("x", text)], "wiki", "wiki", VERIFY, {LABEL: f"{VERIFY},b"})


def test_unprotect_keeps_a_comment_before_the_only_label() -> None:
    text = f"services:\n  wiki:\n    image: x\n    labels:\n      # why\n      - {LABEL}={VERIFY}\n"
    with pytest.raises(RefusedError, match="comment"):
        unprotect([ComposeText("x", text)], "wiki", "wiki", VERIFY, {LABEL: VERIFY})


def test_ten_thousand_lines() -> None:
    lines = "".join(f"  s{number}:\n    image: x\n    labels:\n      - a=b\n" for number in range(2500))
    after(lines.join(["services:\n", LIST.partition("services:\n")[2]]))
