"""The folder that the verify service's image is built from, and the note of what is deployed.

verify/context          what the image is built from; deployment.json in it says of which deployment
verify/context.new      the next one, until it is whole
verify/context.before   the one of before, until the deployment has ended
verify/deployed.json    the note, which is a Compose document: what is gone back to is brought up from it
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from specter_tui import __version__
from specter_tui.core.deploying.facts import Context, Package, Record
from specter_tui.core.deploying.work import DeployWork
from specter_tui.core.errors import RefusedError
from specter_tui.core.text import visible
from specter_tui.effects import trusted_file
from specter_tui.effects.compose_stack import VERIFY_FILE

LOCK: Final = "requirements-verify.lock"
SERVICE: Final = "verify_service"
_WHEELS: Final = "wheels"
_MARK: Final = "deployment.json"
_NOTE: Final = "x-specter"  # Compose leaves what begins with x- alone
_LARGEST: Final = 512 * 1024 * 1024  # bytes of one wheel
_SHOWN: Final = 200


class _Mark(msgspec.Struct, frozen=True):
    token: str
    version: str
    digest: str
    base_image: str


class BuildContext:
    """`core.deploying.ports.BuildFolder` below `root`; `sources` holds the service and its lock file."""

    def __init__(self, root: str, sources: tuple[Path, Path], owners: frozenset[int]) -> None:
        self._root = root
        self._service, self._lock = sources
        self._owners = owners
        self._folder = Path(root) / "verify"
        self._context = self._folder / "context"
        self._new = self._folder / "context.new"
        self._before = self._folder / "context.before"
        self._record = self._folder / "deployed.json"

    def demand_trusted(self) -> None:
        """Raises RefusedError when others could change the stack's files, or a link leads elsewhere."""
        trusted_file.read(f"{self._root}/{VERIFY_FILE}", self._owners)
        if os.path.lexists(f"{self._root}/compose/.env"):
            trusted_file.read(f"{self._root}/compose/.env", self._owners)
        for folder in (self._folder, self._context, self._new, self._before):
            if os.path.lexists(folder):
                self._demand_own(folder)

    def package(self) -> Package:
        """What this program brings along. Raises RefusedError when the installation lacks it."""
        try:
            lock = self._lock.read_text(encoding="utf-8")
            files = dict(_files(self._service))
        except OSError as error:
            message = f"this installation lacks what the image is made of: {error.strerror}"
            raise RefusedError(message, "install specter-tui again") from error
        digest = hashlib.sha256(lock.encode())
        for name, content in sorted(files.items()):
            digest.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
        return Package(__version__, lock, digest.hexdigest(), len(files))

    def context(self) -> Context:
        """What lies there now."""
        mark = self._mark()
        if mark is None:
            return Context()
        return Context(mark.digest, mark.version, mark.base_image, self.wheels(str(self._context / _WHEELS)))

    def wheels(self, folder: str) -> Mapping[str, str]:
        """The files of a folder with their SHA-256. Raises RefusedError."""
        try:
            return {one.name: _digest(one) for one in sorted(Path(folder).iterdir())}
        except OSError as error:
            message = f"{visible(folder, _SHOWN)} can't be read: {error.strerror}"
            raise RefusedError(message, "name a folder with wheels") from error

    def is_of(self, token: str) -> bool:
        """Whether the context is already the one of this deployment."""
        mark = self._mark()
        return mark is not None and mark.token == token

    def begin(self, work: DeployWork) -> str:
        """Lays the next context out; gives its folder. Raises RefusedError."""
        package = self.package()
        try:
            self._folder.mkdir(mode=0o755, exist_ok=True)
            shutil.rmtree(self._new, ignore_errors=True)
            (self._new / _WHEELS).mkdir(parents=True, mode=0o755)
            for name, content in _files(self._service):
                path = self._new / SERVICE / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            (self._new / LOCK).write_text(package.lock, encoding="utf-8")
            mark = _Mark(work.token, package.version, package.digest, work.base_image)
            (self._new / _MARK).write_bytes(msgspec.json.encode(mark))
            for one in sorted(self._known_wheels(work)):
                shutil.copyfile(one, self._new / _WHEELS / one.name)
        except OSError as error:
            raise self._refused(error) from error
        return str(self._new)

    def swap(self) -> None:
        """Puts the next context in its place. Raises RefusedError."""
        try:
            if self._context.exists():
                shutil.rmtree(self._before, ignore_errors=True)
                self._context.rename(self._before)
            self._new.rename(self._context)
        except OSError as error:
            raise self._refused(error) from error

    def restore(self, token: str) -> None:
        """Puts the context of before back, wherever `swap` has come to. Raises RefusedError."""
        try:
            shutil.rmtree(self._new, ignore_errors=True)
            if self.is_of(token):
                shutil.rmtree(self._context)
            if self._before.exists() and not self._context.exists():
                self._before.rename(self._context)
            if self._folder.exists() and not any(self._folder.iterdir()):
                self._folder.rmdir()
        except OSError as error:
            raise self._refused(error) from error

    def record(self) -> Record | None:
        """The note of the last deployment; one that is not understood is none. Raises RefusedError."""
        if not os.path.lexists(self._record):
            return None
        content = trusted_file.read(str(self._record), self._owners)
        try:
            document = json.loads(content)
            note = document.pop(_NOTE)
            return Record(str(note["image_id"]), str(note["config_hash"]), json.dumps(document))
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def write_record(self, record: Record | None) -> str:
        """Replaces the note, at once and for good; readable by its owner alone. Raises RefusedError."""
        try:
            if record is None:
                self._record.unlink(missing_ok=True)
            else:
                self._write_record(record)
        except OSError as error:
            raise self._refused(error) from error
        return str(self._record)

    def _write_record(self, record: Record) -> None:
        note = {"image_id": record.image_id, "config_hash": record.config_hash}
        wanted = json.dumps({**json.loads(record.document), _NOTE: note}, indent=2).encode()
        if self._record.exists() and self._record.read_bytes() == wanted:
            return  # a way back from a full disk has nothing to write
        self._folder.mkdir(mode=0o755, exist_ok=True)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            trusted_file.swap(folder, self._record.name, wanted, (os.geteuid(), os.getegid()), 0o600)
        finally:
            os.close(folder)

    def _known_wheels(self, work: DeployWork) -> Iterator[Path]:
        if work.wheels:
            yield from Path(work.wheels).iterdir()
        elif work.reuse_wheels:  # a kill in the middle of `swap` leaves the context of before beside its place
            yield from ((self._context if self._context.exists() else self._before) / _WHEELS).iterdir()

    def _mark(self) -> _Mark | None:
        try:
            return msgspec.json.decode((self._context / _MARK).read_bytes(), type=_Mark)
        except (OSError, msgspec.MsgspecError):
            return None

    def _demand_own(self, folder: Path) -> None:
        status, shown = folder.lstat(), visible(str(folder), _SHOWN)
        if not stat.S_ISDIR(status.st_mode):
            raise RefusedError(f"{shown} is no folder, or a link", "move it away")
        if status.st_uid not in self._owners or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise RefusedError(f"others can write to {shown}", f"chown it to root, and chmod go-w {shown}")

    def _refused(self, error: OSError) -> RefusedError:
        message = f"{visible(str(self._folder), _SHOWN)} can't be written: {error.strerror}"
        return RefusedError(message, "check the folder's owner, mode and space")


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """All files of the service, but what Python writes beside them."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield str(path.relative_to(folder)), path.read_bytes()


def _digest(path: Path) -> str:
    """Raises RefusedError for what is no file of a plausible size."""
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
        raise RefusedError(f"{visible(str(path), _SHOWN)} is no wheel", "leave nothing but wheels in the folder")
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
