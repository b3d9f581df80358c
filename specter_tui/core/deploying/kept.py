"""The names under which earlier images of the verify service stay, so that an undo finds them."""

from __future__ import annotations

from typing import Final

_ID: Final = 12  # characters of an image's id, as docker shows it


def repository_of(image: str) -> str:
    """A name without its tag: `registry:5000/specter-verify:latest` is `registry:5000/specter-verify`."""
    name, colon, tag = image.rpartition(":")
    return name if colon and "/" not in tag else image


def kept_name(image: str, image_id: str) -> str:
    """The name under which an image stays: `specter-verify:kept-0123456789ab`."""
    return f"{repository_of(image)}:kept-{image_id.removeprefix('sha256:')[:_ID]}"


def is_kept_name(name: str, image: str, image_id: str) -> bool:
    """Whether a name of an image was given by `kept_name`, and not by a person."""
    return name == kept_name(image, image_id)
