"""The cyclic collector stays off for as long as it is told to, and is left as it was."""

from __future__ import annotations

import gc

import pytest

from specter_tui.core.collection import collect, collect_when_told, is_collection_due, no_collection


def test_it_is_off_inside_and_on_again_after_an_error() -> None:
    assert gc.isenabled()
    with pytest.raises(ValueError, match="broken while it is off"):
        _break()
    assert gc.isenabled()


@no_collection()
def _break() -> None:
    raise ValueError(f"broken while it is {'on' if gc.isenabled() else 'off'}")


def test_it_stays_off_where_it_was_off() -> None:
    gc.disable()
    try:
        with no_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_full_collections_wait_to_be_told() -> None:
    before = gc.get_threshold()
    try:
        gc.collect()
        collect_when_told()
        assert gc.get_threshold()[:2] == before[:2]
        assert gc.get_threshold()[2] > before[2]
        for _ in range(before[2] + 2):
            gc.collect(1)
        assert is_collection_due()
        collect()
        assert not is_collection_due()
    finally:
        gc.set_threshold(*before)
