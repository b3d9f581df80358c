"""Which steps a layout takes, decided from what is there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specter_tui.core.errors import RefusedError
from specter_tui.core.layout import Deed, Entry, Found, decide

FILE = Entry("/d/a", 0o644, "text")
KEEP = Entry("/d/k", 0o600, "", keep=True)


@pytest.mark.parametrize(
    ("entry", "found", "deed"),
    [
        (FILE, Found.NOTHING, Deed.CREATED),
        (FILE, Found.SAME, Deed.UNCHANGED),
        (KEEP, Found.NOTHING, Deed.CREATED),
        (KEEP, Found.DIFFERENT, Deed.KEPT),
    ],
)
@pytest.mark.parametrize("force", [True, False])
def test_deeds_that_force_does_not_change(entry: Entry, found: Found, deed: Deed, force: bool) -> None:
    (step,) = decide([entry], {entry.path: found}, force=force)
    assert step.deed is deed


def test_an_edited_file_is_replaced_only_by_force() -> None:
    with pytest.raises(RefusedError) as caught:
        decide([FILE], {"/d/a": Found.DIFFERENT}, force=False)
    assert caught.value.sentence().startswith("/d/a is there already and differs, so nothing was written; add --force")
    assert decide([FILE], {"/d/a": Found.DIFFERENT}, force=True)[0].deed is Deed.REPLACED


def test_many_edited_files_are_counted() -> None:
    entries = [Entry(f"/d/{number}", 0o644, "") for number in range(6)]
    with pytest.raises(RefusedError, match="/d/0, /d/1, /d/2 and 3 more are there already"):
        decide(entries, dict.fromkeys((one.path for one in entries), Found.DIFFERENT), force=False)


@given(st.lists(st.sampled_from(Found), min_size=1, max_size=5), st.booleans(), st.booleans())
def test_a_link_is_never_followed_and_a_kept_file_never_written(found: list[Found], force: bool, keep: bool) -> None:
    entries = [Entry(f"/d/{number}", 0o644, "", keep=keep) for number in range(len(found))]
    try:
        steps = decide(entries, {one.path: what for one, what in zip(entries, found, strict=True)}, force=force)
    except RefusedError:
        assert Found.OTHER in found or (Found.DIFFERENT in found and not keep and not force)
    else:
        assert Found.OTHER not in found
        assert not keep or all(step.deed is not Deed.REPLACED for step in steps)
