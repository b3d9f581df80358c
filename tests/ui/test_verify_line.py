"""What Home says of the verify service while it is not known whom it protects."""

from __future__ import annotations

import pytest

from specter_tui.core.snapshot import ProtectionState
from specter_tui.ui.present.base import UNICODE, plain
from specter_tui.ui.present.verify_line import verify_line
from tests.builders import a_host, a_protection, a_snapshot


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (("descope-verify@docker",), "? not known whether 2 hosts hang on it"),
        ((), "○ no host is protected by it"),
    ],
)
def test_unknown_is_not_none(by: tuple[str, ...], words: str) -> None:
    """As while Docker is not readable: ways past Traefik are not known then, so no host counts as protected."""
    protection = a_protection(ProtectionState.UNKNOWN, by=by)
    hosts = tuple(a_host(name, protection=protection) for name in ("a.example.org", "b.example.org"))
    assert plain(verify_line(a_snapshot(hosts=hosts), UNICODE)) == words
