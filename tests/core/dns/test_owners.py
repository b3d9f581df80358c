"""Whose a record is."""

from __future__ import annotations

import pytest

from specter_tui.core.dns.owners import is_ours, other_owner, registered_owner
from specter_tui.core.dns.zones import ZoneIndex
from tests.core.dns.records import ZONE, a_record

HOST = "app.example.org"


@pytest.mark.parametrize(
    ("comment", "ours"),
    [
        ("managed-by=specter", True),
        ("the wiki; managed-by=specter", True),
        ("managed-by=specter2", False),
        ("not-managed-by=specter", False),
        ("", False),
        ("specter", False),
    ],
)
def test_ours_is_what_has_our_marker(comment: str, ours: bool) -> None:
    assert is_ours(a_record(HOST, comment=comment)) is ours


@pytest.mark.parametrize(
    ("fields", "owner"),
    [
        ({"comment": "Managed by Terraform"}, "terraform"),
        ({"comment": "managed-by=argo"}, "argo"),
        ({"comment": "managed-by=specter"}, ""),
        ({"tags": ("managed-by:external-dns",)}, "external-dns"),
        ({"comment": "my home server"}, ""),
    ],
)
def test_others_mark_theirs_in_comments_and_tags(fields: dict[str, object], owner: str) -> None:
    assert other_owner(a_record(HOST, **fields)) == owner  # type: ignore[arg-type]  # fields of the record


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        (HOST, "external-dns"),
        (f"a-{HOST}", "external-dns"),
        (f"cname-{HOST}", "external-dns"),
        ("_owner.a.app.example.org", "octodns"),
        ("other.example.org", ""),
    ],
)
def test_registries_claim_names(name: str, owner: str) -> None:
    text = '"heritage=external-dns,external-dns/owner=default"'
    assert registered_owner(ZoneIndex([ZONE], [a_record(name, text, "TXT")]), HOST) == owner
