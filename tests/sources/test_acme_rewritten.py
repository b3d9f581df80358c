"""An acme.json that is read while it is written, as Traefik does it: cut to nothing, then filled, in place.

The long run of this is in tests/soak.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from specter_tui.core.errors import SourceError
from specter_tui.sources.acme_file import AcmeFiles
from tests.certs import acme_json, make_certificate

TEXT = acme_json({"le": [make_certificate("a.example.org"), make_certificate("b.example.org", key="RSA2048")]}).encode()
REWRITES = 200


@contextmanager
def rewritten(path: Path) -> Iterator[threading.Event]:
    """Writes the same text again and again; the event is set when that is done."""
    done = threading.Event()

    def rewrite() -> None:
        for _ in range(REWRITES):
            with path.open("r+b", buffering=0) as file:
                file.truncate()
                file.write(TEXT[:700])
                file.write(TEXT[700:])
            done.wait(0.002)
        done.set()

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        yield done
    finally:
        writer.join()


@pytest.mark.parametrize("fresh", [False, True], ids=["the dashboard", "one command after the other"])
async def test_a_file_rewritten_all_the_time_is_never_empty_and_never_an_error(tmp_path: Path, fresh: bool) -> None:
    """A command of the command line has no earlier read to fall back on."""
    path = tmp_path / "acme.json"
    path.write_bytes(TEXT)
    path.chmod(0o600)
    acme = AcmeFiles([str(path)])
    first = (await acme.read()).certificates
    assert len(first) == 2
    reads = 0
    with rewritten(path) as done:
        while not done.is_set():
            acme = AcmeFiles([str(path)]) if fresh else acme
            read = await acme.read()
            assert (read.certificates, read.problems) == (first, ())
            reads += 1
    assert reads > 1


@pytest.mark.parametrize("begin", [b"", TEXT[:700]], ids=["empty", "half"])
async def test_a_first_read_in_the_middle_of_a_write_waits_for_its_end(tmp_path: Path, begin: bytes) -> None:
    path = tmp_path / "acme.json"
    path.write_bytes(begin)
    path.chmod(0o600)
    reading = asyncio.create_task(AcmeFiles([str(path)]).read())
    await asyncio.sleep(0.1)
    await asyncio.to_thread(path.write_bytes, TEXT)
    assert len((await reading).certificates) == 2


async def test_a_write_that_never_ends_is_an_error_and_no_missing_certificate(tmp_path: Path) -> None:
    """A full disk, or a Traefik that was killed while it wrote."""
    path = tmp_path / "acme.json"
    path.write_bytes(TEXT[:700])
    with pytest.raises(SourceError, match="is not JSON"):
        await AcmeFiles([str(path)]).read()
