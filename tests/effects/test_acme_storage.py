"""acme.json on a real disk: trusted, replaced at once, its owner and mode kept, and copies that nobody else reads."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from specter_tui.core.actions.ports import ContainerFacts
from specter_tui.core.errors import RefusedError
from specter_tui.core.model import ContainerHealth
from specter_tui.core.renewing.storage import entries
from specter_tui.core.renewing.work import RenewWork
from specter_tui.effects.acme_storage import AcmeStorage
from tests.builders import NOW, replace
from tests.certs import Made, acme_json, make_certificate

OLD, OTHER, NEW = make_certificate("a.test"), make_certificate("b.test"), make_certificate("a.test", days=30)
FACTS = ContainerFacts("id", "traefik", "running", ContainerHealth.NONE, "")
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


def place(folder: Path, *stored: Made) -> Path:
    path = folder / "acme.json"
    path.write_text(acme_json({"le": stored or (OLD, OTHER)}))
    path.chmod(0o600)
    return path


def storage(folder: Path, *owners: int) -> AcmeStorage:
    return AcmeStorage(frozenset({0, os.geteuid(), *owners}), folder / "state")


def work(path: Path, name: str = "0123456789abcdef", made: Made = OLD, back: str = "") -> RenewWork:
    held = next(one for one in entries(path.read_bytes()) if made.fingerprint in one.fingerprints)
    return RenewWork(name, str(path), "le", held.names, held.digest, made.fingerprint, NOW, FACTS, 0, (), False, back)


def test_an_entry_is_taken_out_and_put_back(tmp_path: Path) -> None:
    path, files = place(tmp_path), storage(tmp_path)
    before, order = path.read_bytes(), work(path)
    copy = Path(files.keep(order))
    assert copy.read_bytes() == before
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    files.exchange(order)
    assert [one.names for one in files.look(str(path), 0)] == [("b.test",)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    left = path.read_bytes()
    files.exchange(order)
    assert path.read_bytes() == left, "done once"
    files.keep(order)
    assert copy.read_bytes() == before, "the copy of before stays"
    files.put_back(order)
    assert path.read_bytes() == before
    files.put_back(order)
    assert path.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["acme.json", "state"]


def test_the_old_entry_takes_the_place_of_the_new_one(tmp_path: Path) -> None:
    path, files = place(tmp_path), storage(tmp_path)
    order = work(path)
    files.keep(order)
    path.write_text(acme_json({"le": (OTHER, NEW)}))
    again = work(path, "fedcba9876543210", made=NEW, back=order.token)
    back = replace(again, back_digest=order.digest, back_fingerprint=OLD.fingerprint)
    files.keep(back)
    files.exchange(back)
    (other, old) = files.look(str(path), 0)
    assert OTHER.fingerprint in other.fingerprints
    assert OLD.fingerprint in old.fingerprints
    files.put_back(back)
    assert json.loads(path.read_text()) == json.loads(acme_json({"le": (OTHER, NEW)}))


@ROOT
def test_owner_and_mode_are_kept(tmp_path: Path) -> None:
    path = place(tmp_path)
    os.chown(path, 4242, 4343)
    files, order = storage(tmp_path), work(path)
    with pytest.raises(RefusedError, match="belongs to user 4242"):
        files.look(str(path), 0)
    order = replace(order, owner=4242)
    assert len(files.look(str(path), 4242)) == 2
    files.keep(order)
    files.exchange(order)
    status = path.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (4242, 4343, 0o600)


def test_the_new_digest_is_remembered_once(tmp_path: Path) -> None:
    path, files = place(tmp_path), storage(tmp_path)
    order = work(path)
    assert files.noted(order.token) == ""
    files.note_new(order, "abc")
    files.note_new(order, "def")
    assert files.noted(order.token) == "abc"


def refused(files: AcmeStorage, path: Path, said: str) -> None:
    with pytest.raises(RefusedError) as caught:
        files.look(str(path), 0)
    assert said in caught.value.sentence()


def test_only_a_plain_trusted_file_is_touched(tmp_path: Path) -> None:
    path, files = place(tmp_path), storage(tmp_path)
    refused(files, tmp_path / "gone.json", "is not there")
    link = tmp_path / "link.json"
    link.symlink_to(path)
    refused(files, link, "without following a link")
    (tmp_path / "folder.json").mkdir()
    refused(files, tmp_path / "folder.json", "is no regular file")
    os.mkfifo(tmp_path / "pipe.json", 0o600)
    refused(files, tmp_path / "pipe.json", "is no regular file")
    path.chmod(0o666)
    refused(files, path, "others can write to")
    path.chmod(0o600)
    (tmp_path / "second.json").hardlink_to(path)
    refused(files, path, "has a second name")
    (tmp_path / "second.json").unlink()
    tmp_path.chmod(0o777)
    refused(files, path, "others can write to")
    tmp_path.chmod(0o700)
    path.write_text('{"le": ')
    refused(files, path, "is not JSON")
    with path.open("wb") as stream:
        stream.truncate(65 * 1024 * 1024)
    refused(files, path, "is larger than 64 MiB")


def test_a_disk_that_refuses_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, files = place(tmp_path), storage(tmp_path)
    before, order = path.read_bytes(), work(path)

    def full(*_arguments: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", full)
    with pytest.raises(RefusedError, match="can't be written: No space left on device"):
        files.exchange(order)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["acme.json"]


def test_without_a_copy_nothing_is_put_back(tmp_path: Path) -> None:
    path, files = place(tmp_path), storage(tmp_path)
    order = work(path)
    files.exchange(order)
    with pytest.raises(RefusedError, match=r"the copy of acme\.json is gone"):
        files.put_back(order)
    (tmp_path / "state").chmod(0o755)
    with pytest.raises(RefusedError, match="is open to others"):
        files.keep(order)


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_a_user_who_may_not_is_told_what_to_type(tmp_path: Path) -> None:
    path, files = place(tmp_path), storage(tmp_path)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setegid(65534)
            os.seteuid(65534)
            files.look(str(path), 0)
        except RefusedError as error:
            code = 0 if "type: sudo specter-tui certs renew" in error.sentence() else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
