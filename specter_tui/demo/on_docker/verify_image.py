"""The verify service's image: the one that is named, else one that is built of this installation's own files."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from specter_tui.core.errors import SourceError
from specter_tui.core.text import visible
from specter_tui.demo.folder import DemoError, own_folder
from specter_tui.demo.on_docker.engine import CommandError, DockerCommand, has_image, provide_images

VARIABLE: Final = "VERIFY_IMAGE"
BASE_VARIABLE: Final = "VERIFY_BASE_IMAGE"
BASE: Final = "python:3.13-slim"  # the Dockerfile's own
_NAME: Final = "specter-demo/verify"
_SHOWN: Final = 300
_REMEDY: Final = f"connect to the Internet, or name an image that is there: {VARIABLE}=IMAGE"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class VerifySources:
    """What the image is made of: the service's package, its lock file, and what fetches the wheels that it names.

    `fetch` gets the base image and a folder with the lock file, and fills the folder `wheels` in it, or raises
    SourceError.
    """

    service: Path
    lock: Path
    fetch: Callable[[str, str, Say], Awaitable[None]]


async def provide_verify_image(
    docker: DockerCommand, sources: VerifySources, environ: Mapping[str, str], parent: Path, say: Say
) -> str:
    """The name of an image that the engine has; DemoError says why there is none.

    One that was built stays for the next demo, as images that were pulled do.
    """
    if named := environ.get(VARIABLE):
        await provide_images(docker, {VARIABLE: named}, say)
        return named
    base = environ.get(BASE_VARIABLE) or BASE
    image = f"{_NAME}:{await asyncio.to_thread(_digest, sources, base)}"
    if not await has_image(docker, image):
        await provide_images(docker, {BASE_VARIABLE: base}, say)
        with own_folder(parent) as context:
            say("fetching what the verify service needs ...")
            await _fetch(sources, base, context, say)
            say("building the verify service's image ...")
            await _build(docker, base, image, context)
    return image


async def _fetch(sources: VerifySources, base: str, context: Path, say: Say) -> None:
    await asyncio.to_thread(_lay_out, sources, context)
    try:
        await sources.fetch(base, str(context), say)
    except SourceError as error:
        raise DemoError(f"the verify service's image cannot be built: {error.message}", _REMEDY) from None


async def _build(docker: DockerCommand, base: str, image: str, context: Path) -> None:
    options = ("--quiet", "--network", "none", "--build-arg", f"BASE_IMAGE={base}", "--tag", image)
    try:
        await docker.run("build", *options, "--file", str(context / "verify_service/Dockerfile"), str(context))
    except CommandError as error:
        message = f"the verify service's image cannot be built ({error.message})"
        raise DemoError(message, f"name an image that is there: {VARIABLE}=IMAGE") from None


def _lay_out(sources: VerifySources, context: Path) -> None:
    """The build context, as the Dockerfile expects it."""
    try:
        shutil.copytree(sources.service, context / "verify_service", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copyfile(sources.lock, context / sources.lock.name)
        (context / "wheels").mkdir()
    except OSError as error:
        message = f"{visible(str(context), _SHOWN)} cannot be filled: {error.strerror or error}"
        raise DemoError(message, "name another place: --dir DIR") from None


def _digest(sources: VerifySources, base: str) -> str:
    """Another one for another service, other packages or another base image."""
    digest = hashlib.sha256(base.encode() + b"\0" + sources.lock.read_bytes())
    for path in sorted(sources.service.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(sources.service)}\0{content}\n".encode())
    return digest.hexdigest()[:12]
