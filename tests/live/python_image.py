"""A base image with this machine's Python, and the verify service's image on it, without a container registry."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from tests.live.harness import ROOT
from tests.live_engine import BUSYBOX, Engine
from tests.real import require

BASE: Final = "specter-test/python:1"
IMAGE: Final = "specter-test/verify:1"
LOCK: Final = "requirements-verify.lock"
_PYTHON: Final = Path("/usr/bin/python3")
_COMMANDS: Final = ("sh", "chmod", "printf", "mkdir", "ls", "cat")
_KEPT: Final[list[IO[bytes]]] = []  # the image once it was built
# What compiled packages ask for beside what Python itself does: any Debian image has it.
_SHARED: Final = tuple(
    Path("/lib/x86_64-linux-gnu", name)
    for name in ("libgcc_s.so.1", "libm.so.6", "librt.so.1", "libdl.so.2", "libpthread.so.0", "libutil.so.1")
)


def verify_image(engine: Engine) -> str:
    """Builds the image as its Dockerfile says, with the wheels of the lock file in the context; gives its tag.

    Once in this process: the engines of later tests start empty, and load it from a file.
    """
    client = engine.client(300)
    try:
        if _KEPT:
            _KEPT[0].seek(0)
            client.images.load(_KEPT[0])
        else:
            _build(engine)
            kept = tempfile.TemporaryFile()  # noqa: SIM115  it goes with this process
            for part in client.images.get(IMAGE).save(named=True):
                kept.write(part)
            _KEPT.append(kept)
    finally:
        client.close()
    return IMAGE


def _build(engine: Engine) -> None:
    base_image(engine)
    with tempfile.TemporaryDirectory(prefix="specter-verify-image-") as name:
        context = Path(name)
        wheels(context / "wheels")
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "verify_service", context / "verify_service", ignore=ignore)
        for one in (LOCK, ".dockerignore"):
            shutil.copy(ROOT / one, context)
        command = ["docker", "build", "--file", "verify_service/Dockerfile", "--build-arg", f"BASE_IMAGE={BASE}"]
        environment = {"PATH": os.environ["PATH"], "DOCKER_HOST": engine.host, "DOCKER_BUILDKIT": "0", "HOME": name}
        done = subprocess.run(
            [*command, "--network", "none", "--tag", IMAGE, "."],
            cwd=context, env=environment, check=False, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


def wheels(folder: Path) -> None:
    """What the lock file names, for this machine's Python; its hashes are checked on the way."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", "--only-binary=:all:"]
    subprocess.run([*command, f"--dest={folder}", f"--requirement={ROOT / LOCK}"], check=True, capture_output=True)


def base_image(engine: Engine) -> str:
    """Makes BASE of this machine's Python."""
    require("Debian's Python with venv", found=_PYTHON.exists() and Path("/usr/share/python-wheels").is_dir())
    require("busybox-static", found=BUSYBOX.exists())
    version = subprocess.run(
        [_PYTHON, "-c", "import sys; print(*sys.version_info[:2])"], check=True, capture_output=True, text=True
    )
    same = version.stdout.split() == [str(part) for part in sys.version_info[:2]]
    require("an environment of the same Python as Debian's", found=same)
    client = engine.client(300)
    try:
        with tempfile.TemporaryFile() as archive:
            _write(archive)
            archive.seek(0)
            repository, _, tag = BASE.partition(":")
            client.api.import_image_from_data(
                archive, repository=repository, tag=tag, changes=["ENV PATH=/usr/bin:/bin"]
            )
    finally:
        client.close()
    return BASE


def _write(archive: IO[bytes]) -> None:
    library = Path(f"/usr/lib/python{sys.version_info[0]}.{sys.version_info[1]}")
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for folder, mode in (("usr/bin", 0o755), ("bin", 0o755), ("etc", 0o755), ("opt", 0o755), ("tmp", 0o1777)):
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, mode
            tar.addfile(info)
        tar.add(_PYTHON.resolve(), "usr/bin/python3")
        tar.add(library, str(library).lstrip("/"), filter=_without_tests)
        tar.add("/usr/share/python-wheels", "usr/share/python-wheels")
        tar.add(BUSYBOX, "bin/busybox")
        for name in _COMMANDS:
            info = tarfile.TarInfo(f"bin/{name}")
            info.type, info.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(info)
        for path in sorted(_libraries(library)):
            tar.add(path.resolve(), str(path).lstrip("/"))


def _without_tests(info: tarfile.TarInfo) -> tarfile.TarInfo | None:
    skipped = ("/test", "/__pycache__", "/idlelib", "/tkinter", "/lib2to3")
    return None if info.name.endswith(skipped) else info


def _libraries(library: Path) -> set[Path]:
    """What Python and its compiled modules ask for, under the names they ask by."""
    programs = [str(_PYTHON.resolve()), *(str(one) for one in library.glob("lib-dynload/*.so"))]
    listing = subprocess.run(["ldd", *programs], check=True, capture_output=True, text=True).stdout
    return {*_SHARED, *_paths(listing)}


def _paths(listing: str) -> Iterator[Path]:
    for line in listing.splitlines():
        if line.startswith("\t"):
            yield from (Path(word) for word in line.split() if word.startswith("/"))
