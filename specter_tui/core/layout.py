"""Which files and folders are to stand on a disk, and what has to be done for it, decided from what is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from specter_tui.core.errors import RefusedError
from specter_tui.core.text import visible

_NAMED: Final = 3  # files that a message names


@dataclass(frozen=True, slots=True)
class Entry:
    """A file with its text, or a folder (`text` None); `mode` is the permission bits.

    `keep`: one that is there already is left alone whatever it holds.
    """

    path: str  # absolute
    mode: int
    text: str | None = None
    keep: bool = False


class Found(StrEnum):
    """What stands at an entry's path."""

    NOTHING = "nothing"
    SAME = "same"  # a file with this text, or a folder where one is wanted
    DIFFERENT = "different"  # a file with another text
    OTHER = "other"  # a link, a device, a folder in place of a file or a file in place of a folder


class Deed(StrEnum):
    """What is done about an entry, in the word that a person reads."""

    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Step:
    """An entry and what is done about it."""

    entry: Entry
    deed: Deed


def decide(entries: Iterable[Entry], found: Mapping[str, Found], *, force: bool) -> tuple[Step, ...]:
    """The steps, in the order of `entries`; RefusedError, before anything is done, when one may not be taken."""
    ordered = tuple(entries)
    odd = [entry.path for entry in ordered if found[entry.path] is Found.OTHER]
    if odd:
        raise RefusedError(f"{_named(odd)} is in the way: it is a link or not of the right kind", "move it away")
    edited = [one.path for one in ordered if found[one.path] is Found.DIFFERENT and not one.keep]
    if edited and not force:
        what = "is there already and differs" if len(edited) == 1 else "are there already and differ"
        raise RefusedError(f"{_named(edited)} {what}, so nothing was written", "add --force to replace, or move away")
    return tuple(Step(entry, _deed(entry, found[entry.path])) for entry in ordered)


def _deed(entry: Entry, found: Found) -> Deed:
    if found is Found.NOTHING:
        return Deed.CREATED
    if found is Found.SAME:
        return Deed.UNCHANGED
    return Deed.KEPT if entry.keep else Deed.REPLACED


def _named(paths: list[str]) -> str:
    shown = ", ".join(visible(path, 200) for path in paths[:_NAMED])
    return f"{shown} and {len(paths) - _NAMED} more" if len(paths) > _NAMED else shown
