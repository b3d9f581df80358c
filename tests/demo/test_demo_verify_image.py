"""The verify service's image of the demo on a real engine: named, built or not to be had."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from specter_tui.core.errors import SourceError
from specter_tui.demo.folder import DemoError
from specter_tui.demo.on_docker.engine import DockerCommand
from specter_tui.demo.on_docker.verify_image import BASE, Say, VerifySources, provide_verify_image

ROOT = Path(__file__).parents[2]


class World:
    """A docker program that writes down what it is asked; `images` are those that it has, `broken` a command's name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.fetched: list[str] = []
        self.docker = DockerCommand(str(folder / "docker"), {"PATH": "/usr/bin:/bin"})
        self.program()
        (folder / "service").mkdir()
        (folder / "service/Dockerfile").write_text("FROM x\n")
        (folder / "requirements-verify.lock").write_text("aiohttp==1\n")

    def program(self, images: str = "", broken: str = "nothing") -> None:
        """Replaces the docker program."""
        path = self.folder / "docker"
        path.write_text(
            f"""#!/bin/sh
echo "$*" >> {self.folder}/asked
[ "$1" = {broken} ] && {{ echo noise >&2; echo 'no such thing' >&2; exit 1; }}
[ "$1" != image ] || case " {images} " in *" $5 "*) ;; *) exit 1 ;; esac
[ "$1" != build ] || for last; do :; done
[ "$1" != build ] || find "$last" -type f -name '[!.]*' -printf '%P\\n' | sort > {self.folder}/context
"""
        )
        path.chmod(0o755)

    @property
    def asked(self) -> list[str]:
        """The first words of all commands so far."""
        return [line.split()[0] for line in (self.folder / "asked").read_text().splitlines()]

    async def fetch(self, base: str, folder: str, say: Say) -> None:
        """A wheel."""
        self.fetched.append(base)
        (Path(folder) / "wheels/aiohttp-1.whl").write_text("")
        say("fetched")

    async def image(self, **environ: str) -> str:
        """What the demo would run."""
        sources = VerifySources(self.folder / "service", self.folder / "requirements-verify.lock", self.fetch)
        return await provide_verify_image(self.docker, sources, environ, self.folder, self.said.append)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_one_that_is_named_is_taken_as_it_is(world: World) -> None:
    world.program(images="mine:1")
    assert await world.image(VERIFY_IMAGE="mine:1") == "mine:1"
    assert (world.asked, world.said) == (["image"], [])


async def test_else_one_is_built_of_this_installations_files(world: World) -> None:
    image = await world.image()
    assert world.asked == ["image", "image", "pull", "build"]
    assert world.fetched == [BASE]
    context = (world.folder / "context").read_text().splitlines()
    assert context == ["requirements-verify.lock", "verify_service/Dockerfile", "wheels/aiohttp-1.whl"]
    build = (world.folder / "asked").read_text().splitlines()[-1]
    assert f"--network none --build-arg BASE_IMAGE={BASE} --tag {image} " in build
    assert world.said[-1] == "building the verify service's image ..."
    assert [one.name for one in world.folder.glob("specter-demo-*")] == []


async def test_it_stays_for_the_next_demo_until_something_of_it_changes(world: World) -> None:
    image = await world.image()
    world.program(images=image)
    (world.folder / "asked").unlink()
    assert await world.image() == image
    assert world.asked == ["image"]
    assert await world.image(VERIFY_BASE_IMAGE="other:1") != image
    (world.folder / "service/new.py").write_text("")
    assert await world.image() != image


async def test_without_a_base_image_it_is_one_sentence(world: World) -> None:
    world.program(broken="pull")
    with pytest.raises(DemoError) as caught:
        await world.image()
    assert caught.value.sentence() == (
        f"the image {BASE} is not on this engine and cannot be pulled (no such thing); connect to the Internet, "
        "or name an image that is there: VERIFY_BASE_IMAGE=IMAGE"
    )


async def test_without_wheels_it_is_one_sentence(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(base: str, folder: str, say: Say) -> None:
        raise SourceError("the wheels could not be fetched: no route", "--wheels DIR")

    monkeypatch.setattr(world, "fetch", fails)
    with pytest.raises(DemoError) as caught:
        await world.image()
    assert caught.value.sentence() == (
        "the verify service's image cannot be built: the wheels could not be fetched: no route; "
        "connect to the Internet, or name an image that is there: VERIFY_IMAGE=IMAGE"
    )
    assert [one.name for one in world.folder.glob("specter-demo-*")] == []


async def test_a_build_that_fails_is_one_sentence(world: World) -> None:
    world.program(broken="build")
    with pytest.raises(DemoError) as caught:
        await world.image()
    assert caught.value.sentence() == (
        "the verify service's image cannot be built (no such thing); name an image that is there: VERIFY_IMAGE=IMAGE"
    )


def test_the_base_is_the_dockerfiles_own() -> None:
    assert f"ARG BASE_IMAGE={BASE}\n" in (ROOT / "verify_service/Dockerfile").read_text(encoding="utf-8")
    assert shutil.which("find") is not None
