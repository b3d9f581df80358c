from __future__ import annotations

import asyncio
import base64
import json
import os
import stat
import traceback
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from specter_tui.core.certificates import covers
from specter_tui.core.errors import SourceError
from specter_tui.sources.acme_file import AcmeFiles
from specter_tui.sources.pem_chain import describe_chain
from tests.certs import NOW, account_key, acme_json, entry, make_certificate
from tests.real import require

NOBODY = 65534


def storage(folder: Path, text: str | bytes, name: str = "acme.json", mode: int = 0o600) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


def source(*paths: Path) -> AcmeFiles:
    return AcmeFiles([str(one) for one in paths])


async def failure(acme: AcmeFiles) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await acme.read()
    return caught.value


async def test_certificates_of_every_kind(tmp_path: Path) -> None:
    wildcard = make_certificate("example.org", "*.example.org", "10.0.0.1", "2001:db8::1")
    rsa = make_certificate("rsa.example.org", key="RSA2048", issuer="R12")
    nameless = make_certificate("xn--bcher-kva.example", key="EC384", common_name="")
    expired = make_certificate("old.example.org", not_before=NOW - timedelta(days=200))
    future = make_certificate("new.example.org", not_before=NOW + timedelta(days=2))
    path = storage(tmp_path, acme_json({"le": [wildcard, rsa], "staging": [nameless, expired, future]}))

    read = await source(path).read()

    assert read.resolvers == ("le", "staging")
    assert read.problems == ()
    assert [(one.path, one.mode, one.empty, one.error) for one in read.files] == [(str(path), 0o600, False, "")]
    first, second, third, fourth, fifth = read.certificates
    assert (first.main, first.resolver, first.key_type) == ("example.org", "le", "EC P-256")
    assert first.sans == ("example.org", "*.example.org", "10.0.0.1", "2001:db8::1")
    assert (first.fingerprint, first.source) == (wildcard.fingerprint, str(path))
    assert (first.issuer, second.issuer, second.key_type) == ("R11", "R12", "RSA 2048")
    assert (third.main, third.key_type, third.resolver) == ("xn--bcher-kva.example", "EC P-384", "staging")
    assert fourth.not_after == NOW - timedelta(days=110)
    assert fifth.not_before == NOW + timedelta(days=2)


async def test_names_of_every_length_and_script_are_read_as_they_were_ordered(tmp_path: Path) -> None:
    longest = ".".join(["a" * 60] * 3 + ["b" * 58]) + ".example.org"
    names = ("xn--bcher-kva.example", "*.xn--e1afmkfd.example", longest)
    assert len(longest) == 253
    made = make_certificate(*names)
    (found,) = (await source(storage(tmp_path, acme_json({"le": [made]}))).read()).certificates
    assert found.sans == names
    hosts = (longest, "xn--bcher-kva.example", "shop.xn--e1afmkfd.example")
    assert [host for host in hosts if not covers(found.sans, host)] == []


async def test_names_come_from_the_certificate_and_not_from_the_file(tmp_path: Path) -> None:
    made = entry(make_certificate("a.example.org", "b.example.org"))
    made["domain"] = {"main": "b.example.org"}  # only what was newly ordered
    (found,) = (await source(storage(tmp_path, acme_json({"le": [made]}))).read()).certificates
    assert (found.main, found.sans) == ("a.example.org", ("a.example.org", "b.example.org"))


async def test_a_certificate_without_any_name_is_called_as_it_was_ordered(tmp_path: Path) -> None:
    made = entry(make_certificate(common_name="")) | {"domain": {"main": "ordered.example.org"}}
    (found,) = (await source(storage(tmp_path, acme_json({"le": [made]}))).read()).certificates
    assert (found.main, found.sans) == ("ordered.example.org", ())


@pytest.mark.parametrize(
    ("document", "resolvers"),
    [
        ({"le": {"Account": None, "Certificates": None}}, ("le",)),
        ({"le": {}}, ("le",)),
        ({"le": None}, ("le",)),
        ({}, ()),
    ],
)
async def test_a_storage_without_certificates(tmp_path: Path, document: Any, resolvers: tuple[str, ...]) -> None:
    read = await source(storage(tmp_path, json.dumps(document))).read()
    assert (read.certificates, read.resolvers, read.problems) == ((), resolvers, ())
    assert read.files[0].empty is (not resolvers)


async def test_an_empty_file_of_a_new_server(tmp_path: Path) -> None:
    read = await source(storage(tmp_path, "")).read()
    assert (read.certificates, read.files[0].empty, read.files[0].error) == ((), True, "")


async def test_an_open_file_is_read_and_its_mode_told(tmp_path: Path) -> None:
    path = storage(tmp_path, acme_json({"le": [make_certificate("a.example.org")]}), mode=0o644)
    read = await source(path).read()
    assert len(read.certificates) == 1
    assert read.files[0].mode == 0o644
    assert read.files[0].too_open


GOOD = make_certificate("good.example.org")


def _chain(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (entry(GOOD) | {"certificate": "§§§"}, "is not base64"),
        (entry(GOOD) | {"certificate": _chain("no PEM at all")}, "cannot be parsed"),
        (entry(GOOD) | {"certificate": entry(GOOD)["key"]}, "cannot be parsed"),
        (
            entry(GOOD) | {"certificate": _chain("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")},
            "cannot be parsed",
        ),
        (entry(GOOD) | {"certificate": ""}, "has no certificate text"),
        (entry(GOOD) | {"certificate": 5}, "has no certificate text"),
        pytest.param(entry(GOOD) | {"certificate": "A" * (1 << 21)}, "is too long", id="long"),
        ({"domain": {"main": "good.example.org"}}, "has no certificate text"),
    ],
)
async def test_one_bad_entry_is_named_and_hides_no_other(tmp_path: Path, broken: Any, reason: str) -> None:
    read = await source(storage(tmp_path, acme_json({"le": [broken, GOOD]}))).read()
    assert [one.main for one in read.certificates] == ["good.example.org"]
    assert read.problems == (f"the certificate for good.example.org of resolver le {reason}",)


async def test_sections_of_a_wrong_shape_are_named(tmp_path: Path) -> None:
    path = storage(tmp_path, json.dumps({"a\x1b[2J": 5, "b": {"Certificates": {}}, "c": {"Certificates": [7]}}))
    read = await source(path).read()
    assert read.certificates == ()
    assert len(read.problems) == 3
    assert "resolver a\\x1b[2J in" in read.problems[0]
    assert "its Certificates are no list" in read.problems[1]
    assert "an unnamed domain of resolver c has no certificate text" in read.problems[2]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<html>", "is not JSON"),
        (b"\xff\xfe\x00", "is not JSON"),
        pytest.param("[" * 100_000, "is not JSON", id="deep"),
        ('{"le": {"Account": {"PrivateKey": "abc', "is not JSON"),
        ("[]", "is no JSON object"),
        ('{"Account": {}, "Certificates": [], "HTTPChallenges": {}}', "the format of Traefik 1"),
        ('{"Account": {}, "DomainsCertificate": {"Certs": []}}', "the format of Traefik 1"),
    ],
)
async def test_what_is_no_storage_is_an_error(tmp_path: Path, text: str | bytes, wanted: str) -> None:
    error = await failure(source(storage(tmp_path, text)))
    assert wanted in error.message
    assert "acme.json" in error.message
    assert error.remedy


async def test_a_missing_file_and_a_folder_in_its_place(tmp_path: Path) -> None:
    missing = await failure(source(tmp_path / "none.json"))
    assert "does not exist" in missing.message
    assert "traefik.acme_files" in missing.remedy
    assert "is no file" in (await failure(source(tmp_path))).message


async def test_a_pipe_does_not_hold_the_reader_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "is no file" in (await failure(source(tmp_path / "pipe"))).message


async def test_a_link_to_a_storage_is_followed(tmp_path: Path) -> None:
    real = storage(tmp_path, acme_json({"le": [GOOD]}), name="real.json")
    (tmp_path / "acme.json").symlink_to(real)
    assert len((await source(tmp_path / "acme.json").read()).certificates) == 1


@contextmanager
def nobody() -> Iterator[None]:
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


async def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    require("root, to become somebody else,", found=os.geteuid() == 0)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) | 0o055)
    path = storage(tmp_path, acme_json({"le": [GOOD]}))
    acme = source(path)
    with nobody():
        error = await failure(acme)
    assert "may not be read by this user" in error.message
    assert "owner or as root" in error.remedy
    for wider in ("chmod", "mode", "644", "640", "acl", "group"):
        assert wider not in error.sentence().lower()


async def test_one_of_two_files_that_fails_keeps_its_last_certificates(tmp_path: Path) -> None:
    first = storage(tmp_path, acme_json({"le": [GOOD]}), name="one.json")
    second = storage(tmp_path, acme_json({"other": [make_certificate("two.example.org")]}), name="two.json")
    acme = source(first, second)
    whole = await acme.read()

    second.write_text("{")
    read = await acme.read()

    assert read.certificates == whole.certificates
    assert read.resolvers == ("le", "other")
    assert read.files[0].error == ""
    assert read.files[1].error.endswith("two.json is not JSON")
    assert len(read.problems) == 1
    first.unlink()
    assert "does not exist" in (await failure(acme)).message


async def test_a_file_that_was_never_read_is_listed_as_such(tmp_path: Path) -> None:
    read = await source(storage(tmp_path, acme_json({"le": [GOOD]})), tmp_path / "gone.json").read()
    assert [one.error.endswith("gone.json does not exist") for one in read.files] == [False, True]
    assert not read.files[1].empty


async def test_empty_after_certificates_is_an_error_and_never_no_certificates(tmp_path: Path) -> None:
    path = storage(tmp_path, acme_json({"le": [GOOD, make_certificate("b.example.org")]}))
    acme = source(path)
    await acme.read()
    path.write_bytes(b"")
    assert "is empty although it held 2 certificates" in (await failure(acme)).message
    path.write_text(acme_json({"le": [GOOD]}))
    assert len((await acme.read()).certificates) == 1


async def test_unchanged_entries_are_not_parsed_again(tmp_path: Path) -> None:
    path = storage(tmp_path, acme_json({"le": [GOOD]}))
    acme = source(path)
    (before,) = (await acme.read()).certificates
    path.write_text(acme_json({"le": [make_certificate("b.example.org"), GOOD]}))
    after = (await acme.read()).certificates
    assert after[1] is before


async def test_of_two_thousand_only_the_entries_that_changed_are_parsed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []

    def counted(pem: bytes, **given: Any) -> Any:
        parsed.append(given["ordered_as"])
        return describe_chain(pem, **given)

    monkeypatch.setattr("specter_tui.sources.acme_decode.describe_chain", counted)
    made = [entry(GOOD) | {"domain": {"main": f"a{number}.example.org"}} for number in range(2000)]
    for number, one in enumerate(made):  # the text of each is its own: what follows a certificate does not count
        one["certificate"] = _chain(f"{GOOD.chain}{number}\n")
    path = storage(tmp_path, acme_json({"le": made}))
    acme = source(path)
    assert len((await acme.read()).certificates) == len(parsed) == 2000
    parsed.clear()
    path.write_text(acme_json({"le": made}, indent=1))
    await acme.read()
    assert parsed == []
    made[7]["certificate"] = _chain(make_certificate("b.example.org").chain)
    path.write_text(acme_json({"le": made}))
    await acme.read()
    assert parsed == ["a7.example.org"]


async def test_the_time_of_the_file_and_the_order_of_a_chain_are_told(tmp_path: Path) -> None:
    leaf, _, issuer = GOOD.chain.partition("-----END CERTIFICATE-----\n")
    turned = entry(GOOD) | {"certificate": _chain(issuer + leaf + "-----END CERTIFICATE-----\n")}
    path = storage(tmp_path, acme_json({"le": [turned]}))
    os.utime(path, (1_790_000_000, 1_790_000_000))
    read = await source(path).read()
    assert read.files[0].changed_at == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
    assert read.certificates[0].main == "good.example.org"
    assert "does not stand first" in read.certificates[0].chain_problem


def _secrets() -> list[str]:
    pem = [line for line in GOOD.key.splitlines() if not line.startswith("-")]
    return [*pem, entry(GOOD)["key"][:40], account_key()[:40], account_key()[-40:], "BEGIN EC PRIVATE"]


def _assert_no_secret(text: str) -> None:
    assert [one for one in _secrets() if one in text] == []


async def test_no_key_is_ever_kept_or_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    whole = acme_json({"le": [GOOD]})
    path = storage(tmp_path, whole)
    acme = source(path)
    read = await acme.read()
    _assert_no_secret(repr(read))
    _assert_no_secret(_everything(acme))
    for broken in (whole[:-30], whole[: whole.index('"key"') + 60], ""):
        path.write_text(broken)
        error = await failure(acme)  # its traceback begins there, without this test's own variables
        shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
        _assert_no_secret(shown + repr(error.__dict__))
        assert error.__cause__ is None
        assert error.__context__ is None
    _assert_no_secret(_everything(acme) + caplog.text)


def _everything(acme: AcmeFiles) -> str:
    """All that the source holds on to."""
    return repr([(memory.known, memory.good) for memory in acme._memories.values()]) + repr(vars(acme))


async def test_changes_tell_which_file_changed(tmp_path: Path) -> None:
    path = storage(tmp_path, "")
    storage(tmp_path, "", name="neighbour.json")
    acme = source(path)
    async with asyncio.timeout(30), aclosing(acme.changes()) as changes:  # type: ignore[type-var]  # it is a generator
        waiting = asyncio.ensure_future(anext(changes))
        while not waiting.done():  # the watch starts when it starts: write until it is noticed
            (tmp_path / "neighbour.json").write_text("changed")
            path.write_text(path.read_text() + " ")
            await asyncio.wait([waiting], timeout=0.5)
        assert waiting.result() == str(path)


async def test_changes_wait_for_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    path = tmp_path / "later" / "acme.json"
    acme = source(path)
    async with asyncio.timeout(30), aclosing(acme.changes()) as changes:  # type: ignore[type-var]  # it is a generator
        waiting = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0.3)
        path.parent.mkdir()
        path.write_text("{}")
        assert await waiting == str(path)


async def test_what_is_no_path_is_watched_like_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    acme = AcmeFiles(["nul\0/acme.json", str(tmp_path / "loop" / "acme.json"), str(tmp_path / "loop")])
    assert await asyncio.to_thread(acme._folders) == [str(tmp_path)]
    assert set(acme._signatures().values()) == {()}
    assert "cannot be read: not a path" in (await failure(acme)).message


async def test_closing_ends_the_watch(tmp_path: Path) -> None:
    acme = source(storage(tmp_path, ""))

    async def watch() -> list[str]:
        return [one async for one in acme.changes()]

    task = asyncio.create_task(watch())
    await asyncio.sleep(0.3)
    await acme.close()
    async with asyncio.timeout(30):
        assert await task == []
