from __future__ import annotations

import asyncio
import gc
import threading
import traceback
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from specter_tui.core.errors import ConfigError
from tests.sources.traefik_answers import RAW_DATA, VERSION, Served, answers, api, failure

THREE = ["/api/entrypoints", "/api/rawdata", "/api/version"]
WORD = "hunter2hunter2"


async def test_one_read_joins_all_answers() -> None:
    served = Served(answers())
    source = api(served)
    read = await source.read()
    assert (read.version, read.started_at) == ("3.7.15", VERSION["startDate"])
    assert [one.name for one in read.entry_points] == ["web", "websecure"]
    assert [one.name for one in read.routers] == ["app@docker"]
    assert read.providers == ("Docker", "File", "HTTP", "plugin-x")
    assert (read.resolvers, read.certificates_duration, read.default_rule_syntax) == (("le", "ts"), 1080, "v2")
    assert read.resolver_durations == (("le", 1080),)
    assert read.problems == ()
    await source.close()


async def test_an_unchanged_traefik_costs_three_requests_and_gives_the_same_object() -> None:
    served = Served(answers())
    source = api(served)
    first = await source.read()
    assert served.paths == sorted([*THREE, "/api/support-dump"])
    assert await source.read() is first
    assert served.paths == THREE


async def test_what_did_not_change_stays_the_same_object() -> None:
    served = Served(answers())
    source = api(served)
    first = await source.read()
    served.answers |= answers(rawdata=RAW_DATA | {"routers": {}})
    second = await source.read()
    assert second.routers == ()
    assert second.entry_points is first.entry_points


@pytest.mark.parametrize("version", ["2.11.53", "3.0.4", "3.2.9"])
async def test_before_3_3_the_overview_is_asked(version: str) -> None:
    served = Served(answers(version=VERSION | {"Version": version}))
    source = api(served)
    assert (await source.read()).providers == ("Docker", "File")
    assert served.paths == sorted([*THREE, "/api/overview"])
    await source.read()
    assert served.paths == THREE


async def test_a_dump_that_is_refused_gives_its_turn_to_the_overview() -> None:
    served = Served(answers(support_dump=httpx.Response(404, text="404 page not found\n")))
    source = api(served)
    assert (await source.read()).providers == ()
    assert served.paths == sorted([*THREE, "/api/support-dump"])
    assert (await source.read()).providers == ("Docker", "File")
    assert served.paths == sorted([*THREE, "/api/overview"])
    await source.read()
    assert served.paths == THREE


async def test_after_a_restart_of_traefik_it_is_asked_again() -> None:
    served = Served(answers())
    source = api(served)
    await source.read()
    served.answers |= answers(version=VERSION | {"startDate": "later"}, support_dump=httpx.Response(500))
    served.requests.clear()
    again = await source.read()
    assert served.paths == sorted([*THREE, "/api/support-dump"])
    # What the old run was configured with is not known of the new one.
    assert (again.started_at, again.providers, again.resolvers) == ("later", (), ())


async def test_a_fourth_answer_that_never_comes_does_not_spoil_the_read() -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("gone", request=request)

    source = api(Served(answers(support_dump=broken)))
    assert (await source.read()).routers


@pytest.mark.parametrize("path", ["version", "entrypoints", "rawdata"])
@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (httpx.Response(200, text="<!DOCTYPE html><p>sign in"), "a web page instead of JSON"),
        (httpx.Response(200, text="  "), "nothing instead of JSON"),
        (httpx.Response(200, text='{"routers": {"a'), "a cut or garbled text instead of JSON"),
        (httpx.Response(200, text="hello"), "some text instead of JSON"),
        (httpx.Response(200, content=b"\xff\xfe{"), "instead of JSON"),
        (httpx.Response(200, text="[" * 100_000), "instead of JSON"),
        (httpx.Response(200, text='"text"'), "JSON that is not"),
        (httpx.Response(200, text="null"), "JSON that is not"),
        (httpx.Response(200, headers={"Content-Encoding": "gzip"}), "compressed although not asked to"),
        (httpx.Response(500, text="oops"), "with status 500"),
        (httpx.Response(404, text="404 page not found\n"), "(404)"),
        (httpx.Response(204), "with status 204"),
        (httpx.RemoteProtocolError("peer closed connection without sending complete message body"), "broke off"),
        (httpx.ReadError("reset"), "broke off"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
async def test_answers_that_are_none(path: str, answer: Any, wanted: str) -> None:
    error = await failure(api(Served(answers(**{path: answer}))))
    assert wanted in error.message
    assert "http://traefik.test:8080" in error.message


async def test_the_collector_of_garbage_runs_again_after_a_good_and_a_bad_answer() -> None:
    await api(Served(answers())).read()
    assert gc.isenabled()
    await failure(api(Served(answers(rawdata=httpx.Response(200, text="{")))))
    assert gc.isenabled()


async def test_404_names_what_to_enable() -> None:
    error = await failure(api(Served({})))
    assert "enable the API" in error.remedy
    assert "without /api" in error.remedy


@pytest.mark.parametrize("status", [401, 403])
async def test_authentication(status: int, tmp_path: Path) -> None:
    served = Served(answers(rawdata=httpx.Response(status)))
    error = await failure(api(served))
    assert "asks for authentication" in error.message
    assert "traefik.username and traefik.password_file" in error.remedy
    (tmp_path / "password").write_text(WORD)
    error = await failure(api(served, username="ops", password_file=str(tmp_path / "password")))
    assert "refuses the user name and password" in error.message


async def test_user_name_and_password_are_sent(tmp_path: Path) -> None:
    served = Served(answers())
    (tmp_path / "password").write_bytes(f" {WORD}é \r\n".encode())
    await api(served, username="ops", password_file=str(tmp_path / "password")).read()
    wanted = httpx.BasicAuth("ops", f" {WORD}é ")._auth_header
    assert {one.headers["Authorization"] for one in served.requests} == {wanted}


async def test_credentials_in_the_address_are_sent_but_stand_in_no_url(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    served = Served(answers())
    await api(served, api_url=f"http://ops:{WORD}@traefik.test").read()
    assert {one.headers["Authorization"] for one in served.requests} == {httpx.BasicAuth("ops", WORD)._auth_header}
    assert WORD not in caplog.text + str([one.url for one in served.requests])


async def test_a_redirect_is_not_followed_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    location = f"https://u:{WORD}@auth.example.org/?redirect={WORD}"
    served = Served(answers(rawdata=httpx.Response(307, headers={"Location": location})))
    error = await failure(api(served))
    assert "redirects /api/rawdata to https://***@auth.example.org/" in error.message
    assert "behind a sign-in" in error.message
    assert WORD not in error.sentence()
    assert {one.url.host for one in served.requests} == {"traefik.test"}


async def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * (1 << 20)

    error = await failure(api(Served(answers(version=lambda _: httpx.Response(200, content=endless())))))
    assert "/api/version with more than 16 MiB" in error.message


async def test_slow() -> None:
    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    error = await failure(api(httpx.MockTransport(slow), deadline=0.05))
    assert error.message == "Traefik's API at http://traefik.test:8080 did not answer within 0.05 s"


async def test_slow_in_the_middle_of_a_body() -> None:
    async def drip() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    source = api(Served(answers(rawdata=lambda _: httpx.Response(200, content=drip()))), deadline=0.05)
    assert "did not answer within" in (await failure(source)).message


async def test_cancelling_a_read_leaves_nothing_behind() -> None:
    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    source = api(httpx.MockTransport(slow))
    before = asyncio.all_tasks()
    task = asyncio.create_task(source.read())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("http://h", "http://h/api/version"),
        ("http://h:8080/", "http://h:8080/api/version"),
        ("http://h/traefik/", "http://h/traefik/api/version"),
        ("http://h/a%20b?x=1#y", "http://h/a%20b/api/version"),
        ("http://[::1]:8080", "http://[::1]:8080/api/version"),
    ],
)
async def test_base_path(url: str, asked: str) -> None:
    served = Served({})
    await failure(api(served, api_url=url))
    assert asked in {str(one.url) for one in served.requests}


@pytest.mark.parametrize(
    "url", ["", "localhost:8080", "ftp://h", "http://", "unix:///x", "http://h:99999999", "/x\x00"]
)
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(ConfigError, match=r"traefik\.api_url is not an http or https address"):
        api(api_url=url)


def test_files_that_can_not_be_used(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"traefik\.password_file .*none cannot be read: No such file"):
        api(username="u", password_file=str(tmp_path / "none"))
    with pytest.raises(ConfigError, match=r"traefik\.ca_file .*none cannot be used: No such file"):
        api(api_url="https://h", ca_file=str(tmp_path / "none"))
    (tmp_path / "ca").write_text("no certificate")
    with pytest.raises(ConfigError, match="it holds no certificate"):
        api(api_url="https://h", ca_file=str(tmp_path / "ca"))
    (tmp_path / "long").write_bytes(b"x" * 70_000)
    with pytest.raises(ConfigError, match="is too long"):
        api(username="u", password_file=str(tmp_path / "long"))


async def test_no_secret_in_any_error(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(WORD)
    source = api(
        Served(answers(rawdata=httpx.ReadError(WORD))),
        api_url=f"http://u:{WORD}@traefik.test",
        username="ops",
        password_file=str(tmp_path / "password"),
    )
    error = await failure(source)
    assert WORD not in error.sentence() + "".join(traceback.format_exception(error)) + repr(source) + repr(error)


async def test_thousands_of_routers_come_through_and_the_event_loop_goes_on() -> None:
    routers = {f"r{number:04}@docker": RAW_DATA["routers"]["app@docker"] for number in range(5000)}
    source = api(Served(answers(rawdata=RAW_DATA | {"routers": routers})))
    loop = threading.get_ident()
    seen: list[int] = []

    def spy(*_: object) -> Any:
        seen.append(threading.get_ident())
        return decode(*_)  # type: ignore[arg-type]  # passes on what it gets

    decode = source._decode
    source._decode = spy  # type: ignore[method-assign,assignment]  # to see the thread it runs in
    assert len((await source.read()).routers) == 5000
    assert loop not in seen
