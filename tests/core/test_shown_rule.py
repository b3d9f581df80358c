"""A secret that stands in a rule is shown nowhere, and still decides which requests the rule takes."""

from __future__ import annotations

import json
from dataclasses import replace

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from specter_tui.core.explain import explain
from specter_tui.core.export import doctor_document, explain_document, hosts_document, status_document
from specter_tui.core.findings.checks import run_checks
from specter_tui.core.model import Router
from specter_tui.core.probing import plan_probes
from specter_tui.core.routing import shown_rule_of
from specter_tui.core.secrets import Secret, mask_labels, mask_text
from specter_tui.core.shown_rule import shown_rule
from specter_tui.core.snapshot import Snapshot
from specter_tui.sources.docker_decode import decode_detail
from specter_tui.sources.traefik.routing import decode_routing
from specter_tui.ui.present.rule_words import rule_words
from tests.core.joining import SETTINGS, joined, route_of

WORD = "hunter2"
KEY = f"Host(`app1.example.com`) && Header(`X-Api-Key`, `{WORD}`)"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (KEY, "Host(`app1.example.com`) && Header(`X-Api-Key`, `***`)"),
        ("HeaderRegexp(`authorization`,`^Bearer (hunter2|b)$`)", "HeaderRegexp(`authorization`,`***`)"),
        ('HEADER("X-Auth-Token", "hun\\"hunter2")', 'HEADER("X-Auth-Token", "***")'),
        ("Headers(`Accept`,`b`,`Cookie`,`hunter2`)", "Headers(`Accept`,`b`,`Cookie`,`***`)"),
        ("Query(`token=hunter2`)", "Query(`token=***`)"),
        ("Query(`a=b`,`api_key=hunter2`)", "Query(`a=b`,`api_key=***`)"),
        ("Query(`key`,`hunter2`) || QueryRegexp(`sig`, `hunter2`)", "Query(`key`,`***`) || QueryRegexp(`sig`, `***`)"),
        ("!Header(`X-Session`,\n`x)hunter2`)", "!Header(`X-Session`,\n`***`)"),
        ("Header(`X-Api-Key`, `hunter2`", "Header(`X-Api-Key`, `***`"),  # not a rule, and still no secret
        # What can't be masked for certain is not shown at all.
        ("Header(/* x */`X-Api-Key`, `hunter2`)", "***"),
        ("Header /* x */ (`X-Api-Key`, `hunter2`", "***"),
        ('Header("X-Ap\\u0069-Ke\\u0079", "hunter2")', "***"),
        ("Header(`token`,`a`) || Header(`token`/**/,`hunter2`", "***"),
    ],
)
def test_secrets_in_rules_are_masked(text: str, shown: str) -> None:
    assert shown_rule(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Host(`token.example.com`) && PathPrefix(`/auth`)",
        "Header(`Accept`, `text/html`) && Query(`page`, `1`) && Header(`X-Requested-With`, `auth`)",
        "QueryRegexp(`page`)",
        "Header(`",
    ],
)
def test_rules_without_a_secret_stay_as_they_are(text: str) -> None:
    assert shown_rule(text) == text


@example("key", "\0", "Header(/**/{},{})")
@example("key", "\0", "Header\n({},{})")
@given(
    st.sampled_from(["X-Api-Key", "Authorization", "x-auth-token", "Cookie", "key", "client_secret"]),
    st.text(st.characters(exclude_characters="`\r", exclude_categories=["Cs"]), min_size=1, max_size=20),
    st.sampled_from(
        ["Header({},{})", "headerregexp( {} , {} )", "Query({},{})", "Header(/**/{},{})", "QUERYREGEXP({},{}"]
    ),
)
def test_whatever_the_secret_it_is_not_shown(name: str, value: str, call: str) -> None:
    secret = f"hunter{value}2"
    assert secret not in shown_rule(f"Host(`a`) && {call.format(f'`{name}`', f'`{secret}`')}")


def test_labels_and_traefiks_own_errors_show_none_either() -> None:
    labels = mask_labels({"traefik.http.routers.a.rule": KEY, "traefik.http.routers.b.rule": "Host(`b`)"})
    assert WORD not in str(labels)
    assert labels["traefik.http.routers.b.rule"] == "Host(`b`)"
    assert WORD not in mask_text(f"error while parsing rule {KEY}: no")
    odd = {"traefik.http.routers.a.rule": f"Header(/**/`X-Api-Key`, `{WORD}`)"}
    assert WORD not in repr(decode_detail({"Id": "a", "Name": "/a", "Config": {"Labels": odd}}))


def snapshot_of(rule: str) -> Snapshot:
    document = {"routers": {"app1@docker": {"rule": rule, "service": "app1", "using": ["websecure"], "tls": {}}}}
    read = decode_routing(msgspec.json.decode(json.dumps(document), type=dict[str, msgspec.Raw]))
    return joined(*read.routers)


def test_the_true_rule_decides_and_is_shown_nowhere() -> None:
    snapshot = snapshot_of(KEY)
    route = route_of(snapshot)
    assert route.router.true_rule == KEY
    assert route.priority == len(KEY)
    right = explain(snapshot, "https://app1.example.com/", headers=(("X-Api-Key", WORD),))
    wrong = explain(snapshot, "https://app1.example.com/", headers=(("X-Api-Key", "***"),))
    assert (right.winner, wrong.winner) == ("app1@docker", "")
    assert "Header(`X-Api-Key`,`***`) does not match" in wrong.candidates[0].reason
    documents = [
        status_document(snapshot, snapshot.routes),
        hosts_document(snapshot, snapshot.hosts),
        doctor_document(replace(snapshot, findings=run_checks(snapshot))),
        explain_document(snapshot, wrong),
    ]
    shown = shown_rule_of(route.router, "3.7.15", "")
    assert shown is not None
    told = json.dumps(documents) + repr(snapshot) + rule_words(shown)
    assert WORD not in told
    assert documents[0]["routes"][0]["rule"] == "Host(`app1.example.com`) && Header(`X-Api-Key`, `***`)"


def test_a_rule_that_is_not_understood_tells_only_where() -> None:
    route = route_of(snapshot_of(f"Host(`a.org`) && HeaderRegexp(`X-Api-Key`, `{WORD}[`)"))
    assert route.rule_error == "not understood at position 17; it holds a secret, so no more is said"
    assert WORD not in repr(route)


def test_no_probe_carries_a_secret() -> None:
    """Whoever has it is no stranger, so an answer to it proves nothing."""
    settings = replace(SETTINGS, probe=replace(SETTINGS.probe, addresses={"websecure": "127.0.0.1:443"}))
    for asked in (f"Header(`X-Api-Key`, `{WORD}`)", f"Query(`token`, `{WORD}`)"):
        assert plan_probes(snapshot_of(f"Host(`app1.example.com`) && {asked}"), settings) == ()
    assert len(plan_probes(snapshot_of("Host(`app1.example.com`) && Header(`X-Tenant`, `a`)"), settings)) == 1


def test_routers_that_differ_in_a_secret_are_different() -> None:
    one = Router("a@docker", snapshot_of(KEY).routes[0].protocol, "docker", "x", "s", secret_rule=Secret("a"))
    assert one != msgspec.structs.replace(one, secret_rule=Secret("b"))
