"""The cyclic collector stays off for as long as it is told to, and is left as it was."""

from __future__ import annotations

import gc

import pytest

from specter_tui.core.collection import no_collection


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
