"""The overlay's text: whatever stands in rules and names, it is plain YAML, no template, and reads back the same."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from specter_tui.core.errors import RefusedError
from specter_tui.core.overlay import Entry, Tls, parse, render
from specter_tui.core.overlay.document import quoted

AUTH = json.dumps({"address": "http://descope-auth:3000/verify", "authResponseHeaders": ["X-Auth-User", "Cookie"]})
ENTRY = Entry(
    "specter-app1-docker-0123456789ab", "Host(`app1.example.org`)", 25, ("websecure",), "app1-apps@docker", AUTH
)
HOSTILE = "{{ .x }}\": 'y' # [red]\x1b[31m\u2028\u202e\x85\x7f\ufeff\U0001f600 - &a *b !c %d @e `f` \\u0041 \t\r\n{{{"

texts = st.text(st.characters(exclude_categories=["Cs"])) | st.text(
    "{}'\":#-&*!|>%@`\\ \n\t[],?$\u2028\x85é😀", max_size=30
)


def test_the_file_as_it_is_written() -> None:
    entry = Entry(
        "specter-a",
        "Host(`a.example.org`)",
        26,
        ("web", "websecure"),
        "a@docker",
        AUTH,
        middlewares=("gzip@file",),
        rule_syntax="v2",
        tls=Tls("strict@file", "le", (("example.org", ("*.example.org",)),)),
    )
    assert render([entry]).splitlines()[2:] == [
        "http:",
        "  middlewares:",
        f"    {entry.chain[0].removesuffix('@file')}:",
        "      forwardAuth:",
        '        address: "http://descope-auth:3000/verify"',
        "        authResponseHeaders:",
        '          - "X-Auth-User"',
        '          - "Cookie"',
        "  routers:",
        "    specter-a:",
        '      rule: "Host(`a.example.org`)"',
        '      ruleSyntax: "v2"',
        "      priority: 26",
        "      entryPoints:",
        '        - "web"',
        '        - "websecure"',
        '      service: "a@docker"',
        "      middlewares:",
        f'        - "{entry.chain[0].removesuffix("@file")}"',
        '        - "gzip@file"',
        "      tls:",
        '        options: "strict@file"',
        '        certResolver: "le"',
        "        domains:",
        '          - main: "example.org"',
        "            sans:",
        '              - "*.example.org"',
    ]


def test_tls_without_anything_of_its_own_is_still_tls() -> None:
    assert "      tls: {}\n" in render([Entry("specter-a", "r", 1, ("w",), "s@docker", AUTH, tls=Tls())])


@given(texts)
def test_any_text_is_one_scalar_and_no_template(text: str) -> None:
    written = quoted(text)
    assert written.isascii()
    assert written.isprintable()
    assert "{{" not in written
    assert YAML(typ="safe", pure=True).load(f"x: {written}") == {"x": text}


@given(st.lists(st.tuples(texts, texts, texts, texts), min_size=1, max_size=3, unique_by=lambda one: one[0]))
def test_what_is_written_is_read_back(found: list[tuple[str, str, str, str]]) -> None:
    entries = tuple(
        sorted(
            (
                Entry(name, rule, 7, (point,), service, AUTH, (rule,), tls=Tls(service, point, ((rule, (name,)),)))
                for name, rule, point, service in found
            ),
            key=lambda one: one.name,
        )
    )
    text = render(entries)
    assert "{{" not in text
    assert parse(text) == entries
    assert render(parse(text)) == text


def test_hostile_text_reads_back() -> None:
    entry = Entry("specter-a", HOSTILE, 1, (HOSTILE,), HOSTILE, AUTH, (HOSTILE,))
    assert parse(render([entry])) == (entry,)


def test_half_a_character_is_refused() -> None:
    with pytest.raises(RefusedError, match="half a character"):
        quoted("a\ud800")


def test_another_definition_never_takes_the_place_of_one() -> None:
    other = Entry("specter-b", "r", 1, ("w",), "s@docker", json.dumps({"address": "http://other/verify"}))
    text = render([ENTRY, other])
    assert text.count("forwardAuth:") == 2
    assert ENTRY.chain != other.chain
    assert {one.auth for one in parse(text)} == {AUTH, other.auth}


def test_nothing_is_no_file() -> None:
    assert render([]) == ""
    assert parse("") == ()


@pytest.mark.parametrize(
    "text",
    [
        "http: {}\n",
        "{",
        "- a\n",
        "x",
        "http: {middlewares: {}, routers: {a: {middlewares: []}}}\n",
        "http: {middlewares: {a: {forwardAuth: {address: x}}}, routers: {a: {middlewares: [b]}}}\n",
        render([ENTRY]) + "# a note\n",
        render([ENTRY]).replace("priority: 25", "priority: 1"[:-1] + "025"),
        render([ENTRY]).replace("3000", "3001"),
        "http: &a [*a]\n",
        pytest.param("[" * 3000, id="deep"),
    ],
)
def test_what_this_program_did_not_write_is_nobody_s_to_change(text: str) -> None:
    with pytest.raises(RefusedError, match=r"by hand|not as this program writes it"):
        parse(text)


@given(texts)
def test_any_file_is_refused_or_its_own(text: str) -> None:
    try:
        found = parse(text)
    except RefusedError:
        return
    assert render(found) == text
