"""Takes one change of a file back while others stay: only its own lines, and only where they are as it left them."""

from __future__ import annotations

from difflib import SequenceMatcher

from specter_tui.core.errors import RefusedError
from specter_tui.core.text import visible


def reversed_text(path: str, before: str, after: str, now: str) -> str:
    """The text `now` without the change from `before` to `after`.

    When `now` is `after` that is `before`, byte for byte. Raises RefusedError when one of its lines, or a line next to
    them, is no longer what it was.
    """
    if now == after:
        return before
    old, new, current = (text.splitlines(keepends=True) for text in (before, after, now))
    offsets = _kept(new, current)
    pieces: list[str] = []
    done = 0
    for kind, start, end, into, until in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        place = _place(offsets, into, until, len(new), len(current))
        if place is None:
            raise RefusedError(
                f"{visible(path, 200)} was changed since in the same lines", "take them out by hand, or undo that first"
            )
        pieces += [*current[done:place], *old[start:end]]
        done = place + (until - into)
    return "".join([*pieces, *current[done:]])


def _kept(new: list[str], current: list[str]) -> dict[int, int]:
    """Where each line that is still there has gone."""
    blocks = SequenceMatcher(None, new, current, autojunk=False).get_matching_blocks()
    return {block.a + step: block.b + step for block in blocks for step in range(block.size)}


def _place(kept: dict[int, int], into: int, until: int, size: int, now: int) -> int | None:
    """Where the lines from `into` to `until` stand now: all there, and beside the neighbours that they had."""
    first, last = max(into - 1, 0), min(until + 1, size)
    if any(line not in kept for line in range(first, last)):
        return None
    if any(kept[line + 1] != kept[line] + 1 for line in range(first, last - 1)):
        return None
    if first == last:  # it left the file empty
        return 0 if not now else None
    alone = first == into and last == until  # no neighbour that tells whether it is the same place
    return kept[first] + (into - first) if not alone or size == now else None
