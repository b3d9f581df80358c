"""Every parser of the verify service, asked with bytes of all kinds; `make soak` goes on with atheris."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.verify_service.fuzz_targets import EXAMPLES, TARGETS


def bent(examples: tuple[bytes, ...]) -> st.SearchStrategy[bytes]:
    """Any bytes, and good examples with a piece cut out and another put in."""
    spot = st.integers(0, max(map(len, examples)))
    return st.binary(max_size=200) | st.builds(
        lambda example, at, cut, piece: example[:at] + piece + example[at + cut :],
        st.sampled_from(examples), spot, st.integers(0, 9) | spot, st.binary(max_size=9) | st.sampled_from(examples),
    )  # fmt: skip


@pytest.mark.parametrize("name", TARGETS)
def test_22_whatever_comes_is_read_or_refused(name: str) -> None:
    @settings(max_examples=150, database=None, suppress_health_check=list(HealthCheck), deadline=None)
    @given(bent(EXAMPLES[name]))
    def holds(data: bytes) -> None:
        TARGETS[name](data)

    for example in EXAMPLES[name]:
        TARGETS[name](example)
    holds()


def test_every_target_has_examples() -> None:
    assert set(EXAMPLES) == set(TARGETS)
