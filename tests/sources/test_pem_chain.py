"""Chains in and out of order, as they may stand in acme.json."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from specter_tui.core.model import Certificate
from specter_tui.sources.leaf import decode_der, unreadable
from specter_tui.sources.pem_chain import NOT_FIRST, describe_chain
from tests.certs import NOW, Chain, make_certificate, make_chain

CHAIN = make_chain("a.example.org")


def describe(*blocks: str) -> Certificate:
    return describe_chain("".join(blocks).encode(), resolver="le", source="acme.json", ordered_as="")


def test_the_usual_chain_with_and_without_its_root() -> None:
    for blocks in ((CHAIN.leaf, CHAIN.intermediate), (CHAIN.leaf, CHAIN.intermediate, CHAIN.root)):
        found = describe(*blocks)
        assert (found.main, found.chain_problem, found.self_signed) == ("a.example.org", "", False)
        assert found.chain == ("Intermediate", "Root")[: len(blocks) - 1]


@pytest.mark.parametrize(
    ("blocks", "problem"),
    [
        ((CHAIN.leaf,), "comes without the certificate of its issuer"),
        (
            (CHAIN.leaf, CHAIN.root, CHAIN.intermediate),
            "comes with its chain out of order: Root stands in a wrong place",
        ),
        ((CHAIN.leaf, CHAIN.root), "comes with a chain that breaks: Root did not issue a.example.org"),
        ((CHAIN.intermediate, CHAIN.leaf), NOT_FIRST),
        ((CHAIN.root, CHAIN.intermediate, CHAIN.leaf), NOT_FIRST),
    ],
)
def test_what_is_wrong_with_a_chain_is_told(blocks: tuple[str, ...], problem: str) -> None:
    found = describe(*blocks)
    assert found.chain_problem == problem
    assert found.sans == ("a.example.org",), "names come from the leaf, wherever it stands"


def test_a_self_signed_certificate_stands_alone() -> None:
    found = describe(make_chain("self.example.org", self_signed=True).leaf)
    assert (found.self_signed, found.chain_problem, found.chain) == (True, "", ())


def test_text_around_the_certificates_does_not_count() -> None:
    assert describe("subject=a\n", CHAIN.leaf, "\n# comment\n", CHAIN.intermediate).chain_problem == ""


def test_a_long_chain_is_looked_at_in_part() -> None:
    assert len(describe(CHAIN.leaf, *[CHAIN.intermediate] * 500).chain) == 10


def test_without_a_certificate_it_is_unreadable() -> None:
    for text in ("", "no PEM", re.sub("CERTIFICATE", "PRIVATE KEY", CHAIN.leaf)):
        with pytest.raises(unreadable()):
            describe(text)


def test_hostile_names_of_issuers_are_made_visible() -> None:
    hostile: Chain = make_chain("a.example.org", intermediate="\x1b[2J")
    found = describe(hostile.leaf, hostile.root, hostile.intermediate)
    assert "\x1b" not in found.chain_problem


@pytest.mark.parametrize("der", [b"", b"\x30\x03\x02\x01\x01", b"no certificate"])
def test_what_is_no_certificate_of_a_handshake_is_none(der: bytes) -> None:
    assert decode_der(der, "handshake") is None


def test_long_and_international_names_are_kept_as_they_are() -> None:
    long = ".".join(["a" * 63] * 3 + ["b" * 61])
    assert len(long) == 253
    names = (long, "xn--bcher-kva.example", "*.xn--bcher-kva.example")
    made = make_certificate(*names, not_before=NOW + timedelta(days=2))
    assert describe(made.chain).sans == names
