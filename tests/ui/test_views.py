"""The views of all kinds: what each shows, and the ways between them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from specter_tui.core.findings.model import Severity, Subject, SubjectKind
from specter_tui.core.model import ConfigStatus
from specter_tui.core.snapshot import Snapshot, SourceStatus
from specter_tui.ui.screens.item_pages import ItemPage
from specter_tui.ui.screens.related import RelatedPage
from specter_tui.ui.views.catalog import VIEWS
from tests.builders import (
    a_certificate_status,
    a_chain_link,
    a_container,
    a_finding,
    a_host,
    a_middleware,
    a_port,
    a_protection,
    a_route,
    a_router,
    a_server,
    a_service,
    a_snapshot,
    a_source,
    all_sources,
)
from tests.ui.driver import NARROW, WIDE, running
from tests.ui.fakes import assert_shows, screen_lines, screen_text
from tests.ui.worlds import world

HOSTILE = "[/x][@click=app.quit]\x1b]0;owned\x07\u202eevil"
TABLES = {"2": "routes", "3": "hosts", "4": "containers", "5": "certificates", "7": "middlewares", "8": "doctor"}


@pytest.mark.parametrize(("digit", "kind"), TABLES.items())
async def test_digits_choose_views(digit: str, kind: str) -> None:
    async with running() as one:
        await one.press("2" if digit != "2" else "3", digit)
        assert one.view.kind == kind
        assert one.table.has_focus
        assert f"▌{digit} " in screen_lines(one.app)[1]


async def test_services_come_by_their_name() -> None:
    async with running() as one:
        await one.press(":", *"Services")
        await one.until(lambda: "servers and their health" in screen_text(one.app))
        await one.press("enter")
        await one.until(lambda: one.view.kind == "services")


async def test_a_view_of_a_source_that_is_off_says_so() -> None:
    async with running() as one:
        await one.press("6")
        assert_shows(one.app, "Cloudflare is not read, so no record can be shown")


async def test_a_click_in_the_tab_line_shows_the_view() -> None:
    async with running() as one:
        await one.pilot.click("#tabs", offset=(screen_lines(one.app)[1].index("4"), 0))
        await one.until(lambda: one.view.kind == "containers")


async def test_hidden_views_keep_their_place_and_catch_up() -> None:
    async with running() as one:
        await one.press("2", "/", *"example", "enter", "G")
        cursor = one.cursor
        await one.press("3")
        await one.give(a_snapshot(a_route("wiki@docker"), a_route("zoo@docker")))
        await one.press("2")
        assert_shows(one.app, "2 of 2 routes", "zoo.example.org")
        assert one.cursor == cursor == "wiki@docker"


async def test_only_the_view_that_is_shown_gets_the_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running() as one:
        await one.press("2", "3")
        asked: list[str] = []
        routes = one.app.query_one("#routes")
        monkeypatch.setattr(routes, "take", lambda *_: asked.append("routes"))
        await one.give(world())
        assert asked == []
        await one.press("2")
        assert asked == ["routes"]


# Ways between them


async def test_related_goes_to_the_container_and_back() -> None:
    async with running() as one:
        await one.show("services")
        await one.press(*"jjjj", "u")
        assert one.view.kind == "routes", "the only thing that hangs on it"
        assert one.cursor == "legacy@file"
        await one.press("[")
        assert (one.view.kind, one.cursor) == ("services", "legacy@file")
        await one.press("]")
        assert (one.view.kind, one.cursor) == ("routes", "legacy@file")


async def test_several_related_things_are_asked_for() -> None:
    async with running() as one:
        await one.show("routes")
        await one.press("G", "k", "u")
        assert isinstance(one.app.screen, RelatedPage)
        assert_shows(one.app, "host", "middleware", "service", "container", "certificate", "wiki.example.org")
        await one.press("G", "k", "enter")
        assert (one.view.kind, one.cursor) == ("containers", "wiki-id")
        await one.press("escape")
        assert (one.view.kind, one.cursor) == ("routes", "wiki@docker")


async def test_a_click_chooses_and_esc_stays() -> None:
    async with running() as one:
        await one.show("routes")
        await one.press("u", "escape")
        assert one.table.has_focus
        await one.press("u")
        for _ in range(2):
            await one.pilot.click("#related-table", offset=(5, 2))
        await one.until(lambda: one.view.kind != "routes")


async def test_a_filter_that_hides_the_row_goes() -> None:
    async with running() as one:
        await one.show("hosts")
        await one.press("/", *"auth", "enter")
        await one.show("routes")
        await one.app.visit("hosts", "wiki.example.org")
        assert one.cursor == "wiki.example.org"
        await one.press("[", "[")
        assert one.view.place.filter == "auth"


async def test_a_thing_that_is_gone_is_a_sentence() -> None:
    async with running() as one:
        await one.app.visit("routes", "gone@docker")
        await one.pilot.pause()
        assert_shows(one.app, "gone@docker is not there any more")


async def test_nothing_related_is_a_sentence() -> None:
    findings = (a_finding(subject=Subject(SubjectKind.SOURCE, "docker")),)
    async with running(a_snapshot(a_route(), findings=findings)) as one:
        await one.press("8", "u")
        assert_shows(one.app, "nothing else hangs on this")


@pytest.mark.parametrize(
    ("kind", "id", "shown", "key"),
    [
        (SubjectKind.ROUTE, "app1@docker", "routes", "app1@docker"),
        (SubjectKind.HOST, "app1.example.org", "hosts", "app1.example.org"),
        (SubjectKind.SERVICE, "app1@docker", "services", "app1@docker"),
        (SubjectKind.MIDDLEWARE, "descope-verify@docker", "middlewares", "descope-verify@docker"),
        (SubjectKind.CONTAINER, "app1", "containers", "app1-id"),
        (SubjectKind.CERTIFICATE, "*.example.org", "certificates", a_certificate_status().key),
    ],
)
async def test_from_a_finding_to_what_it_is_about(kind: SubjectKind, id: str, shown: str, key: str) -> None:  # noqa: A002  a subject's own word
    snapshot = a_snapshot(
        a_route(),
        hosts=(a_host(),),
        services=(a_service(),),
        middlewares=(a_middleware(),),
        certificates=(a_certificate_status(),),
        findings=(a_finding(subject=Subject(kind, id)),),
    )
    async with running(snapshot) as one:
        await one.press("8", "u")
        assert (one.view.kind, one.cursor) == (shown, key)


async def test_a_digit_on_a_page_leaves_it() -> None:
    async with running() as one:
        await one.show("routes")
        await one.press("d")
        assert isinstance(one.app.screen, ItemPage)
        await one.press("4")
        assert one.view.kind == "containers"
        assert one.table.has_focus


async def test_history_ends_with_a_sentence() -> None:
    async with running() as one:
        await one.press("[", "[")
        assert_shows(one.app, "nothing before this")
        await one.press("]", "]")
        assert_shows(one.app, "nothing after this")


# Old and hostile


@pytest.mark.parametrize("kind", [spec.kind for spec in VIEWS if spec.make is not None and spec.kind != "logs"])
@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_hostile_strings_are_text_in_every_view(kind: str, size: tuple[int, int]) -> None:
    async with running(hostile(), size=size) as one:
        await one.show(kind)
        for keys in ((), ("d",), ("escape", "y"), ("escape", "u"), ("escape",)):
            await one.press(*keys)
            assert not {"\x1b", "\x07", "\u202e"} & set(screen_text(one.app))
        assert_shows(one.app, "[/x][@click=app.quit]\\x1b")
        for y in range(3, 10):
            await one.pilot.click(offset=(10, y))
        assert one.app.return_code is None, "a click on it is no action"


def hostile() -> Snapshot:
    name = f"{HOSTILE}@docker"
    route = a_route(
        name,
        router=a_router(name, rule=f"Host(`{HOSTILE}`)" + "x" * 100_000, entry_points=(HOSTILE,), errors=(HOSTILE,)),
        hosts=(HOSTILE,),
        chain=(a_chain_link(name, type=HOSTILE, via=(name,)),),
        containers=(HOSTILE,),
        rule_error=HOSTILE,
        health_reason=HOSTILE,
        protection=a_protection(by=(HOSTILE,), reasons=(HOSTILE,)),
        certificate=a_certificate_status(HOSTILE),
    )
    container = a_container(
        HOSTILE, id=HOSTILE, image=HOSTILE, status=HOSTILE, state=HOSTILE, published=(a_port(1, HOSTILE),)
    )
    return a_snapshot(
        route,
        context=HOSTILE,
        sources=all_sources(docker=a_source(SourceStatus.STALE, error=HOSTILE)),
        hosts=(a_host(HOSTILE, routes=(name,), weakest=name, protection=route.protection),),
        containers=(container,),
        middlewares=(a_middleware(name, type=HOSTILE, address=HOSTILE, errors=(HOSTILE,), options=HOSTILE),),
        services=(a_service(name, type=HOSTILE, servers=(a_server(HOSTILE),), errors=(HOSTILE,)),),
        certificates=(a_certificate_status(HOSTILE, used_by=(name,)),),
        findings=(a_finding(title=HOSTILE, subject=Subject(SubjectKind.HOST, HOSTILE), evidence=(HOSTILE,)),),
    )


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("hosts", "Traefik's API is not readable"),
        ("containers", "Docker is not read, so no container can be shown."),
        ("certificates", "acme.json is not read, so no certificate can be shown."),
        ("middlewares", "Traefik is not read, so no middleware can be shown."),
        ("services", "Traefik is not read, so no service can be shown."),
        ("doctor", "not everything is known right now"),
    ],
)
async def test_an_empty_view_says_why(kind: str, sentence: str) -> None:
    failed = a_source(SourceStatus.FAILED, error="it is away; start it")
    sources = all_sources(traefik=failed, docker=failed, acme=failed)
    async with running(a_snapshot(sources=sources, containers=())) as one:
        await one.show(kind)
        await one.until(lambda: sentence in screen_text(one.app))
        if kind != "doctor":
            assert_shows(one.app, "it is away; start it")


async def test_a_doctor_without_findings_is_fine_only_where_all_was_read() -> None:
    async with running(a_snapshot(a_route())) as one:
        await one.show("doctor")
        assert_shows(one.app, "● nothing needs you", "not read, so not judged: cloudflare")


async def test_old_sources_dim_their_views(monkeypatch: pytest.MonkeyPatch) -> None:
    stale = a_source(SourceStatus.STALE)
    dimmed: dict[str, frozenset[str]] = {}
    async with running(replace(world(), sources=all_sources(docker=stale))) as one:
        for kind in ("routes", "containers"):
            await one.show(kind)
            dimmed[kind] = one.table._dimmed
    assert dimmed == {"routes": frozenset(), "containers": frozenset({"state", *_columns("containers")})}


def _columns(_kind: str) -> set[str]:
    return {"name", "health", "status", "ports", "networks", "serves", "image"}


async def test_a_middleware_shows_its_chain_drawn() -> None:
    async with running(size=WIDE) as one:
        await one.show("middlewares")
        await one.press("G")
        assert_shows(one.app, "▼ secure-headers@file  headers", "▼ gone@file  ✖ does not exist")


async def test_a_route_shows_its_chain_drawn_and_its_rule_in_words() -> None:
    link = a_chain_link("auth@file", status=ConfigStatus.DISABLED, via=("web@file",))
    async with running(a_snapshot(a_route(chain=(a_chain_link(), link))), size=WIDE) as one:
        await one.show("routes")
        assert_shows(one.app, "Requests for app1.example.org", "▼ descope-verify@docker  forwardauth")
        assert_shows(one.app, "▼ auth@file  ✖ is disabled  in web@file", "▼ app1@docker  loadbalancer")


async def test_severities_come_in_their_order() -> None:
    found = [a_finding(severity=severity, title=f"about {severity}") for severity in reversed((*Severity,))]
    async with running(a_snapshot(a_route(), findings=tuple(found))) as one:
        await one.show("doctor")
        titles = [item.severity for item in one.table.items]
    assert titles == [Severity.ERROR, Severity.WARNING, Severity.UNKNOWN, Severity.INFO]


async def test_rows_of_one_key_are_all_shown() -> None:
    twice = (a_certificate_status("one.example.org"), a_certificate_status("one.example.org"))
    async with running(a_snapshot(certificates=twice), view="certificates") as one:
        await one.give(a_snapshot(a_route(), certificates=twice))
        await one.press("j", "k", "S")
        assert len(one.table.items) == len(twice)
